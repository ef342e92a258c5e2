"""Reviews: what holds, who works on what, the queue, the files and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import UsageError
from tasks.moderation.records import Review
from tasks.moderation.review_csv import export_items, import_decisions
from tasks.moderation.review_queue import is_sampled, review_queue
from tasks.moderation.review_stats import agreements, missed_share, precision_by_label
from tasks.moderation.reviews import Act, ReviewItem, decision_of, holder, review, standing
from tests.support.findings import NOON, item, policy


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def acts(*steps: tuple[str, str], of: ReviewItem | None = None, start: float = 0) -> list[Review]:
    """The rows of reviewers who act one after the other, a minute apart: (who, what)."""
    rows: list[Review] = []
    for number, (who, what) in enumerate(steps):
        act = Act(who, what, "because")  # type: ignore[arg-type]
        rows.append(review(of or item(), act, rows, at(start + number)))
    return rows


def test_a_row_says_who_what_why_and_under_which_policy() -> None:
    [row] = acts(("ada", "reject"))
    assert row == Review(row.review_id, "f1", "m1", "ada", "reject", "because", "1", None, NOON)
    assert len(row.review_id) == 32


def test_deciding_again_takes_the_place_of_the_own_decision() -> None:
    rows = acts(("ada", "reject"), ("bob", "allow"), ("ada", "allow"))
    assert rows[2].supersedes == rows[0].review_id
    assert [row.reviewer for row in standing(rows)] == ["bob", "ada"]


def test_another_decision_is_overruled_only_by_name() -> None:
    rows = acts(("ada", "reject"))
    overruling = review(item(), Act("chief", "allow", "", rows[0].review_id), rows, at(5))
    assert standing([*rows, overruling]) == (overruling,)


@pytest.mark.parametrize(
    ("steps", "decision"),
    [
        ([], None),
        ([("ada", "claim")], None),
        ([("ada", "reject")], "reject"),
        ([("ada", "reject"), ("ada", "allow")], "allow"),
        ([("ada", "reject"), ("bob", "escalate")], None),
        ([("ada", "escalate"), ("bob", "allow")], "allow"),
    ],
)
def test_the_newest_standing_decision_holds(steps: list[tuple[str, str]], decision: str | None) -> None:
    assert decision_of(item(), acts(*steps)) == decision


@pytest.mark.parametrize(
    ("steps", "minutes", "who"),
    [
        ([("ada", "claim")], 10, "ada"),
        ([("ada", "claim")], 30, None),
        ([("ada", "claim"), ("ada", "claim")], 30.5, "ada"),
        ([("ada", "claim"), ("ada", "release")], 5, None),
        ([("ada", "claim"), ("ada", "allow")], 5, None),
    ],
)
def test_a_claim_ends_by_release_decision_or_time(
    steps: list[tuple[str, str]], minutes: float, who: str | None
) -> None:
    assert holder(acts(*steps), at(minutes)) == who


def test_of_two_claims_at_once_the_first_holds() -> None:
    first, second = acts(("ada", "claim"))[0], acts(("bob", "claim"), start=0.5)[0]
    assert holder([second, first], at(1)) == "ada"
    assert holder([second, first], at(30.2)) is None


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (Act("bob", "claim"), "f1 is being reviewed by ada: take another item"),
        (Act("bob", "reject", "x"), "f1 is being reviewed by ada"),
        (Act("ada", "reject"), '"reject" needs a reason, found none'),
        (Act(" ", "allow"), "needs the name of its reviewer"),
        (Act("ada", "allow", "", "nothing"), "There is no standing review nothing of f1"),
    ],
)
def test_what_cannot_be_done_is_explained(act: Act, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        review(item(), act, acts(("ada", "claim")), at(2))


def test_nothing_to_release_is_explained() -> None:
    with pytest.raises(UsageError, match="claimed by nobody"):
        acts(("ada", "release"))


def test_a_recording_is_reviewed_anew_under_another_version() -> None:
    whole = item("w1", finding_id=None)
    rows = acts(("ada", "allow"), of=whole)
    assert decision_of(whole, rows) == "allow"
    assert decision_of(item("w2", finding_id=None, policy_version="2"), rows) is None


# --- the queue ---------------------------------------------------------------------------------------------------


def queue(items: list[ReviewItem], sample: Sequence[ReviewItem] = (), rows: Sequence[Review] = ()) -> list[str]:
    return [one.item_id for one in review_queue(items, sample, rows, "ada", at(5), "seed")]


def test_the_most_severe_comes_first_then_the_oldest() -> None:
    items = [
        item("mild", 2),
        item("new", 6, opened_at=at(1)),
        item("old", 6),
        item("unknown", None),
        item("grave", 7, opened_at=at(2)),
    ]
    assert queue(items) == ["grave", "old", "new", "unknown", "mild"]


def test_what_is_decided_or_claimed_by_others_is_left_out() -> None:
    decided, theirs, mine, free = (item(name) for name in ("decided", "theirs", "mine", "free"))
    rows = [
        *acts(("bob", "allow"), of=decided),
        *acts(("bob", "claim"), of=theirs),
        *acts(("ada", "claim"), of=mine),
    ]
    assert sorted(queue([decided, theirs, mine, free], rows=rows)) == ["free", "mine"]


def test_the_sample_stands_anywhere_and_the_others_keep_their_order() -> None:
    items = [item(f"i{number}", 7 - number) for number in range(7)]
    sample = [item(f"c{number}", None, finding_id=None, media_id=f"m{number}") for number in range(3)]
    order = queue(items, sample)
    assert [name for name in order if name.startswith("i")] == [f"i{number}" for number in range(7)]
    assert sorted(order.index(f"c{number}") for number in range(3)) not in ([0, 1, 2], [7, 8, 9])
    assert order == queue(items[::-1], sample[::-1])


@given(st.floats(0, 1), st.text(max_size=5))
def test_the_sample_is_the_policys_share_and_grows_with_it(share: float, seed: str) -> None:
    media = [f"{number:064x}" for number in range(400)]
    small, large = (policy(review_sample=value) for value in (share / 2, share))
    chosen = {name for name in media if is_sampled(name, large, seed)}
    assert {name for name in media if is_sampled(name, small, seed)} <= chosen
    assert abs(len(chosen) / 400 - share) < 0.15


# --- files -------------------------------------------------------------------------------------------------------


def test_a_file_shows_where_and_not_what_was_thought() -> None:
    assert export_items([item(uri="=cmd()"), item("w1", None, finding_id=None, span=None)]) == (
        "item,media_id,uri,start,end,found,reviewer,decision,reason\n"
        "f1,m1,'=cmd(),00:00.000,00:10.000,2026-11-28T12:00:00+00:00,,,\n"
        "w1,m1,a.mp4,,,2026-11-28T12:00:00+00:00,,,\n"
    )


def test_decisions_come_back_with_their_items() -> None:
    text = export_items([item(), item("f2")]).replace("+00:00,,,\nf2", '+00:00,ada, Reject ,"slur, twice"\nf2')
    assert import_decisions(text, {"f1": item(), "f2": item("f2")}) == [(item(), Act("ada", "reject", "slur, twice"))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item,decision\nf1,allow\n", "no column reviewer, reason"),
        ("item,reviewer,decision,reason\nf9,ada,allow,\n", 'line 2: expected the id of an item to review, found "f9"'),
        (
            "item,reviewer,decision,reason\nf1,ada,perhaps,\n",
            'decision: expected allow, reject or escalate, found "perhaps"',
        ),
        ("item,reviewer,decision,reason\nf1,ada,reject, \n", 'line 2: reason: "reject" needs one, found none'),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        import_decisions(text, {"f1": item()})


# --- figures -----------------------------------------------------------------------------------------------------


def decided(**votes: tuple[str, str]) -> list[Review]:
    """Two reviewers' decisions about findings, by the finding: (ada's, bob's)."""
    rows: list[Review] = []
    for name, both in votes.items():
        rows += acts(*zip(("ada", "bob"), both, strict=True), of=item(name))
    return rows


def test_agreement_is_told_beyond_chance() -> None:
    rows = decided(a=("reject", "reject"), b=("allow", "allow"), c=("reject", "allow"), d=("allow", "allow"))
    [found] = agreements(rows)
    assert (found.reviewers, found.items, found.percent, found.kappa) == (("ada", "bob"), 4, 75.0, 0.5)


def test_reviewers_who_always_say_the_same_have_no_kappa() -> None:
    [found] = agreements(decided(a=("allow", "allow"), b=("allow", "allow")))
    assert (found.percent, found.kappa) == (100.0, None)


def test_precision_goes_by_the_majority() -> None:
    rows = decided(a=("reject", "reject"), b=("allow", "allow"), c=("reject", "allow"))
    labels = {"a": "hate", "b": "hate", "c": "hate", "x": "drugs"}
    [found] = precision_by_label(labels, rows)
    assert (found.label, found.decided, found.rejected, found.share) == ("hate", 2, 1, 0.5)


def test_the_sample_tells_what_was_missed() -> None:
    whole: dict[str, Any] = {"finding_id": None}
    rows = [
        *acts(("ada", "reject"), of=item("w1", media_id="m1", **whole)),
        *acts(("ada", "allow"), of=item("w2", media_id="m2", **whole)),
    ]
    assert missed_share(["m1", "m2", "m3"], rows) == (2, 1)

"""Keep what people decide in rows that are only ever added.

`allow` and `reject` are decisions about the content, `escalate` leaves it to others, `claim` and `release` say who is
working on it. Pure: the moment and all rows are given. Who decides again takes the place of the own earlier decision,
by `supersedes`; of somebody else's only by naming it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tasks.errors import UsageError
from tasks.identity import review_id
from tasks.moderation.records import Decision, Review
from tasks.records import Span

CLAIM_LASTS = timedelta(minutes=30)
DECISIONS: tuple[Decision, ...] = ("allow", "reject", "escalate")
NEED_REASONS = ("reject", "escalate")


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """An item is to be decided: a finding, or a recording as a whole without one."""

    item_id: str  # the finding's, or one that looks like it
    finding_id: str | None
    media_id: str
    uri: str
    span: Span | None  # None: an image
    severity: int | None  # None: unknown
    opened_at: datetime  # when it was found; aware
    policy_version: str


@dataclass(frozen=True, slots=True)
class Act:
    """An act is what a reviewer typed, or what was read from a file."""

    reviewer: str
    decision: Decision
    reason: str = ""
    supersedes: str | None = None  # a review of somebody else, which is overruled


def standing(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """List the decisions that hold, oldest first.

    No claims, and nothing that a later row has superseded.

    >>> standing([])
    ()
    """
    rows = _in_order(reviews)
    gone = {row.supersedes for row in rows if row.supersedes}
    return tuple(row for row in rows if row.decision in DECISIONS and row.review_id not in gone)


def holder(reviews: Iterable[Review], now: datetime, lasts: timedelta = CLAIM_LASTS) -> str | None:
    """Name who is working on an item, of which these are the reviews.

    It is the first to claim it, until that claim ends.

    A claim ends by a release, a decision of the same reviewer, or time; another's claim before that has no effect.

    >>> noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    >>> row = Review("r1", "f1", "m1", "ada", "claim", "", "1", None, noon)
    >>> holder([row], noon + timedelta(minutes=29)), holder([row], noon + timedelta(minutes=30))
    ('ada', None)
    """
    who: str | None = None
    until = datetime.min.replace(tzinfo=UTC)
    for row in _in_order(reviews):
        if row.decided_at >= until:
            who = None
        if row.decision == "claim" and who in (None, row.reviewer):
            who, until = row.reviewer, row.decided_at + lasts
        elif row.decision != "claim" and who == row.reviewer:
            who = None
    return who if now < until else None


def reviews_of(item: ReviewItem, reviews: Iterable[Review]) -> tuple[Review, ...]:
    """List the rows about an item, oldest first.

    >>> from datetime import UTC, datetime
    >>> reviews_of(ReviewItem("f", "f", "m", "", None, 5, datetime(2026, 11, 28, tzinfo=UTC), "1"), [])
    ()
    """
    rows = (row for row in reviews if row.media_id == item.media_id and row.finding_id == item.finding_id)
    return _in_order(row for row in rows if item.finding_id or row.policy_version == item.policy_version)


def review(item: ReviewItem, act: Act, reviews: Iterable[Review], now: datetime) -> Review:
    """Make the row for what a reviewer does about an item.

    `reviews` may be all there are.

    Raises UsageError where another reviewer holds the item, a reason is missing, there is nothing to release, or what
    is to be superseded does not stand.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    >>> item = ReviewItem("f", "f", "m", "a.mp4", None, 5, noon, "1")
    >>> review(item, Act("ada", "allow"), [], noon).decision
    'allow'
    """
    rows = reviews_of(item, reviews)
    who = holder(rows, now)
    if not act.reviewer.strip():
        raise UsageError("A review needs the name of its reviewer: found none; give it with --reviewer.")
    if who not in (None, act.reviewer):
        raise UsageError(f"{item.item_id} is being reviewed by {who}: take another item, or wait until that ends.")
    if act.decision == "release" and who is None:
        raise UsageError(f"{item.item_id} is claimed by nobody, so there is nothing to release.")
    if act.decision in NEED_REASONS and not act.reason.strip():
        raise UsageError(f'"{act.decision}" needs a reason, found none: say in a sentence why, with --reason.')
    at = now.astimezone(UTC)
    return Review(
        review_id=review_id(item.item_id, act.reviewer, act.decision, at.isoformat()),
        finding_id=item.finding_id,
        media_id=item.media_id,
        reviewer=act.reviewer,
        decision=act.decision,
        reason=act.reason.strip(),
        policy_version=item.policy_version,
        supersedes=_superseded(item, act, standing(rows)),
        decided_at=at,
    )


def decision_of(item: ReviewItem, reviews: Iterable[Review]) -> Decision | None:
    """Read the newest standing decision about an item.

    None: there is none, or it was escalated last.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    >>> row = Review("r1", "f", "m", "ada", "allow", "", "1", None, noon)
    >>> decision_of(ReviewItem("f", "f", "m", "a.mp4", None, 5, noon, "1"), [row])
    'allow'
    """
    decided = standing(reviews_of(item, reviews))
    last = decided[-1].decision if decided else None
    return None if last == "escalate" else last


def _superseded(item: ReviewItem, act: Act, stands: Sequence[Review]) -> str | None:
    if act.decision not in DECISIONS:
        return None
    if act.supersedes is not None:
        if act.supersedes not in {row.review_id for row in stands}:
            raise UsageError(
                f"There is no standing review {act.supersedes} of {item.item_id}: name one that `review show` lists."
            )
        return act.supersedes
    own = [row for row in stands if row.reviewer == act.reviewer]
    return own[-1].review_id if own else None


def _in_order(reviews: Iterable[Review]) -> tuple[Review, ...]:
    return tuple(sorted(reviews, key=lambda row: (row.decided_at, row.review_id)))

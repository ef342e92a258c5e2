"""What is asked next about a segment, from the answers so far; which of them holds; and that it always ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.omni.policy import (
    MOST_HALVINGS,
    AnswerCriteria,
    Ask,
    Halve,
    best_answer,
    is_retryable,
    join_halves,
    missing,
    next_move,
    required,
    verdict,
)
from tasks.records import Answer, Step, Tokens
from tests.support.dataset_rows import answer, call, planned
from tests.support.service_specs import MODEL

ABOUT = AnswerCriteria("audio", "sections", MODEL)
WHOLE = replace(ABOUT, can_halve=False)
MOST = MODEL.max_output_tokens

SECTIONS = (
    "## Storyline\n00:00.000 - 01:00.000\nRain.\n\n## Speakers and Transcript\nSpeaker profiles:\nAnn - calm\n\n"
    "00:02.000 - 00:59.000\nSpeaker: Ann\nState: calm\nContent: “It rains.”\n"
)
HALF = SECTIONS.partition("## Speakers")[0]
LOOP = HALF + "It rains and it rains on the roof.\n" * 90


def said(text: str = SECTIONS, step: Step = "ask", **given: Any) -> Answer:
    used = Tokens(audio=420, output=given.pop("output", 100))
    return answer(text=text, step=step, calls=(call(1, used),), **given)


def ok(step: Step = "ask") -> Answer:
    return said(step=step)


def partial(step: Step = "ask") -> Answer:
    return said(HALF, step)


def looped(step: Step = "ask") -> Answer:
    return said(LOOP, step, finish_reason="length")


def truncated(step: Step = "ask", output: int = 100) -> Answer:
    return said(HALF, step, finish_reason="length", output=output)


def speechless(step: Step = "ask") -> Answer:
    return said("", step, finish_reason="length", outcome="truncated", reasoning="hm")


def malformed(step: Step = "ask") -> Answer:
    return said("I watched it with interest.", step)


def refused(step: Step = "ask") -> Answer:
    return said("", step, outcome="refused", error_class="Refused")


def too_large(step: Step = "ask") -> Answer:
    return said("", step, outcome="failed", error_class="TooLarge")


def bad(step: Step = "ask") -> Answer:
    return said("", step, outcome="failed", error_class="BadRequest")


def busy(step: Step = "ask") -> Answer:
    return said("", step, outcome="failed", error_class="ServiceBusy", retryable=True)


def test_answers_are_told_apart() -> None:
    kinds = [ok, partial, looped, truncated, speechless, malformed, refused, too_large, bad, busy]
    assert [verdict(kind(), ABOUT) for kind in kinds] == [
        "ok", "partial", "looped", "truncated", "truncated", "malformed", "refused", "too_large", "failed", "failed",
    ]  # fmt: skip


# --- what next ---------------------------------------------------------------------------------------------------

AGAIN, CONFIRM, SHRINK = Ask("again"), Ask("confirm"), Ask("shrink")
LONGER = Ask("longer", MOST)

MOVES: dict[str, tuple[list[Answer], Ask | Halve | None]] = {
    "nothing yet": ([], Ask("ask")),
    "an answer": ([ok()], None),
    "a partial answer": ([partial()], None),
    "a request that was wrong": ([bad()], None),
    "refused": ([refused()], CONFIRM),
    "refused, and again": ([refused(), refused("confirm")], None),
    "refused, then answered": ([refused(), ok("confirm")], None),
    "refused, then a loop": ([refused(), looped("confirm")], AGAIN),
    "a loop": ([looped()], AGAIN),
    "a loop, and again": ([looped(), looped("again")], None),
    "a loop, then malformed": ([looped(), malformed("again")], Ask("correct", None, malformed("again"))),
    "truncated": ([truncated()], LONGER),
    "truncated before its first word": ([speechless()], LONGER),
    "truncated, though it had all tokens": ([truncated(output=MOST)], Halve("truncated", MOST)),
    "truncated, also with more tokens": ([truncated(), truncated("longer", MOST)], Halve("truncated", MOST)),
    "truncated, and more tokens are not taken": ([truncated(), bad("longer")], Halve("truncated")),
    "truncated, then a loop": ([truncated(), looped("longer")], Ask("again", MOST)),
    "truncated, then refused": ([truncated(), refused("longer")], Halve("truncated", MOST)),
    "malformed": ([malformed()], Ask("correct", None, malformed())),
    "malformed, and again": ([malformed(), malformed("correct")], None),
    "malformed, then refused": ([malformed(), refused("correct")], None),
    "too large": ([too_large()], Halve("too_large")),
    "malformed, and the correction too large": ([malformed(), too_large("correct")], None),
    "a failure that may pass, from a run that was killed": ([busy()], Ask("ask")),
    "the same behind a refusal": ([refused(), busy("confirm")], CONFIRM),
}


@pytest.mark.parametrize(("steps", "move"), MOVES.values(), ids=MOVES.keys())
def test_what_next_follows_from_the_answers_so_far(steps: list[Answer], move: Ask | Halve | None) -> None:
    assert next_move(steps, ABOUT) == move


@pytest.mark.parametrize(
    ("steps", "move"),
    [
        ([too_large()], SHRINK),
        ([too_large(), too_large("shrink")], None),
        ([too_large(), malformed("shrink")], Ask("correct", None, malformed("shrink"))),
        ([truncated(output=MOST)], None),
    ],
)
def test_what_cannot_be_halved_is_shrunk_or_left(steps: list[Answer], move: Ask | None) -> None:
    assert next_move(steps, WHOLE) == move


def test_a_refused_segment_is_never_halved() -> None:
    for steps in ([refused()], [refused(), refused("confirm")]):
        assert not isinstance(next_move(steps, ABOUT), Halve)


def test_the_halves_of_a_truncated_answer_begin_with_all_the_tokens() -> None:
    half = replace(ABOUT, most_tokens=MOST)
    assert next_move([], half) == Ask("ask", MOST)
    assert next_move([truncated()], half) == Halve("truncated", MOST)


def test_more_tokens_are_as_many_as_the_context_has_room_for() -> None:
    small = MODEL.model_copy(update={"context_tokens": 10_000})
    assert next_move([truncated()], replace(ABOUT, model=small)) == Ask("longer", 10_000 - 420)


def test_tokens_that_nobody_counted_are_no_reason_against_more() -> None:
    uncounted = replace(truncated(), calls=(call(1, None),))
    assert next_move([uncounted], ABOUT) == LONGER


def test_a_correction_names_the_headings_that_are_missing() -> None:
    assert required(ABOUT) == ("Storyline", "Speakers and Transcript")
    assert missing(malformed(), ABOUT) == required(ABOUT)


def test_what_is_needed_the_prompt_says() -> None:
    lyrics = replace(ABOUT, sections=("transcript",))
    assert (required(lyrics), missing(partial(), lyrics)) == (("Speakers and Transcript",),) * 2
    assert verdict(said("[00:01 --> 00:02] La"), lyrics) == "ok"


@pytest.mark.parametrize("about", [replace(ABOUT, form="text"), replace(ABOUT, sections=())])
def test_an_answer_without_words_is_asked_for_again_where_no_heading_could_be_missing(about: AnswerCriteria) -> None:
    empty = said("```\n```")
    assert (verdict(empty, about), next_move([empty], about)) == ("malformed", Ask("again"))
    assert missing(partial(), replace(ABOUT, kind="video")) == ("Visible Text", "Speakers and Transcript")


# --- which answer holds ------------------------------------------------------------------------------------------

RANKED = [ok(), partial(), truncated(), malformed(), speechless(), refused(), bad()]


@pytest.mark.parametrize("place", range(len(RANKED) - 1))
def test_the_better_outcome_holds_whenever_it_came(place: int) -> None:
    better, worse = RANKED[place], RANKED[place + 1]
    assert best_answer([better, worse], ABOUT).text == better.text
    assert best_answer([worse, better], ABOUT).outcome == better.outcome


def test_of_equal_answers_the_later_one_holds() -> None:
    first, second = replace(malformed(), request_id="1"), replace(malformed("correct"), request_id="2")
    assert best_answer([first, second], ABOUT).request_id == "2"


def test_the_answer_that_holds_has_the_calls_of_all_in_their_order() -> None:
    steps = [replace(step, calls=(call(1, call_id=f"{n}a"), call(2, call_id=f"{n}b"))) for n, step in enumerate(RANKED)]
    held = best_answer(steps, ABOUT)
    assert [made.call_id for made in held.calls] == [f"{n}{letter}" for n in range(len(RANKED)) for letter in "ab"]
    assert [made.attempt_no for made in held.calls] == list(range(1, 2 * len(RANKED) + 1))
    assert held.earlier == ()


def parts(*texts: str) -> list[Answer]:
    return [
        answer(planned(name=f"0{n}ab"), text=text, calls=(call(1, call_id=f"p{n}"),)) for n, text in enumerate(texts)
    ]


def test_the_halves_take_the_place_of_the_whole_and_its_calls_are_found_with_the_first() -> None:
    whole = replace(truncated(), calls=(call(1, call_id="w1"), call(2, call_id="w2")))
    first, second = join_halves(whole, parts(SECTIONS, ""))
    assert [(made.call_id, made.attempt_no, made.segment_id) for made in first.calls] == [
        ("w1", 1, "00cafe"), ("w2", 2, "00cafe"), ("p0", 3, None),
    ]  # fmt: skip
    assert [made.call_id for made in second.calls] == ["p1"]


def test_where_no_half_has_a_word_the_truncated_whole_holds() -> None:
    whole = replace(truncated(), calls=(call(1, call_id="w1"),))
    (held,) = join_halves(whole, parts("", ""))
    assert held.text == whole.text
    assert [(made.call_id, made.segment_id) for made in held.calls] == [("w1", None), ("p0", "00ab"), ("p1", "01ab")]


def test_halves_of_halves_keep_every_call_with_its_segment() -> None:
    quarter = join_halves(
        replace(truncated(), segment=planned(name="0aaa"), calls=(call(1),)), parts(SECTIONS, SECTIONS)
    )
    held = join_halves(replace(truncated(), calls=(call(1),)), [*quarter, *parts(SECTIONS)])
    assert [made.segment_id for made in held[0].calls] == ["00cafe", "0aaa", None]


# --- that it ends ------------------------------------------------------------------------------------------------

Kind = Callable[[Step], Answer]
kinds = st.sampled_from([ok, partial, looped, truncated, speechless, malformed, refused, too_large, bad])


def asked_about(next_kind: Callable[[], Kind], criteria: AnswerCriteria, halvings: int = 0) -> tuple[list[Answer], int]:
    """All answers about a segment and its parts that a service gives which says the worst; and the parts."""
    criteria = replace(criteria, can_halve=halvings < MOST_HALVINGS)
    steps: list[Answer] = []
    while isinstance(move := next_move(steps, criteria), Ask):
        steps.append(next_kind()(move.step))
    if not isinstance(move, Halve):
        return steps, 1
    told = [asked_about(next_kind, replace(criteria, most_tokens=move.max_tokens), halvings + 1) for _ in range(2)]
    return steps + [step for of_half, _ in told for step in of_half], sum(count for _, count in told)


@given(data=st.data())
def test_whatever_comes_the_asking_ends_within_its_bound(data: st.DataObject) -> None:
    answers, pieces = asked_about(lambda: data.draw(kinds), ABOUT)
    assert pieces <= 2**MOST_HALVINGS
    assert len(answers) <= 6 * (2 ** (MOST_HALVINGS + 1) - 1)


@given(data=st.data())
def test_each_step_is_taken_once_and_words_are_paid_for_four_times_at_most(data: st.DataObject) -> None:
    steps: list[Answer] = []
    while isinstance(move := next_move(steps, ABOUT), Ask):
        steps.append(data.draw(kinds)(move.step))
    taken = [step.step for step in steps]
    assert len(set(taken)) == len(taken) <= 6
    assert sum(bool(step.text) for step in steps) <= 4


@given(data=st.data())
def test_failures_of_runs_that_were_killed_change_nothing(data: st.DataObject) -> None:
    steps: list[Answer] = []
    while isinstance(move := next_move(steps, ABOUT), Ask):
        if data.draw(st.booleans()):
            assert next_move([*steps, busy(move.step)], ABOUT) == move
            assert is_retryable(busy(move.step))
        steps.append(data.draw(kinds)(move.step))


def test_truncation_alone_shows_the_media_five_times() -> None:
    answers, pieces = asked_about(lambda: truncated, ABOUT)
    wholes_by_depth = [2, 1, 1, 1]
    assert pieces == 8
    assert len(answers) == sum(whole * 2**depth for depth, whole in enumerate(wholes_by_depth))

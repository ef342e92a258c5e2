"""Narrowing down what a provider refuses, with a bounded number of questions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.moderation.refusals import LIMITS, NarrowingLimits, PartAnswer, next_part, refused_parts
from tasks.records import Span


def narrow(duration_ms: int, refused_at: list[int], limits: NarrowingLimits = LIMITS) -> list[PartAnswer]:
    """All questions until nothing is left to ask; the provider refuses what holds one of these instants."""
    segment, answers = Span(0, duration_ms), list[PartAnswer]()
    while (part := next_part(segment, answers, limits)) is not None:
        answers.append(PartAnswer(part, any(part.start_ms <= at < part.end_ms for at in refused_at)))
    return answers


@pytest.mark.parametrize(
    ("duration_s", "refused_s", "calls", "parts"),
    [
        (120, [50], 4, [(30, 60)]),
        (120, [], 2, []),
        (3600, [1234.567], 14, [(1209, 1237.5)]),
        (3600, [1000, 3000], 16, [(900, 1012.5), (2925, 3150)]),
        (30, [10], 0, [(0, 30)]),
        (0.7, [0], 0, [(0, 0.7)]),
        (0, [0], 0, [(0, 0)]),
    ],
)
def test_a_refusal_is_narrowed_down(
    duration_s: float, refused_s: list[float], calls: int, parts: list[tuple[float, float]]
) -> None:
    answers = narrow(round(1000 * duration_s), [round(1000 * at) for at in refused_s])
    assert len(answers) == calls
    found = refused_parts(Span(0, round(1000 * duration_s)), answers)
    assert [(part.start_ms / 1000, part.end_ms / 1000) for part in found] == parts


def test_a_killed_run_goes_on_where_it_was() -> None:
    answers = narrow(3_600_000, [1_234_567])
    for number, answer in enumerate(answers):
        assert next_part(Span(0, 3_600_000), answers[:number]) == answer.span


@given(
    st.integers(1000, 4_000_000),
    st.lists(st.integers(0, 4_000_000), max_size=4),
    st.integers(0, 40),
    st.integers(500, 120_000),
)
def test_every_refused_instant_lies_in_a_part_and_calls_are_bounded(
    duration_ms: int, instants: list[int], most_calls: int, small_ms: int
) -> None:
    inside = [at for at in instants if at < duration_ms]
    answers = narrow(duration_ms, inside, NarrowingLimits(small_ms, most_calls))
    parts = refused_parts(Span(0, duration_ms), answers)
    assert len(answers) <= most_calls
    assert len({answer.span for answer in answers}) == len(answers)
    assert all(any(part.start_ms <= at < part.end_ms for part in parts) for at in inside)
    assert all(first.end_ms <= second.start_ms for first, second in pairwise(parts))

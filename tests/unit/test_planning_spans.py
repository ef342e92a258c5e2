"""Spans: the whole recording, in order, on the grid, balanced, none too long."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasks.planning.spans import GRID_MS, fewest_pieces, split, step_ms
from tasks.records import Span

DURATIONS = st.integers(1, 30 * 3_600_000)
LIMITS = st.integers(GRID_MS, 4 * 3_600_000)


def spans_of(duration_ms: int, limit_ms: int) -> tuple[Span, ...]:
    return split(duration_ms, fewest_pieces(duration_ms, limit_ms), step_ms(limit_ms))


@given(duration_ms=DURATIONS, limit_ms=st.integers(10_000, 4 * 3_600_000))
def test_spans_cover_the_recording_in_order_on_the_grid(duration_ms: int, limit_ms: int) -> None:
    spans = spans_of(duration_ms, limit_ms)
    assert spans[0].start_ms == 0
    assert spans[-1].end_ms == duration_ms
    assert all(before.end_ms == after.start_ms for before, after in pairwise(spans))
    assert all(span.start_ms % GRID_MS == 0 and span.duration_ms > 0 for span in spans)


@given(duration_ms=st.integers(1, 600_000), limit_ms=LIMITS)
def test_no_span_is_longer_than_the_limit(duration_ms: int, limit_ms: int) -> None:
    assert max(span.duration_ms for span in spans_of(duration_ms, limit_ms)) <= limit_ms


@given(duration_ms=DURATIONS, limit_ms=st.integers(10_000, 4 * 3_600_000))
def test_lengths_differ_by_less_than_two_seconds_so_no_sliver_is_left(duration_ms: int, limit_ms: int) -> None:
    lengths = [span.duration_ms for span in spans_of(duration_ms, limit_ms)]
    assert max(lengths) - min(lengths) < 2000
    assert max(lengths[:-1], default=0) - min(lengths[:-1], default=0) <= 1000


@given(duration_ms=DURATIONS, limit_ms=st.integers(10_000, 4 * 3_600_000))
def test_there_are_as_few_spans_as_the_limit_allows(duration_ms: int, limit_ms: int) -> None:
    whole_seconds = limit_ms // 1000 * 1000
    assert len(spans_of(duration_ms, limit_ms)) == -(-duration_ms // whole_seconds)


def test_a_minute_and_a_second_is_halved() -> None:
    assert spans_of(61_000, 60_000) == (Span(0, 30_000), Span(30_000, 61_000))


def test_a_moment_is_one_span() -> None:
    assert spans_of(120, 240_000) == (Span(0, 120),)


def test_cuts_fall_on_whole_seconds_where_the_limit_has_one() -> None:
    assert spans_of(7_300, 2_500) == (Span(0, 2000), Span(2000, 4000), Span(4000, 6000), Span(6000, 7300))
    assert spans_of(1_700, 700)[:2] == (Span(0, 500), Span(500, 1000))

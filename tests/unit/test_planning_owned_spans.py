"""Spans to ask about: on the grid, in pauses where these are near, overlapping where there are none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import load_catalog
from tasks.planning.owned_spans import OVERLAP_MS, plan_owned_spans
from tasks.planning.spans import GRID_MS
from tasks.records import Span

PAUSES = st.lists(
    st.builds(lambda start, length: Span(start, start + length), st.integers(0, 10**6), st.integers(0, 3000))
)


def test_plan_owned_spans_leaves_a_short_recording_whole() -> None:
    [only] = plan_owned_spans(59_999, 60_000, [])
    assert (only.span, only.owned) == (Span(0, 59_999), Span(0, 59_999))


def test_plan_owned_spans_cuts_in_the_middle_of_a_pause() -> None:
    first, second = plan_owned_spans(100_000, 60_000, [Span(41_800, 44_300)])
    assert (first.span, second.span) == (Span(0, 43_000), Span(43_000, 100_000))


def test_plan_owned_spans_overlaps_where_nobody_pauses() -> None:
    first, second = plan_owned_spans(100_000, 60_000, [Span(5000, 9000)])
    assert first.span.end_ms - second.span.start_ms == OVERLAP_MS
    assert first.owned.end_ms == second.owned.start_ms == 50_000


def test_plan_owned_spans_takes_the_longer_pause() -> None:
    first, _ = plan_owned_spans(100_000, 60_000, [Span(49_000, 49_400), Span(43_000, 45_000)])
    assert first.span.end_ms == 44_000


def test_plan_owned_spans_passes_by_a_pause_off_the_grid() -> None:
    first, second = plan_owned_spans(100_000, 60_000, [Span(50_100, 50_400)])
    assert first.span.end_ms > second.span.start_ms


def test_plan_owned_spans_keeps_to_the_audio_rows_of_the_scenarios() -> None:
    limits = {name: scenario.audio.max_length_ms for name, scenario in load_catalog().scenarios.items()}
    hour = {name: len(plan_owned_spans(3_600_000, limit, [])) for name, limit in limits.items()}
    assert hour == {"quick": 1, "extract": 1, "standard": 32, "fine": 67}


@given(st.integers(1, 10**6), st.integers(4000, 300_000), PAUSES)
def test_plan_owned_spans_covers_the_recording_once(duration: int, limit: int, pauses: list[Span]) -> None:
    planned = plan_owned_spans(duration, limit, pauses)
    assert (planned[0].owned.start_ms, planned[-1].owned.end_ms) == (0, duration)
    assert all(first.owned.end_ms == second.owned.start_ms for first, second in pairwise(planned))
    assert all(one.span.contains(one.owned) and 0 < one.span.duration_ms <= limit for one in planned)
    assert all(one.span.start_ms % GRID_MS == 0 for one in planned)


@pytest.mark.parametrize(("duration", "limit"), [(0, 60_000), (10_000, 3000)])
def test_plan_owned_spans_refuses_what_makes_no_sense(duration: int, limit: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        plan_owned_spans(duration, limit, [])

"""What the second pass looks at, what holds after it, and what both cost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import find_price, load_catalog
from tasks.media_records import VideoStream
from tasks.moderation.passes import PassCost, after_both, cut_spans, expected_cost, merge_spans, spans_to_look_at
from tasks.moderation.records import SegmentResult
from tasks.planning.spec import AnalysisSpec
from tasks.records import Question, Span
from tests.support.dataset_rows import recording
from tests.support.findings import finding, policy, result

CATALOG = load_catalog()
HOUR_MS = 3_600_000
GUESS: dict[str, Any] = {"severity": None, "confidence": None}  # as the first pass answers


def spans(*results: SegmentResult, duration_ms: int = HOUR_MS, widen_ms: int = 10_000) -> list[tuple[float, float]]:
    found = spans_to_look_at(results, policy(), duration_ms, widen_ms)
    return [(span.start_ms / 1000, span.end_ms / 1000) for span in found]


def test_a_clear_recording_is_not_looked_at_again() -> None:
    assert spans(result(0, 3600)) == []


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (result(0, 3600, finding(100, 130, **GUESS)), [(90, 140)]),
        (result(0, 3600, finding(100.2, 130.2, **GUESS)), [(90, 140.5)]),
        (result(0, 3600, finding(100, 101, **GUESS)), [(90, 111)]),
        (result(0, 3600, finding(0, 30, **GUESS)), [(0, 40)]),
        (result(0, 3600, finding(3590, 3600, **GUESS)), [(3580, 3600)]),
        (result(0, 3600, finding(100, 130, severity=1)), []),
        (result(0, 3600, finding(100, 130, **GUESS), finding(145, 150, **GUESS)), [(90, 160)]),
        (result(0, 3600, finding(100, 130, **GUESS), finding(200, 230, **GUESS)), [(90, 140), (190, 240)]),
        (result(1200, 2400, outcome="malformed"), [(1190, 2410)]),
        (result(1200, 2400, outcome="refused"), [(1190, 2410)]),
        (result(1200, 2400, finding(1300, 1310, **GUESS), outcome="truncated"), [(1190, 2410)]),
        (result(0, 3600, finding(span=None, **GUESS)), [(0, 3600)]),
    ],
)
def test_the_second_pass_looks_at_what_the_first_left_open(
    segment: SegmentResult, expected: list[tuple[float, float]]
) -> None:
    assert spans(segment) == expected


FINDINGS = st.builds(lambda at, length: finding(at, at + length, **GUESS), st.integers(0, 3500), st.integers(0, 100))


@given(st.lists(FINDINGS, max_size=6), st.integers(0, 60_000))
def test_spans_cover_what_was_found_on_the_grid_and_apart(found: list[object], widen_ms: int) -> None:
    chosen = spans_to_look_at([result(0, 3600, *found)], policy(), HOUR_MS, widen_ms)  # type: ignore[arg-type]
    assert all(any(span.contains(one.span) for span in chosen) for one in found)  # type: ignore[attr-defined]
    assert all(span.start_ms % 500 == span.end_ms % 500 == 0 for span in chosen)
    assert all(Span(0, HOUR_MS).contains(span) for span in chosen)
    assert all(first.end_ms < second.start_ms for first, second in pairwise(chosen))


def test_spans_are_cut_as_the_scenario_wants() -> None:
    cut = cut_spans([Span(90_000, 400_000)], 120_000)
    assert [(span.start_ms, span.end_ms) for span in cut] == [(90_000, 193_000), (193_000, 296_000), (296_000, 400_000)]


def test_spans_that_touch_are_one() -> None:
    assert merge_spans([Span(5, 9), Span(0, 5), Span(20, 30)]) == (Span(0, 9), Span(20, 30))


# --- after both --------------------------------------------------------------------------------------------------


def test_the_second_look_takes_the_place_of_the_first() -> None:
    quick = result(0, 3600, finding(100, 130, **GUESS), finding(900, 930, **GUESS))
    fine = result(90, 140, finding(102, 110, severity=6, confidence=90))
    assert [[f.span for f in one.findings if f.span] for one in after_both([quick], [fine])] == [
        [Span(900_000, 930_000)],
        [Span(102_000, 110_000)],
    ]


def test_a_second_look_that_failed_leaves_the_first() -> None:
    quick = result(0, 3600, finding(100, 130, **GUESS))
    assert after_both([quick], [result(90, 140, outcome="failed")])[0] == quick


def test_what_was_not_judged_is_judged_after_a_second_look_at_all_of_it() -> None:
    quick = result(0, 120, outcome="malformed", reason="nonsense")
    both = after_both([quick], [result(0, 60), result(60, 120)])
    assert [(one.outcome, one.reason) for one in both] == [("ok", "")] * 3


def test_what_was_not_judged_stays_so_after_a_look_at_a_part() -> None:
    quick = result(0, 120, outcome="malformed")
    assert [one.outcome for one in after_both([quick], [result(0, 60)])] == ["ok", "malformed"]


def test_known_content_and_words_outlive_a_second_look() -> None:
    quick = result(0, 120, finding(10, 20, source="hash_match"), finding(10, 20))
    [first, _] = after_both([quick], [result(0, 120)])
    assert [one.source for one in first.findings] == ["hash_match"]


# --- money -------------------------------------------------------------------------------------------------------


FULL_HD = VideoStream(0, "h264", 1920, 1080, 0, 25, 1, False, 0)


def cost(scenario: str, *wanted: Span) -> PassCost:
    model = CATALOG.models["qwen3.5-omni-plus"]
    question = Question("p", "0" * 64, "Check.", "sections", "auto")
    spec = AnalysisSpec(CATALOG.scenarios[scenario], model, CATALOG.providers["dashscope"], question)
    return expected_cost(
        recording(duration_ms=HOUR_MS, video=FULL_HD), spec, wanted, find_price(CATALOG, model.name, "singapore")
    )


def test_looking_finely_at_an_hour_costs_many_times_a_quick_look() -> None:
    quick, fine = cost("quick", Span(0, HOUR_MS)), cost("fine", Span(0, HOUR_MS))
    assert (quick.segments, fine.segments) == (1, 30)
    assert quick.cost_nano is not None
    assert fine.cost_nano is not None
    assert quick.cost_nano / fine.cost_nano < 0.1


def test_the_cost_of_spans_is_the_sum_of_their_costs() -> None:
    first, second = Span(0, 60_000), Span(600_000, 660_000)
    both = cost("fine", first, second)
    assert both.tokens == cost("fine", first).tokens + cost("fine", second).tokens

"""Findings of all sources in one form, and neighbours merged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.moderation.findings import from_answer, merge_adjacent, refused_part
from tasks.moderation.records import AnsweredFinding, Finding
from tasks.records import Span
from tests.support.findings import finding, policy

SEGMENT = Span(60_000, 120_000)


def answered(label: str = "hate", start: int | None = 61_000, end: int | None = 62_000) -> AnsweredFinding:
    return AnsweredFinding(start, end, label, 5, 70, "speech", "words", "why", "missing" if start is None else "model")


def test_a_finding_without_a_time_takes_its_segments() -> None:
    [found] = from_answer([answered(start=None, end=None)], "s1", SEGMENT, policy())
    assert (found.span, found.time_quality) == (SEGMENT, "missing")


def test_a_finding_of_an_image_has_no_time() -> None:
    [found] = from_answer([answered(start=None, end=None)], "s1", Span(0, 0), policy(), is_image=True)
    assert found.span is None


def test_an_unknown_label_is_kept_as_it_was_answered() -> None:
    [found] = from_answer([answered("hate.sneer")], "s1", SEGMENT, policy())
    assert (found.label, found.answered_label) == ("hate", "hate.sneer")


def test_a_label_that_was_not_readable_is_marked() -> None:
    [found] = from_answer([answered("")], "s1", SEGMENT, policy())
    assert (found.label, found.answered_label) == ("other", "")


def test_two_labels_in_one_are_two_findings() -> None:
    found = from_answer([answered("hate, swimwear")], "s1", SEGMENT, policy())
    assert [(one.label, one.span) for one in found] == [
        ("hate", Span(61_000, 62_000)),
        ("swimwear", Span(61_000, 62_000)),
    ]


def test_a_refused_part_is_a_finding_without_severity() -> None:
    found = refused_part("s1", SEGMENT, "data_inspection_failed")
    assert (found.source, found.label, found.severity, found.evidence) == (
        "provider_block",
        "other",
        None,
        "data_inspection_failed",
    )


def test_neighbours_of_one_label_merge_across_segments() -> None:
    first = finding(50, 60, segment_id="s0", severity=3, confidence=None, evidence="one")
    second = finding(60.5, 70, segment_id="s1", severity=5, confidence=40, evidence="two", time_quality="clamped")
    assert merge_adjacent([second, first], 1000) == (
        finding(50, 70, severity=5, confidence=40, evidence="one\ntwo", time_quality="clamped"),
    )


def test_other_labels_sources_and_distant_findings_stay_apart() -> None:
    found = [finding(0, 10), finding(11.5, 12), finding(5, 6, label="other"), finding(5, 6, source="word_list")]
    assert len(merge_adjacent(found, 1000)) == 4


def test_findings_of_an_image_merge_within_it() -> None:
    found = [finding(span=None, segment_id=name) for name in ("a", "a", "b")]
    assert [one.segment_id for one in merge_adjacent(found, 0)] == ["a", "b"]


def test_the_nearest_hash_holds() -> None:
    found = [finding(n, n + 1, source="hash_match", distance=bits) for n, bits in enumerate((20, 4, 9))]
    assert [one.distance for one in merge_adjacent(found, 0)] == [4]


FINDINGS = st.builds(
    lambda start, length, label, source, severity: finding(
        start, start + length, label=label, source=source, severity=severity, segment_id=f"s{start // 60}"
    ),
    st.integers(0, 300),
    st.integers(0, 60),
    st.sampled_from(["hate", "other"]),
    st.sampled_from(["model", "word_list"]),
    st.none() | st.integers(0, 7),
)


@given(st.lists(FINDINGS, max_size=12), st.integers(0, 5000))
def test_merging_loses_no_moment_and_no_severity(findings: list[Finding], gap_ms: int) -> None:
    merged = merge_adjacent(findings, gap_ms)
    for one in findings:
        [home] = [m for m in merged if (m.label, m.source) == (one.label, one.source) and _contains(m, one)]
        assert (home.severity or 0) >= (one.severity or 0)
    assert merge_adjacent(merged, gap_ms) == merged
    assert merge_adjacent(reversed(findings), gap_ms) == merged or len(findings) > 1


def _contains(outer: Finding, inner: Finding) -> bool:
    assert outer.span is not None
    assert inner.span is not None
    return outer.span.contains(inner.span)

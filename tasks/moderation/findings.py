"""Bring findings of all sources into one form, and merge neighbours.

Pure. A finding is kept as raw as it came: what is done about it a policy says later (tasks/moderation/verdict.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from config.policy_types import OTHER, Policy
from tasks.moderation.labels import resolve_labels
from tasks.moderation.records import AnsweredFinding, Finding
from tasks.records import Span


def from_answer(
    answered: Sequence[AnsweredFinding], segment_id: str, span: Span, policy: Policy, *, is_image: bool = False
) -> tuple[Finding, ...]:
    """Label the findings of a segment's answer by the policy.

    One that names several labels becomes several.

    Times of `answered` are already on the recording's timeline. A finding without a time takes its segment's, since
    that is where it is, and so does one whose time lies outside of it; an image has none.

    >>> from config.policy_loader import load_policy
    >>> answered = AnsweredFinding(None, None, "hate.sneer", 3, 70, "speech", "“…”", "", "missing")
    >>> [found] = from_answer([answered], "segment", Span(0, 60_000), load_policy())
    >>> found.label, found.answered_label, found.span
    ('hate', 'hate.sneer', Span(start_ms=0, end_ms=60000))
    """
    return tuple(
        Finding(
            segment_id=segment_id,
            span=None if is_image else _span(one, span),
            label=resolved.label,
            answered_label=resolved.answered if resolved.answered or one.label else "",
            severity=one.severity,
            confidence=one.confidence,
            modality=one.modality,
            evidence=one.evidence,
            rationale=one.rationale,
            source="model",
            time_quality=one.time_quality,
            member_seq=one.member_seq,
        )
        for one in answered
        for resolved in resolve_labels(one.label, policy)
    )


def refused_part(segment_id: str, span: Span, reason: str, *, is_image: bool = False) -> Finding:
    """Make the finding for a part that the provider refused to answer about.

    It is a weak signal, of unknown severity.

    >>> refused_part("segment", Span(0, 15_000), "data_inspection_failed").source
    'provider_block'
    """
    return Finding(
        segment_id=segment_id,
        span=None if is_image else span,
        label=OTHER,
        answered_label=None,
        severity=None,
        confidence=None,
        modality=None,
        evidence=reason,
        rationale="the provider's content inspection refused to answer about this part",
        source="provider_block",
        time_quality="model",
    )


def merge_adjacent(findings: Iterable[Finding], gap_ms: int) -> tuple[Finding, ...]:
    """Merge findings of one source and label that lie close together.

    They touch or lie no further apart than `gap_ms`, also across segments.

    What is merged has the first one's segment, the highest severity and confidence, and each different evidence and
    rationale once. The result is ordered by time; findings of images are merged by segment.

    >>> one = refused_part("a", Span(0, 1000), "…")
    >>> [merged] = merge_adjacent([refused_part("b", Span(1000, 2000), "…"), one], 0)
    >>> merged.segment_id, merged.span
    ('a', Span(start_ms=0, end_ms=2000))
    """
    merged: list[Finding] = []
    for _, group in groupby(sorted(findings, key=_family), key=_family):
        merged += _merged_family(sorted(group, key=_when), gap_ms)
    return tuple(sorted(merged, key=lambda f: (_when(f), f.label, f.source)))


def _merged_family(findings: Sequence[Finding], gap_ms: int) -> list[Finding]:
    merged: list[Finding] = []
    for finding in findings:
        if merged and _touch(merged[-1], finding, gap_ms):
            merged[-1] = _join(merged[-1], finding)
        else:
            merged.append(finding)
    return merged


def _join(first: Finding, second: Finding) -> Finding:
    nearest = min((f.distance for f in (first, second) if f.distance is not None), default=None)
    span = first.span
    if span and second.span:
        span = Span(span.start_ms, max(span.end_ms, second.span.end_ms))
    return replace(
        first,
        span=span,
        answered_label=_either(first.answered_label, second.answered_label),
        severity=_highest(first.severity, second.severity),
        confidence=_highest(first.confidence, second.confidence),
        modality=first.modality or second.modality,
        evidence=_both(first.evidence, second.evidence),
        rationale=_both(first.rationale, second.rationale),
        time_quality=first.time_quality if first.time_quality != "model" else second.time_quality,
        distance=nearest,
    )


def _touch(first: Finding, second: Finding, gap_ms: int) -> bool:
    if first.span is None or second.span is None:
        return first.span is second.span and first.segment_id == second.segment_id
    return second.span.start_ms - first.span.end_ms <= gap_ms


def _span(answered: AnsweredFinding, segment: Span) -> Span:
    if answered.start_ms is None or answered.end_ms is None:
        return segment
    if answered.time_quality == "clamped" and answered.start_ms == answered.end_ms:
        return segment  # all of its range was outside: it says nothing about where in the segment it is
    return Span(answered.start_ms, answered.end_ms)


def _family(finding: Finding) -> tuple[str, str, bool, int]:
    return finding.source, finding.label, finding.span is None, finding.member_seq or 0


def _when(finding: Finding) -> tuple[int, int, int, str]:
    span = finding.span or Span(0, 0)
    return finding.member_seq or 0, span.start_ms, span.end_ms, finding.segment_id


def _highest(first: int | None, second: int | None) -> int | None:
    return max((value for value in (first, second) if value is not None), default=None)


def _either(first: str | None, second: str | None) -> str | None:
    """Name both labels as answered, where they differ from the policy's."""
    told = dict.fromkeys(value for value in (first, second) if value is not None)
    return "\n".join(told) if told else None


def _both(first: str, second: str) -> str:
    return first if second in first.split("\n") or not second else f"{first}\n{second}".strip()

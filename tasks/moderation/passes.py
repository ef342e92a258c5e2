"""Plan the second of two passes, join what both found, and price both.

Pure. The first pass looks at everything cheaply; the second one looks finely at what the first has flagged or could not
judge, widened a little, since a model that sees an hour at once gives its times roughly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from config.policy_types import Policy
from config.types import Price
from tasks.moderation.records import Finding, SegmentResult
from tasks.moderation.verdict import action_of, judge_segment
from tasks.planning.cost import cost_nano
from tasks.planning.plan import plan_analysis
from tasks.planning.spans import GRID_MS, fewest_pieces, split, step_ms
from tasks.planning.spec import AnalysisSpec
from tasks.records import Recording, Span, Tokens

WIDEN_MS = 5_000
SHORTEST_LOOK_MS = 20_000  # a fine look at less than this would see the finding without what surrounds it


def spans_to_look_at(
    results: Sequence[SegmentResult], policy: Policy, duration_ms: int, widen_ms: int = WIDEN_MS
) -> tuple[Span, ...]:
    """Choose the spans for the second pass.

    They hold findings that are acted on, and whole segments that were not judged.

    Widened on both sides, on the grid of cuts, within the recording, none touching another. A segment that is flagged
    and was not read whole is looked at whole.

    >>> from config.policy_loader import load_policy
    >>> unread = SegmentResult("segment", Span(60_000, 120_000), "failed")
    >>> spans_to_look_at([unread], load_policy(), 600_000)
    (Span(start_ms=55000, end_ms=125000),)
    """
    wanted: list[Span] = []
    for result in results:
        verdict = judge_segment(result, policy)
        if verdict.outcome in ("indeterminate", "blocked") or (verdict.outcome == "flagged" and verdict.reasons):
            wanted.append(result.span)
        for finding in result.findings:
            if action_of(finding, policy) != "allow":
                wanted.append(finding.span or result.span)
    return merge_spans((_widened(span, duration_ms, widen_ms) for span in wanted), gap_ms=widen_ms)


def merge_spans(spans: Iterable[Span], gap_ms: int = 0) -> tuple[Span, ...]:
    """Join the spans that lie no further apart than `gap_ms`, in their order.

    >>> merge_spans([Span(5000, 9000), Span(0, 4000)], gap_ms=1000)
    (Span(start_ms=0, end_ms=9000),)
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_ms - merged[-1].end_ms <= gap_ms:
            merged[-1] = Span(merged[-1].start_ms, max(merged[-1].end_ms, span.end_ms))
        else:
            merged.append(span)
    return tuple(merged)


def cut_spans(spans: Iterable[Span], limit_ms: int) -> tuple[Span, ...]:
    """Cut spans into as few pieces as the limit allows, of similar lengths.

    >>> cut_spans([Span(10_000, 190_000)], 120_000)
    (Span(start_ms=10000, end_ms=100000), Span(start_ms=100000, end_ms=190000))
    """
    return tuple(
        Span(span.start_ms + piece.start_ms, span.start_ms + piece.end_ms)
        for span in spans
        for piece in split(span.duration_ms, fewest_pieces(span.duration_ms, limit_ms), step_ms(limit_ms))
    )


def after_both(first: Sequence[SegmentResult], second: Sequence[SegmentResult]) -> tuple[SegmentResult, ...]:
    """Join both passes: where the second one judged, its results hold.

    Of a segment of the first pass stay its findings outside of what the second judged. Where all that was amiss with it
    was looked at again, it counts as judged; where a part of it was not, what was amiss stays.

    >>> quick = SegmentResult("quick", Span(0, 60_000), "malformed")
    >>> fine = SegmentResult("fine", Span(0, 60_000), "ok")
    >>> [result.outcome for result in after_both([quick], [fine])]
    ['ok', 'ok']
    """
    judged = merge_spans(result.span for result in second if _is_judged(result))
    return tuple(sorted((*(_superseded(r, judged) for r in first), *second), key=lambda r: (r.span, r.segment_id)))


@dataclass(frozen=True, slots=True)
class PassCost:
    """A pass costs this to look; `cost_nano` is None where a price is missing."""

    segments: int
    tokens: Tokens
    cost_nano: int | None


def expected_cost(recording: Recording, spec: AnalysisSpec, spans: Sequence[Span], price: Price | None) -> PassCost:
    """Price a look at spans of a recording, each cut as a recording would be.

    The tokens of what is shown are exact, those of the answers the scenario's guess.
    """
    tokens, segments = Tokens(), 0
    for span in spans:
        plan = plan_analysis(replace(recording, duration_ms=span.duration_ms), spec)
        segments += len(plan.segments)
        tokens = sum((segment.tokens for segment in plan.segments), tokens)
    return PassCost(segments, tokens, cost_nano(tokens, price))


def _widened(span: Span, duration_ms: int, widen_ms: int) -> Span:
    """Widen a span to a look's least length, on the grid, within the recording."""
    short = max(0, SHORTEST_LOOK_MS - span.duration_ms - 2 * widen_ms)
    start = (span.start_ms - widen_ms - short // 2) // GRID_MS * GRID_MS
    end = -(-(span.end_ms + widen_ms + short // 2) // GRID_MS) * GRID_MS
    return Span(max(0, start), min(duration_ms, end))


def _superseded(result: SegmentResult, judged: Sequence[Span]) -> SegmentResult:
    findings = tuple(f for f in result.findings if not _is_covered(f, result.span, judged))
    if any(span.contains(result.span) for span in judged):
        return replace(result, outcome="ok", reason="", findings=findings, not_shown=(), can_judge=True)
    return replace(result, findings=findings)


def _is_covered(finding: Finding, segment: Span, judged: Sequence[Span]) -> bool:
    """Tell whether the second pass has judged what a finding is about.

    Only findings of the model and refusals are judged again.
    """
    about = finding.span or segment
    return finding.source in ("model", "provider_block") and any(span.contains(about) for span in judged)


def _is_judged(result: SegmentResult) -> bool:
    return result.outcome == "ok" and result.can_judge and not result.not_shown

"""Make rows of findings, verdicts and reviews, and read them back.

What was published can be judged again, by any policy, without a call.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config.policy_types import Policy
from tasks.identity import finding_id
from tasks.moderation.judgement import Judgement
from tasks.moderation.records import Finding, Review, SegmentResult, Verdict
from tasks.moderation.rules import Passes
from tasks.moderation.verdict import action_of
from tasks.records import Span
from tasks.tables.rows import Row


def finding_row(finding: Finding, of_analysis: Row, policy: Policy) -> Row:
    """Make the row of `findings`.

    `of_analysis` holds the columns that all rows of an attempt at an analysis share.
    """
    span = finding.span
    return {
        **of_analysis,
        "segment_id": finding.segment_id,
        "finding_id": finding_id(
            of_analysis["analysis_id"], finding.source, finding.label, span, finding.segment_id, finding.member_seq
        ),
        "start_ms": span.start_ms if span else None,
        "end_ms": span.end_ms if span else None,
        "label": finding.label,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "modality": finding.modality,
        "evidence": finding.evidence,
        "rationale": finding.rationale,
        "source": finding.source,
        "policy": policy.id,
        "policy_version": policy.version,
        "action": action_of(finding, policy),
        "answered_label": finding.answered_label,
        "time_quality": finding.time_quality,
        "distance": finding.distance,
        "member_seq": finding.member_seq,
    }


def finding_of(row: Row) -> Finding:
    """Make the finding of a row.

    What a policy made of it is left out, since another may say otherwise.
    """
    span = None if row["start_ms"] is None else Span(row["start_ms"], row["end_ms"])
    own = ("segment_id", "label", "answered_label", "severity", "confidence", "modality", "evidence", "rationale")
    return Finding(
        span=span,
        source=row["source"],
        time_quality=row["time_quality"],
        distance=row["distance"],
        member_seq=row.get("member_seq"),
        **{name: row[name] for name in own},
    )


def result_of(segment: Row, media: Row, findings: Sequence[Finding], *, can_judge: bool = True) -> SegmentResult:
    """Gather what a segment is judged by from its row and its recording's.

    A picture or a sound that the recording has and that was not sent was not judged. A finding that was merged across
    segments belongs to each that it reaches into.
    """
    missing = []
    if media["width"] is not None and segment["video_sent"] == "absent":
        missing.append("the picture was not sent")
    if media["sample_rate"] is not None and segment["audio_sent"] == "absent":
        missing.append("the sound was not sent")
    span = Span(segment["start_ms"], segment["end_ms"])
    return SegmentResult(
        segment_id=segment["segment_id"],
        span=span,
        outcome=segment["outcome"],
        reason=segment["reason"],
        findings=tuple(f for f in findings if f.segment_id == segment["segment_id"] or _reaches(f.span, span)),
        not_shown=tuple(missing),
        can_judge=can_judge,
    )


def _reaches(finding: Span | None, segment: Span) -> bool:
    return finding is not None and finding.start_ms < segment.end_ms and segment.start_ms < finding.end_ms


@dataclass(frozen=True, slots=True)
class JudgedPasses:
    """The passes that a judgement is about: of each the columns that its rows share."""

    first: Row
    second: Row | None
    passes: Passes
    unread: tuple[str, ...] = ()


def verdict_rows(judged: JudgedPasses, judgement: Judgement, findings: Sequence[Row], policy: Policy) -> list[Row]:
    """Make the rows of `verdicts`: the recording's, then its segments'.

    `findings` are the rows of all passes, of which those that hold are named.
    """
    held = set(judgement.findings)
    second = judged.second or {"analysis_id": None, "attempt": None}
    shared = {
        **judged.first,
        "passes": judged.passes,
        "second_analysis_id": second["analysis_id"],
        "second_attempt": second["attempt"],
        "policy": policy.id,
        "policy_version": policy.version,
        "judged_at": datetime.now(UTC),
    }
    names = [row["finding_id"] for row in findings if finding_of(row) in held]
    whole = {"segment_id": None, "start_ms": None, "end_ms": None, "findings_json": json.dumps(names)}
    rows = [{**shared, **whole, **_verdict(judgement.verdict), "unread_json": json.dumps(judged.unread)}]
    for result, verdict in judgement.segments:
        span = {"segment_id": result.segment_id, "start_ms": result.span.start_ms, "end_ms": result.span.end_ms}
        rows.append({**shared, **span, **_verdict(verdict), "findings_json": "[]", "unread_json": "[]"})
    return rows


def _verdict(verdict: Verdict) -> Row:
    return {"outcome": verdict.outcome, "action": verdict.action, "reasons": "\n".join(verdict.reasons)}


def review_row(review: Review) -> Row:
    """Make the row of `reviews`."""
    return {name: getattr(review, name) for name in Review.__slots__}


def review_of(row: Row) -> Review:
    """Make the review of a row."""
    values: dict[str, Any] = {name: row[name] for name in Review.__slots__}
    return Review(**values)

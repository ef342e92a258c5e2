"""Findings, policies and results for tests of moderation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from config.policy_loader import load_policy
from config.policy_types import Policy
from tasks.moderation.records import Finding, SegmentResult
from tasks.moderation.reviews import ReviewItem
from tasks.records import Span

DEFAULT = load_policy()
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def policy(**changes: Any) -> Policy:
    """A small policy: hate is reviewed from 3 and 50 %, rejected from 6 and 80 %; swimwear is never acted on."""
    facts: dict[str, Any] = {
        "id": "test",
        "version": "1",
        "title": "T",
        "as_of": "2026-11-28",
        "review_sample": 0.1,
        "merge_gap_ms": 1000,
        "thresholds": {"review": {"severity": 3, "confidence": 50}, "reject": {"severity": 6, "confidence": 80}},
        "labels": [
            {"id": "hate", "title": "Hate", "description": "contempt"},
            {"id": "hate.slur", "title": "Slurs", "description": "slurs"},
            {"id": "swimwear", "title": "Swimwear", "description": "bathing", "review": "never", "reject": "never"},
            {"id": "other", "title": "Other", "description": "all else"},
        ],
    }
    return Policy.model_validate(facts | changes)


def finding(start_s: float = 0, end_s: float = 10, **given: Any) -> Finding:
    facts: dict[str, Any] = {
        "segment_id": "s0",
        "span": Span(int(1000 * start_s), int(1000 * end_s)),
        "label": "hate",
        "answered_label": None,
        "severity": 5,
        "confidence": 70,
        "modality": "speech",
        "evidence": "words",
        "rationale": "",
        "source": "model",
        "time_quality": "model",
    }
    return Finding(**facts | given)


def result(start_s: float = 0, end_s: float = 60, *findings: Finding, **given: Any) -> SegmentResult:
    facts: dict[str, Any] = {"segment_id": f"s{start_s:g}", "span": Span(int(1000 * start_s), int(1000 * end_s))}
    return SegmentResult(**facts | {"outcome": "ok", "findings": findings} | given)


def item(item_id: str = "f1", severity: int | None = 5, **given: Any) -> ReviewItem:
    facts: dict[str, Any] = {
        "item_id": item_id,
        "finding_id": item_id,
        "media_id": "m1",
        "uri": "a.mp4",
        "span": Span(0, 10_000),
        "severity": severity,
        "opened_at": NOON,
        "policy_version": "1",
    }
    return ReviewItem(**facts | given)

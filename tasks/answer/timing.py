"""From times as answered to the recording's timeline: shifted, clamped to the segment, in order, and flagged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tasks.answer.storyline import Row
from tasks.records import Span, TimeQuality


def on_timeline(rows: Sequence[Row], span: Span) -> tuple[Row, ...]:
    """The rows with times from the recording's start, sorted by start; rows without a time keep their neighbours.

    `clamped` goes before `reordered` where both are true: the time itself was changed.
    """
    latest = -1  # the largest start so far, as answered
    placed: list[tuple[int, Row]] = []
    place = span.start_ms
    for answered in rows:
        row = answered
        if row.start_ms is None or row.end_ms is None:
            placed.append((place, row))
            continue
        first, last = sorted((row.start_ms, row.end_ms))
        start, end = _clamp(span.start_ms + first, span), _clamp(span.start_ms + last, span)
        quality: TimeQuality = "model"
        if row.start_ms > row.end_ms or first < latest:
            quality = "reordered"
        if (start, end) != (span.start_ms + first, span.start_ms + last):
            quality = "clamped"
        latest, place = max(latest, first), start
        if (start, end, quality) != (row.start_ms, row.end_ms, row.time_quality):
            row = replace(row, start_ms=start, end_ms=end, time_quality=quality)
        placed.append((place, row))
    return tuple(row for _, row in sorted(placed, key=lambda pair: pair[0]))


def _clamp(ms: int, span: Span) -> int:
    return min(max(ms, span.start_ms), span.end_ms)

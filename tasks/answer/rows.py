"""The rows that sections give, and their way from times as answered to the recording's timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from tasks.records import Event, Span, TextElement, TimeQuality, Utterance
from tasks.timecode import format_ms

Row = TypeVar("Row", Event, TextElement, Utterance)


@dataclass(slots=True)
class Reading(Generic[Row]):
    """What a section gave. Times are still as written: from the clip's start, neither shifted nor clamped."""

    rows: list[Row] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)  # what could not be placed
    absent: bool = False  # the section says that there is nothing

    @property
    def found(self) -> bool:
        """A heading with nothing below it is no section."""
        return bool(self.rows or self.leftovers or self.absent)


def quality(start_ms: int | None) -> TimeQuality:
    return "missing" if start_ms is None else "model"


def written_time(start_ms: int, end_ms: int) -> str:
    return f"{format_ms(start_ms)} - {format_ms(end_ms)}"


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

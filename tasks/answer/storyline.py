"""The storyline: a time, then a paragraph, repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tasks.answer.absence import is_absence
from tasks.answer.lines import Line, blocks, join
from tasks.clock import format_ms
from tasks.records import Event, TextElement, TimeQuality, Utterance

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


def read_storyline(lines: Sequence[Line]) -> Reading[Event]:
    """One event for each time; text before the first time becomes an event without one."""
    reading = Reading[Event]()
    for block in blocks(lines):
        text = join(block.lines)
        if block.mark is None and is_absence(text):
            reading.absent = True
        elif text:
            reading.rows.append(Event(block.start_ms, block.end_ms, text, quality(block.start_ms)))
        elif block.mark:
            reading.leftovers.append(written_time(block.mark.start_ms, block.mark.end_ms))
    return reading

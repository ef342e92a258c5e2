"""The storyline: what happens, as paragraphs under their times."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.answer.absence import is_absence
from tasks.answer.lines import blocks, join
from tasks.answer.rows import quality, under_time, written_time
from tasks.answer.section import Column, OnTimeline, Section, SectionReading, SectionSpec, lines_of
from tasks.answer.titles import STORYLINE
from tasks.records import Event, ParsedAnswer, Span

NO_EVENTS = "No events."


def read_storyline(sections: Sequence[Section]) -> SectionReading:
    """Read one event for each time; text before the first time becomes an event without one."""
    rows: list[Event] = []
    leftovers: list[str] = []
    absent = False
    for block in blocks(lines_of(sections)):
        text = join(block.lines)
        if block.mark is None and is_absence(text):
            absent = True
        elif text:
            rows.append(Event(block.start_ms, block.end_ms, text, quality(block.start_ms)))
        elif block.mark:
            leftovers.append(written_time(block.mark.start_ms, block.mark.end_ms))
    return SectionReading(bool(rows or leftovers or absent), rows, leftovers)


def render_storyline(parsed: ParsedAnswer, span: Span) -> list[str]:
    """Write the paragraphs of the section; none where it is missing."""
    if parsed.storyline is None:
        return []
    return [under_time(event, event.description, span) for event in parsed.storyline] or [NO_EVENTS]


SPEC = SectionSpec(
    name="storyline",
    heading="Storyline",
    titles=(STORYLINE,),
    kinds=("video", "audio", "image"),
    in_full_report=True,
    read=read_storyline,
    render=render_storyline,
    about="one row per event",
    columns=(Column("description", "what happens"),),
    timeline=OnTimeline(kind="event", text="description"),
)

"""Read the storyline: what happens, as paragraphs under their times."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.answer.absence import is_absence
from tasks.answer.fields import field_of
from tasks.answer.keyed_form import key_and_value
from tasks.answer.lines import Block, Line, Record, blocks, join
from tasks.answer.patterns import lazy
from tasks.answer.rows import is_markup, quality, under_times, written_time
from tasks.answer.section import Column, OnTimeline, Section, SectionReading, SectionSpec, lines_of
from tasks.answer.titles import STORYLINE
from tasks.records import Event, ParsedAnswer, Span

NO_EVENTS = "No events."


def read_storyline(sections: Sequence[Section]) -> SectionReading:
    r"""Read one event for each time.

    Text before the first time becomes an event without one.

    >>> from tasks.answer.lines import read_lines
    >>> from tasks.answer.section import Section
    >>> told = Section("storyline", "Storyline", 2, lines=read_lines("00:01 - 00:02\nA bell."))
    >>> [(event.start_ms, event.description) for event in read_storyline([told]).rows]
    [(1000, 'A bell.')]
    """
    rows: list[Event] = []
    leftovers: list[str] = []
    absent = False
    for block in blocks(lines_of(sections), leads=is_title):
        text = _description(block)
        if block.mark is None and is_absence(text):
            absent = True
        elif text and not is_markup(text):
            rows.append(Event(block.start_ms, block.end_ms, text, quality(block.start_ms)))
        elif block.mark:
            leftovers.append(written_time(block.mark.start_ms, block.mark.end_ms))
    return SectionReading(bool(rows or leftovers or absent), rows, leftovers)


def _description(block: Block) -> str:
    if block.record is not None:
        return _of_record(block.record)
    return join(_without_key(block.lines))


def _without_key(lines: Sequence[Line]) -> Sequence[Line]:
    """Drop "Description:" in front, where no further line has such a key."""
    keyed = [number for number, line in enumerate(lines) if _described(line)]
    if keyed != [0]:
        return lines
    value = _described(lines[0])
    return [Line(value or ""), *lines[1:]]


def _described(line: Line) -> str | None:
    found = key_and_value(line.text) if any(mark in line.text for mark in _KEY_SIGNS) else None
    return found[1] if found and field_of(found[0], ("description",)) else None


def _of_record(record: Record) -> str:
    """Return the description of a table's row or of an object.

    Several columns keep their names.
    """
    if len(record) == 1:
        return next(iter(record.values()))
    described = [name for name in record if field_of(name, ("description",))]
    described = described or [name for name in record if field_of(name, ("content",))]
    if len(described) == 1:
        others = [f"{name}: {value}" for name, value in record.items() if name != described[0]]
        return "\n".join([record[described[0]], *others])
    return "\n".join(f"{name}: {value}" for name, value in record.items())


def is_title(line: Line) -> bool:
    """Say whether a line right before a time is the title of what happens at it.

    >>> is_title(Line("Scene 2: the harbour")), is_title(Line("A bell rings."))
    (True, False)
    """
    return len(line.text) < 100 and _TITLE.fullmatch(line.text) is not None


def render_storyline(parsed: ParsedAnswer, span: Span) -> list[str]:
    """Write the paragraphs of the section; none where it is missing.

    >>> render_storyline(ParsedAnswer("ok", "", sections={"storyline": ()}), Span(0, 8_000))
    ['No events.']
    """
    if parsed.storyline is None:
        return []
    return under_times(parsed.storyline, (event.description for event in parsed.storyline), span) or [NO_EVENTS]


_KEY_SIGNS = (":", "：", "=", "】")
_TITLE = lazy(
    r"(?:\d{1,3}[.)]\s)?\*\*[^*\n]+\*\*[:：]?|#{1,6}\s.+|(?:scene|shot|event|part|segment|镜头|场景|片段|事件|シーン|장면)\s?\d{1,3}\b.{0,60}",
    re.IGNORECASE,
)

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

"""Define a section of an answer.

It has the lines under its heading, and what the registry knows about its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from tasks.answer.lines import Line
from tasks.records import Kind, ParsedAnswer, Span, TimeQuality


class TimedRow(Protocol):
    """A row of an answer has a place in time.

    Its times are null where the answer gave none.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def start_ms(self) -> int | None: ...
    @property
    def end_ms(self) -> int | None: ...
    @property
    def time_quality(self) -> TimeQuality: ...
    @property
    def member_seq(self) -> int | None: ...


@dataclass(slots=True)
class Section:
    """A section has a heading and the lines below it.

    `part` is None for a section of the model's own, and before the first heading.
    """

    part: str | None
    title: str  # as written, without Markdown; "" before the first heading
    level: int
    inline: bool = False  # the text began on the heading's own line
    lines: list[Line] = field(default_factory=list)


def lines_of(sections: Sequence[Section]) -> list[Line]:
    """Return the lines of several sections as one, with a blank line between.

    >>> [line.text for line in lines_of([Section("storyline", "Storyline", 2, lines=[Line("A bell.")])])]
    ['A bell.', '']
    """
    return [line for section in sections for line in (*section.lines, Line(""))]


@dataclass(frozen=True, slots=True)
class SectionReading:
    """A reading holds what the lines of a section gave.

    Times are as written: from the clip's start, neither shifted nor clamped.
    """

    found: bool  # False: the section is missing, for a heading with nothing below it is none
    rows: Sequence[TimedRow] = ()
    leftovers: Sequence[str] = ()  # what could not be placed
    others: Mapping[str, tuple[object, ...]] = field(default_factory=dict)  # rows of further tables
    doubt: str = ""  # why the answer is partial, though the section is there
    until_ms: int | None = None  # how far what it says reaches, where it says so; None: over the whole clip


@dataclass(frozen=True, slots=True)
class Titles:
    """These headings open one part of a section; `|` separates phrases.

    `plain` ones are headings wherever they stand alone on a line, `marked` ones only where Markdown says so: they are
    too common as plain words. The first plain one is the contract's.
    """

    part: str
    plain: str
    marked: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the section's table takes one attribute of the record.

    Both have the same name.
    """

    name: str
    meaning: str
    kind: type[str] | type[int] | type[float] = str
    unit: str = ""
    null: bool = False
    one_of: Any = None  # a Literal of its values, where they are known


@dataclass(frozen=True, slots=True)
class OnTimeline:
    """A section with this has rows in the view `timeline`.

    It says what they are called there, and which columns they fill.
    """

    kind: str
    text: str
    speaker: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """A kind of section is described by one row, by which every reader goes.

    `tasks/answer/registry.py` lists them.
    """

    name: str  # in a prompt's front matter; also the name of the table of its rows
    heading: str  # the contract's
    titles: tuple[Titles, ...]
    kinds: tuple[Kind, ...]  # the media in which it can be found at all
    in_full_report: bool  # whether it is required where the prompt does not say what is
    read: Callable[[Sequence[Section]], SectionReading]  # all sections of its parts, in the answer's order
    render: Callable[[ParsedAnswer, Span], list[str]]  # paragraphs in the contract's form; [] where it is missing
    about: str  # what a row of the table is
    columns: tuple[Column, ...]  # of the table, without ids and times
    timeline: OnTimeline | None
    has_table: bool = True  # False: the rows of its table are not the answer's alone, so others make them
    reads_records: bool = True  # False: its reader takes tables and keys as they are written
    stands_alone: bool = False  # whether an answer without headings is this section, where the prompt asks for it

    @property
    def label(self) -> str:
        """Return the name for people.

        >>> from tasks.answer.registry import SECTIONS
        >>> [section.label for section in SECTIONS]
        ['storyline', 'visible text', 'speakers and transcript', 'findings']
        """
        return self.heading.lower()

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of its parts, as headings are sorted by them."""
        return tuple(titles.part for titles in self.titles)

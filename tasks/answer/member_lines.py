"""Find out which of several files each line of an answer is about.

A file is named on a line of its own ("### File 2"), in front of a time or behind it ("[File 2] 00:01", "00:01 (File
2)"), or within a heading ("## Storyline of File 2").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tasks.answer.heading_lines import BOLD, Heading, heading_at
from tasks.answer.headings import title_part
from tasks.answer.lines import Line
from tasks.answer.member_names import AROUND, NUMBERED, named_member, number_of
from tasks.answer.patterns import lazy
from tasks.answer.times import leading_time

_NO_LEVEL = 99  # below every heading


@dataclass(frozen=True, slots=True)
class NamedLines:
    """Named lines know which file they are about, and hold no name of a file."""

    lines: list[Line]
    own_headings: bool  # each file has headings of its own, below its name

    @property
    def documents(self) -> list[list[Line]]:
        """Return the lines as one answer, or each file's where it has own headings."""
        if not self.own_headings:
            return [self.lines]
        return [list(run) for _, run in groupby(self.lines, key=lambda line: line.member)]


def name_lines(lines: Sequence[Line], count: int) -> NamedLines:
    """Find out which of `count` files each line is about.

    Where the first name comes before the first heading, it holds up to the next name; else up to the next heading.

    >>> named = name_lines([Line("### File 1"), Line("Rain."), Line("### File 2"), Line("Sun.")], 2)
    >>> [(line.text, line.member) for line in named.lines if line.text]
    [('Rain.', 1), ('Sun.', 2)]
    """
    marked: list[Line] = []
    scope = _Scope()
    for number, line in enumerate(lines):
        heading = heading_at(lines, number)
        name = _name_in(line, heading, count) if _MAY_NAME.search(line.text) else None
        if name is None:
            scope.pass_heading(heading)
            marked.append(replace(line, member=scope.member))
        else:
            scope.open(name, heading)
            marked.append(replace(name.line, member=name.member))
    return NamedLines(marked, bool(scope.holds_over_headings) and scope.known_level < _NO_LEVEL)


@dataclass(frozen=True, slots=True)
class _Name:
    """The name of a file on a line, and the line without it."""

    member: int
    line: Line
    is_alone: bool  # on its line, so that it holds for the lines below


@dataclass(slots=True)
class _Scope:
    """A scope knows the file that the next line is about."""

    member: int | None = None
    level: int = _NO_LEVEL  # of the name in force, where it is a heading
    known_level: int = _NO_LEVEL  # of the last heading of the contract
    holds_over_headings: bool | None = None  # None: neither a name nor a heading has been met

    def open(self, name: _Name, heading: Heading | None) -> None:
        self.member, self.level = name.member, _NO_LEVEL
        if name.is_alone:
            self.level = heading.level if heading else _NO_LEVEL
            if self.holds_over_headings is None:
                self.holds_over_headings = True
        elif name.line.text.startswith("#"):
            self.holds_over_headings = bool(self.holds_over_headings)

    def pass_heading(self, heading: Heading | None) -> None:
        if heading is None:
            return
        if heading.part and self.holds_over_headings is None:
            self.holds_over_headings = False
        if self._is_ended_by(heading):
            self.member = None
        if heading.part:
            self.known_level = heading.level

    def _is_ended_by(self, heading: Heading) -> bool:
        if not self.holds_over_headings:
            return heading.part is not None or heading.level < min(self.level, BOLD)
        return heading.part is None and heading.level <= min(self.level, BOLD - 1) and heading.level < self.known_level


def _name_in(line: Line, heading: Heading | None, count: int) -> _Name | None:
    """Return the name of a file in a line that is no row of a table."""
    if line.record is not None:
        return None
    text = line.text
    if member := named_member(text, count):
        return _Name(member, Line("", line.indent), is_alone=True)
    found = _AHEAD.match(text)
    if found and (member := number_of(found, count)):
        is_open = found["open"] and not (found["close"] or found["late"])
        rest = found["open"] * bool(is_open) + text[found.end() :].strip()
        if mark := leading_time(rest):
            return _Name(member, Line(rest, line.indent, mark), is_alone=False)
        if heading is None and found["sign"] in (":", "："):  # "File 2 shows a man" is a sentence
            return _Name(member, Line(rest, line.indent), is_alone=True)
    if text.startswith("#") or (heading and heading.level <= BOLD and not heading.rest):
        return _name_in_heading(text, count)
    if line.mark and (found := _BEHIND_TIME.match(line.mark.rest)) and (member := number_of(found, count)):
        rest = line.mark.rest[found.end() :].strip()
        return _Name(member, replace(line, mark=replace(line.mark, rest=rest)), is_alone=False)
    return None


def _name_in_heading(text: str, count: int) -> _Name | None:
    """Return the file that a heading names, alone or beside a title."""
    found = next((one for one in _WITHIN.finditer(text) if number_of(one, count)), None)
    member = number_of(found, count) if found else None
    if found is None or member is None:
        return None
    before, behind = text[: found.start()], text[found.end() :]
    rest = f"{before} {behind}".strip(AROUND + "/,，")
    for words in dict.fromkeys((rest, _LINKS.sub("", rest).strip(AROUND))):
        if words and title_part(words, marked=True):
            level = len(text) - len(text.lstrip("#"))
            return _Name(member, Line(f"{'#' * (level or 2)} {words}"), is_alone=False)
    return None if before.strip(AROUND) else _Name(member, Line(""), is_alone=True)


_MAY_NAME = lazy(r"[0-9０-９]|第|(?:st|nd|rd|th)\s", re.IGNORECASE)
_WITHIN = lazy(NUMBERED, re.IGNORECASE)
_AHEAD = lazy(  # "File 2, 00:01", "[File 2] 00:01", "[File 2, 00:01]", "**File 2:** …"
    rf"(?:[-*•·]\s+)?(?P<open>[*_]{{0,3}}[\[(（【<]?[*_]{{0,3}}){NUMBERED}(?:\s?[(（][^()（）]{{0,80}}[)）])?"
    r"(?P<close>[*_]{0,3}[\])）】>]?[*_]{0,3})\s{0,4}(?P<sign>[:：,，;；|@–—-]?)(?P<late>[*_]{0,3})\s{0,4}",
    re.IGNORECASE,
)
_BEHIND_TIME = lazy(rf"[|,，;；–—-]?\s?[\[(（【<]?{NUMBERED}(?:[\])）】>]\s?[:：|]?|\s?[:：|]|\s?$)", re.IGNORECASE)
_LINKS = lazy(r"^(?:of|for|in|about|的)\s?|\s?(?:of|for|in|about|的)$", re.IGNORECASE)

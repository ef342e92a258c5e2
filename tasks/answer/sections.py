"""From lines to sections: which lines are headings, what they open, and which lines stand below them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.answer.absence import is_absence
from tasks.answer.headings import title_part
from tasks.answer.lines import Line, has_bullet, without_bullet
from tasks.answer.quotes import starts_quoted
from tasks.answer.section import Section
from tasks.answer.words import plain

BOLD, PLAIN, NOTHING = 7, 8, 9  # heading levels below the six of Markdown; NOTHING: before the first heading


@dataclass(frozen=True, slots=True)
class _Heading:
    part: str | None
    title: str
    level: int
    rest: str = ""  # text on the heading's own line


def split_sections(lines: Sequence[Line]) -> list[Section]:
    """The sections in the order of the answer; the first holds what stands before the first heading.

    Of the headings that the contract does not know, those of a deeper level than the section's stay text.
    """
    headings = [_read_heading(line) for line in lines]
    timed_ahead = _timed_ahead(lines, headings)
    found = [Section(None, "", NOTHING)]
    for line, heading, timed in zip(lines, headings, timed_ahead, strict=True):
        if heading and _opens_section(heading, found[-1], timed):
            found.append(Section(heading.part, heading.title, heading.level, bool(heading.rest)))
            if heading.rest:
                found[-1].lines.append(Line(heading.rest))
        else:
            found[-1].lines.append(line)
    return found


def _opens_section(heading: _Heading, current: Section, timed_ahead: bool) -> bool:
    if heading.part:
        if not heading.rest or heading.level < BOLD:
            return True
        # "Visible text: …" on one line may also be a detail of an event
        consistent = current.level == NOTHING or current.inline
        return consistent or (is_absence(heading.rest) and not timed_ahead)
    if heading.level > current.level:
        return False
    return not (timed_ahead and BOLD in (heading.level, min(current.level, BOLD)) and current.level != NOTHING)


def _timed_ahead(lines: Sequence[Line], headings: Sequence[_Heading | None]) -> list[bool]:
    """For each line, whether a time follows before the next heading that is surely one."""
    ahead, timed = [], False
    for line, heading in zip(reversed(lines), reversed(headings), strict=True):
        ahead.append(timed)
        if heading and not heading.rest and (heading.part or heading.level < BOLD):
            timed = False
        timed = timed or line.mark is not None
    return ahead[::-1]


def _read_heading(line: Line) -> _Heading | None:
    text = line.text
    if not text or line.mark or starts_quoted(text):
        return None
    if text.startswith("#"):
        return _hashed(text)
    bulleted, text = has_bullet(text), without_bullet(text)
    bold = _BOLD_LEAD.match(text[:_LONGEST])
    if bold:
        title, rest = bold[1].strip(), text[bold.end() :].lstrip(" :：").strip()
        known = _known(title, rest, BOLD, marked=not rest and not bulleted)
        if known or rest or bulleted or title.endswith((":", "：")) or text.endswith((":", "：")):
            return known
        return _Heading(None, _bare(title), BOLD)
    return _known(text, "", PLAIN, marked=False)


def _hashed(text: str) -> _Heading | None:
    body = text.lstrip("#")
    level, title = min(len(text) - len(body), 6), body.rstrip("#").strip()
    if not plain(title[:_LONGEST]):
        return None
    known = _known(title, "", level, marked=True)
    if known or not body.startswith((" ", "\t", "\xa0", "\u3000")):  # "#summer" is a tag
        return known
    return _Heading(None, _bare(title), level)


def _known(title: str, rest: str, level: int, marked: bool) -> _Heading | None:
    """The heading of a part of the contract, alone or as `Title: text`."""
    if len(title) <= _LONGEST and (part := title_part(title, marked)):
        if rest and part == "transcript" and not is_absence(rest):
            return None  # `Transcript: “words”` is a key of an utterance
        return _Heading(part, _bare(title), level, rest)
    head = _COLON.split(title[:_LONGEST], maxsplit=1)[0]
    if rest or len(head) == len(title):
        return None
    tail = title[len(head) + 1 :].strip(" *_")
    part = title_part(head, marked)
    if not tail or part is None or (part == "transcript" and level >= BOLD and not is_absence(tail)):
        return None
    return _Heading(part, _bare(head), level, tail)


def _bare(title: str) -> str:
    return title.strip(" \t*_`").rstrip(":：").strip(" \t*_`")


_LONGEST = 160  # characters of a line that can hold a heading's title
_BOLD_LEAD = re.compile(r"(?:\*\*|__)([^*_\n][^*\n]{0,120}?)(?:\*\*|__)")
_COLON = re.compile(r"[:：]")

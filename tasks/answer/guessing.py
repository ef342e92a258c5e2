"""Guess the parts of an answer without headings.

Timed lines and records are told by what they look like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import groupby

from tasks.answer.fields import fields_of
from tasks.answer.headings import section_of, title_part
from tasks.answer.lines import Block, Line, Record, blocks, is_timed, join, with_possible_times, without_bullet
from tasks.answer.quotes import split_quoted, starts_quoted
from tasks.answer.registry import SECTIONS
from tasks.answer.section import Section
from tasks.answer.times import behind_unreadable_time
from tasks.answer.utterances import key_line, opens_utterance


def with_parts(sections: Sequence[Section], required: Collection[str]) -> list[Section]:
    r"""Give lines under no known heading their part.

    Where the answer has no such section otherwise.

    `required` are the sections that the prompt asks for: what may be either of two is the one that was asked for.

    >>> from tasks.answer.lines import read_lines
    >>> bare = Section(None, "", 0, lines=read_lines("00:00 - 00:04\nA bell rings."))
    >>> [found.part for found in with_parts([bare], ["storyline"])]
    [None, 'storyline']
    """
    known = {section_of(section.part) for section in sections if section.part}
    alone = next((spec for spec in SECTIONS if spec.stands_alone and spec.name in required), None)
    if alone is not None and alone.name not in known:
        first, *others = sections
        return [replace(first, part=alone.parts[0]), *others] if join(first.lines) else list(sections)
    candidates = range(1 if known else len(sections))
    sections = [
        replace(section, lines=with_possible_times(section.lines)) if at in candidates and not section.part else section
        for at, section in enumerate(sections)
    ]
    place = next((at for at in candidates if is_timed(sections[at].lines) or _records(sections[at].lines)), None)
    if place is None or sections[place].part:
        return list(sections)
    section = sections[place]
    own = list(_by_part(section, required))
    if known.intersection(section_of(part.part) for part in own if part.part):
        return list(sections)
    return [*sections[:place], *own, *sections[place + 1 :]]


def part_of_record(record: Record) -> str:
    """Return the part that a row of a table or an object belongs to.

    By the fields that it has.

    >>> part_of_record({"Text": "EXIT", "Appearance": "green"}), part_of_record({"Event": "Rain."})
    ('visible_text', 'storyline')
    """
    named = [fields_of(name) for name in record]
    fields = {field for found in named for field in found}
    has_content = any(found[:1] == ("content",) for found in named)
    titles = {part for name in record if (part := title_part(name, marked=False))}
    if len(record) > 2 and "description" in fields and titles.intersection(("visible_text", "transcript", "speech")):
        return "storyline"  # a table of events, in which a column says what is read or heard
    if "speaker" in fields and not has_content:
        return "speakers" if fields.intersection(("profile", "description", "state")) else "transcript"
    if has_content and "appearance" in fields and "speaker" not in fields:
        return "visible_text"
    return "transcript" if has_content else "storyline"


def fitting_part(record: Record, required: Collection[str]) -> str:
    """Return the part of a record, or what was asked for where that was not.

    >>> fitting_part({"Text": "EXIT"}, ["visible_text"]), fitting_part({"Text": "EXIT"}, [])
    ('visible_text', 'transcript')
    """
    return _asked_part(part_of_record(record), required)


def _asked_part(part: str, required: Collection[str]) -> str:
    if required and section_of(part) not in required:
        return next((name for name in ("storyline", "transcript", "visible_text") if name in required), part)
    return part


def _by_part(section: Section, required: Collection[str]) -> list[Section]:
    """Cut a section under no heading where its lines become a part of its own."""
    if _records(section.lines):
        runs = groupby(section.lines, key=lambda line: fitting_part(line.record, required) if line.record else None)
        return [Section(part, "" if part else section.title, section.level, lines=list(lines)) for part, lines in runs]
    part = _asked_part(_guessed(section), required)
    at = next(number for number, line in enumerate(section.lines) if line.mark or _has_unreadable_time(line))
    before = Section(None, section.title, section.level, lines=section.lines[:at])
    return [before, Section(part, "", section.level, lines=section.lines[at:])]


def _guessed(section: Section) -> str:
    """Guess the part of timed lines without a heading.

    Lyrics, subtitles and `Speaker:` lines are a transcript; a range and a paragraph are the storyline.
    """
    timed = [block for block in blocks(section.lines) if block.mark]
    part, count = Counter(map(_look, timed)).most_common(1)[0]
    return part if 2 * count > len(timed) else "storyline"


def _look(block: Block) -> str:
    """Return the part that a timed block looks like.

    By the way in which its words begin.
    """
    first = next((without_bullet(line.text) for line in block.lines if line.text), "")
    parts = split_quoted(first)
    if parts and parts[1].startswith((":", "：", "-", "–", "—")):
        return "visible_text"
    if key_line(first, ("content",)) and any(key_line(line.text, ("appearance",)) for line in block.lines):
        return "visible_text"
    if opens_utterance(first):
        return "transcript"
    sung = block.mark and (block.mark.arrow or (not block.mark.is_range and block.mark.enclosed))
    return "transcript" if sung or starts_quoted(first) else "storyline"


def _has_unreadable_time(line: Line) -> bool:
    return line.unread or behind_unreadable_time(line.text) is not None


def _records(lines: Sequence[Line]) -> bool:
    return any(line.record is not None for line in lines)

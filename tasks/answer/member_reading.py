"""Read a section of an answer about several files, each on its own timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from tasks.answer.member_times import by_restart, of_member, span_of
from tasks.answer.outcome import stops_early
from tasks.answer.rows import on_timeline, without_times
from tasks.answer.section import Section, SectionReading, SectionSpec, TimedRow
from tasks.records import Kind

Readings = Mapping[int | None, SectionReading]


@dataclass(frozen=True, slots=True)
class MemberReading:
    """A reading has a section's rows on their files' timelines, and doubts."""

    reading: SectionReading
    doubts: tuple[str, ...]


def read_members(
    spec: SectionSpec, sections: Sequence[Section], kind: Kind, lengths: Sequence[int], each: bool
) -> MemberReading:
    """Read the sections of one kind file by file.

    `lengths` are those of the files in ms, 0 for images; `each`: the section has to be there for each file. What stands
    before the first name of a file, such as the profiles of all speakers, counts for each file where it gives no row.

    >>> from tasks.answer import storyline
    >>> from tasks.answer.lines import read_lines
    >>> told = Section("storyline", "Storyline", 2, lines=[replace(read_lines("00:01 A bell.")[0], member=2)])
    >>> [row.start_ms for row in read_members(storyline.SPEC, [told], "audio", (5_000, 4_000), False).reading.rows]
    [1000]
    """
    parts = by_member(sections)
    shared = parts.pop(None, [])
    common = spec.read(shared)
    if common.rows:
        shared = []
    named: dict[int | None, SectionReading] = {
        member: spec.read([*shared, *own]) for member, own in parts.items() if member is not None
    }
    if common.rows and not named and kind != "image":
        common = replace(
            common, rows=by_restart(common.rows, lengths, shared=spec.name == "visible_text") or common.rows
        )
    readings: Readings = {None: common, **named}
    rows = [row for member, one in readings.items() for row in _placed(one.rows, member, kind, lengths)]
    read = SectionReading(
        found=any(one.found for one in readings.values()),
        rows=sorted(rows, key=lambda row: row.member_seq or 0),
        leftovers=tuple(dict.fromkeys(words for one in readings.values() for words in one.leftovers)),
        others=_others(readings),
    )
    doubts = [*_doubts(spec, read.rows, readings, lengths), *(_missing(spec, named, lengths) if each else ())]
    return MemberReading(read, tuple(dict.fromkeys(doubts)))


def by_member(sections: Sequence[Section]) -> dict[int | None, list[Section]]:
    """Return the sections of each file, those of no known file first.

    >>> from tasks.answer.lines import Line
    >>> both = Section("storyline", "Storyline", 2, lines=[Line("A bell.", member=1), Line("A door.", member=2)])
    >>> [(member, len(own)) for member, own in by_member([both]).items()]
    [(1, 1), (2, 1)]
    """
    found: dict[int | None, list[Section]] = {}
    for section in sections:
        for member in dict.fromkeys(line.member for line in section.lines):
            own = [line for line in section.lines if line.member == member]
            found.setdefault(member, []).append(replace(section, lines=own))
    return dict(sorted(found.items(), key=lambda pair: pair[0] or 0))


def are_by_member(sections: Sequence[Section]) -> bool:
    """Say whether each file has own headings: some part comes for several files.

    >>> from tasks.answer.lines import Line
    >>> each = [Section("storyline", "Storyline", 2, lines=[Line("A bell.", member=number)]) for number in (1, 2)]
    >>> are_by_member(each), are_by_member(each[:1])
    (True, False)
    """
    seen: dict[str, set[int]] = {}
    for section in sections:
        members = {line.member for line in section.lines if line.member and (line.text or line.mark)}
        if section.part and len(members) == 1:
            seen.setdefault(section.part, set()).update(members)
        elif len(members) > 1:
            return False
    return any(len(members) > 1 for members in seen.values())


def _placed(rows: Sequence[TimedRow], member: int | None, kind: Kind, lengths: Sequence[int]) -> Iterator[TimedRow]:
    """Yield rows on the timelines of their files; `member` is theirs, if known."""
    if kind == "image":
        yield from of_member(without_times(rows), member)
        return
    for own, run in groupby(rows, key=lambda row: member or row.member_seq):
        yield from of_member(on_timeline(list(run), span_of(own, lengths)), own)


def _others(readings: Readings) -> dict[str, tuple[object, ...]]:
    """Join the rows of further tables, such as the speakers, each once."""
    tables: dict[str, tuple[object, ...]] = {}
    for one in readings.values():
        for name, rows in one.others.items():
            tables[name] = tuple(dict.fromkeys((*tables.get(name, ()), *rows)))
    return tables


def _doubts(spec: SectionSpec, rows: Sequence[TimedRow], readings: Readings, lengths: Sequence[int]) -> Iterator[str]:
    """Yield doubts: rows of no known file, files without events or cut short."""
    yield from (one.doubt for one in readings.values() if one.doubt)
    if any(row.member_seq is None for row in rows):
        yield f"which file is not said: {spec.label}"
    is_story = spec.name == "storyline"
    for member, length in enumerate(lengths, 1):
        own = [row for row in rows if row.member_seq == member]
        until = readings[member].until_ms if member in readings else None
        if is_story and not own and any(row.member_seq for row in rows):
            yield f"{spec.label}: nothing about File {member}"
        if is_story and length:
            until = max((row.end_ms for row in own if row.end_ms is not None), default=None)
        if until is not None and (cut := stops_early(until, span_of(member, lengths))):
            yield f"{spec.label} of File {member}: {cut}"


def _missing(spec: SectionSpec, named: Readings, lengths: Sequence[int]) -> Iterator[str]:
    """Yield where the section is there for some files, and missing for another."""
    found = {member for member, one in named.items() if one.found}
    for member in range(1, len(lengths) + 1):
        if found and member not in found:
            yield f"missing for File {member}: {spec.label}"

"""Find JSON in an answer, and write it as lines.

It may be whole or broken, bare or between words, one document or one for each line.

Valid JSON is read by the standard library. What is broken is read by json-repair, which is made for models' output; as
its time may grow with the square of a hostile text, it gets no more than `MOST_REPAIRED` characters at once and
`MOST_REPAIRED_IN_ALL` of an answer; of longer texts the objects are read one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import json_repair

from tasks.answer.headings import title_part
from tasks.answer.json_records import json_lines
from tasks.answer.json_times import unit_of
from tasks.answer.lines import Line, read_lines
from tasks.answer.member_records import values_by_member
from tasks.answer.patterns import lazy

MOST_REPAIRED = 16_000  # characters
MOST_REPAIRED_IN_ALL = 5 * MOST_REPAIRED
MOST_FAILURES = 20  # places where JSON seems to begin and cannot be read, before nothing more is looked for


def unfold_json(text: str, duration_ms: int, required: Collection[str] = (), files: int = 0) -> tuple[list[Line], bool]:
    """Return the lines of a clean text, with JSON as headings and records.

    Also whether some JSON has no end. `files` are how many the answer is about, where it is about several.

    >>> lines, cut_off = unfold_json('[{"start": 0, "end": 1.5, "text": "Hi"', 10_000)
    >>> [line.text for line in lines], lines[-1].mark.end_ms, cut_off
    (['## Transcript', 'text: Hi'], 1500, True)
    """
    if not _START.search(text):
        return read_lines(text), False
    pieces = list(_pieces(text))
    try:
        unit = unit_of([piece.value for piece in pieces], duration_ms)
        found = [(group, _records(group, unit, required, files)) for group in _groups(pieces)]
    except RecursionError:  # nested for its own sake
        return read_lines(text), False
    loose = [group.words for group, _ in found[1:] if not group.opens_section]
    lines: list[Line] = []
    for number, (group, records) in enumerate(found):
        kept = [] if records else [json.dumps(value, ensure_ascii=False) for value in group.values]
        words = [group.words, *loose] if number == 0 else [group.words] if group.opens_section else []
        text = "\n".join([*words, *kept]).strip("\n")
        lines += [*(read_lines(text) if text.strip() else []), *records]
    return lines, any(piece.cut_off for piece in pieces)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece is words as they are, or the value of some JSON."""

    text: str
    value: Any = None
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """A group has values, the words before them, and their heading."""

    words: str
    title: str
    values: list[Any]

    @property
    def opens_section(self) -> bool:
        """Say whether a heading ends the section that it stands in.

        The section's lines begin with the `first`.
        """
        first = self.words.strip().partition("\n")[0]
        return first.startswith("#") or _is_heading(first)


def _records(group: _Group, unit: int, required: Collection[str], files: int) -> list[Line]:
    """Return the records of a group as lines, below the names of their files."""
    if not files:
        return json_lines(group.values, unit, group.title, required)
    parts = [part for value in group.values for part in values_by_member(value, files)]
    lines: list[Line] = []
    for member, run in groupby(parts, key=lambda part: part[0]):
        named = [Line(f"# File {member}")] if member else []
        lines += named + json_lines([value for _, value in run], unit, "" if member else group.title, required)
    return lines


def _groups(pieces: Sequence[_Piece]) -> Iterator[_Group]:
    """Yield the values that stand together, each group with the words before it."""
    words: list[str] = []
    values: list[Any] = []
    title = ""
    for piece in pieces:
        if piece.value is not None:
            values.append(piece.value)
        elif not _DEBRIS.fullmatch(piece.text):
            if values:
                yield _Group("\n".join(words), title, values)
                words, values = [], []
            words.append(piece.text)
            title = _last_heading(piece.text) or title
    yield _Group("\n".join(words), title, values)


def _last_heading(text: str) -> str:
    """Return the heading of the contract that a text ends with; "" without one."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines[-1].strip("#*_ \t:：") if lines and _is_heading(lines[-1]) else ""


def _is_heading(line: str) -> bool:
    return title_part(line.strip("#*_ \t:："), marked=line.startswith(("#", "**"))) is not None


def _pieces(text: str) -> Iterator[_Piece]:
    place = failures = repaired = 0
    name = ""  # of the list that the objects are in, where the whole could not be read
    while failures < MOST_FAILURES and (found := _START.search(text, place)):
        start = found.start(1)
        before = text[place:start]
        value, stop = _read_json(text, start)
        cut_off = False
        if value is None and repaired < MOST_REPAIRED_IN_ALL:
            value, stop, cut_off = _repaired(text, start)
            repaired += stop - start
        if value is None:
            failures += 1
            yield _Piece(before)
            yield _Piece(text[start : start + 1])
            place = start + 1
            continue
        yield _Piece(before)
        if failures:
            name = next(iter(_LIST_NAME.findall(before)[-1:]), name)
        yield _Piece("", {name: value} if name and failures else value, cut_off)
        place = stop
    yield _Piece(text[place:])


def _read_json(text: str, start: int) -> tuple[Any, int]:
    """Read valid JSON at a place: return its value, or None, and where it ends."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start


def _repaired(text: str, start: int) -> tuple[Any, int, bool]:
    """Read the broken JSON that begins at a place; None where there is none.

    Returned are its value, where it ends, and whether it has no end.
    """
    heading = _HEADING.search(text, start)
    stop = heading.start() if heading else len(text)
    if stop - start > MOST_REPAIRED:
        return None, start, False
    try:
        value = json_repair.loads(text[start:stop])
    except (ValueError, RecursionError):
        return None, start, False
    cut_off = not text[start:stop].rstrip().endswith(("}", "]"))
    return (value, stop, cut_off) if isinstance(value, dict | list) and value else (None, start, False)


_DECODER = json.JSONDecoder(strict=False)
_START = lazy(
    r"^[ \t]*(?:json\s+)?((?:\[\s*)?\{\s*(?:[\"'“][^\"'“”\n]{0,60}[\"'”]|[A-Za-z_]\w{0,30})\s*:)", re.MULTILINE
)
_HEADING = lazy(r"^#{1,6} ", re.MULTILINE)
_LIST_NAME = lazy(r"[\"'](\w{1,40})[\"']\s*:\s*\[")
_DEBRIS = lazy(r"[\s\[\]{},:;`]*(?:[\"'“]?\w{0,40}[\"'”]?\s*:?[\s\[\]{},:;`]*)?")

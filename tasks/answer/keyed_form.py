"""Read the keyed form: `Start: …`, `End: …`, `Text: …`.

The keys stand on lines of their own, in any order, or several on one line.

The times of a record are put in front as one, so that the lines are those of every other form. What else the keys say
is for the sections' readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tasks.answer.fields import TIMES, Field, fields_of
from tasks.answer.lines import Line, without_bullet
from tasks.answer.patterns import lazy
from tasks.answer.quotes import Outside
from tasks.answer.times import TimeMark, behind_unreadable_time, leading_time
from tasks.answer.words import plain


def unfold_keys(lines: Sequence[Line]) -> list[Line]:
    """Put one key on each line, and the times of records in front.

    >>> [line.text or line.mark for line in unfold_keys([Line("Text: “A”; Start: 1; End: 2")])][1:]
    ['Text: “A”']
    """
    single = [one for line in lines for one in _with_one_key(line)]
    if not any(map(_has_time_key, single)):
        return single
    return [line for record in _records([_keyed(line) for line in single]) for line in _timed_first(record)]


def key_and_value(text: str) -> tuple[str, str] | None:
    """Split a line `Key: value`, in bold or behind a bullet or not.

    >>> key_and_value("- **Text:** “EXIT”")
    ('Text', '“EXIT”')
    """
    if not _KEY_SIGN.search(text, 0, _LONGEST_KEY):
        return None
    return (_key_and_value if len(text) <= _LONGEST_KEPT else _key_and_value.__wrapped__)(text)


@lru_cache(maxsize=1024)  # a line is asked about by several readers, one right after the other
def _key_and_value(text: str) -> tuple[str, str] | None:
    text = without_bullet(text)
    if (framed := _FRAMED.match(text)) and fields_of(framed[1]):
        return framed[1].strip(), text[framed.end() :].strip()
    found = _KEYED.match(text)
    return (found[2].strip(" _"), found[4].strip()) if found else None


def time_of(value: str, key: str = "") -> TimeMark | None:
    """Return the time in the value of a key.

    A bare number is seconds, or what the key's name says.

    >>> time_of("1.5").start_ms, time_of("1500", "start_ms").start_ms
    (1500, 1500)
    """
    bare = value.strip(" \t\"'“”*_`[]()")
    if _NUMBER.fullmatch(bare):
        in_ms = _IN_MS.search(key) is not None or bare.endswith("ms")
        ms = round(float(bare.rstrip("ms ").replace(",", ".")) * (1 if in_ms else 1000))
        return TimeMark(ms, ms, "", is_range=False, enclosed=True, arrow=False)
    return leading_time(value) or leading_time(f"Time: {value}")


# --- one key on each line ----------------------------------------------------------------------------------------


def _with_one_key(line: Line) -> Sequence[Line]:
    """Return the line, or a line for each of its keys where it has several."""
    text = line.mark.rest if line.mark else line.text
    if line.record is not None or text.count(":") + text.count("：") + text.count("=") < 2:
        return (line,)
    first = key_and_value(text)
    pieces = _pieces(text, fields_of(first[0])) if first and fields_of(first[0]) else [text]
    if len(pieces) == 1:
        return (line,)
    further = [Line(piece, line.indent) for piece in pieces[1:]]
    if line.mark:
        return [replace(line, mark=replace(line.mark, rest=pieces[0])), *further]
    return [Line(pieces[0], line.indent), *further]


def _pieces(text: str, fields: tuple[Field, ...]) -> list[str]:
    """Cut a text before each further key that is known.

    What is said or shown is not cut at a mere comma.
    """
    pieces: list[str] = []
    start, outside = 0, Outside(text)
    for found in _NEXT_KEY.finditer(text, 1):
        following = fields_of(found[2])
        if not following or not outside.at(found.start()):
            continue
        quoted = text[max(start, found.start() - 6) : found.start()].rstrip("*_ ")[-1:] in _CLOSING
        if "content" in fields and not quoted and found[1].strip() in (",", "，", "/", "、"):
            continue
        pieces.append(text[start : found.start()].rstrip())
        start, fields = found.end(1), following
    return [*pieces, text[start:].strip()]


# --- records -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A keyed line has a field, and may give a time to its record."""

    line: Line
    name: str = ""
    time: Field | None = None
    key: str = ""
    value: str = ""


def _has_time_key(line: Line) -> bool:
    found = None if line.mark and line.text[:1].isdigit() else key_and_value(line.text)
    return found is not None and any(field in TIMES for field in fields_of(found[0]))


def _keyed(line: Line) -> _Keyed:
    if line.record is not None or (line.mark and line.text[:1].isdigit()):
        return _Keyed(line)
    found = key_and_value(line.text)
    fields = fields_of(found[0]) if found else ()
    if found is None or not fields:
        return _Keyed(line)
    time = next((field for field in TIMES if field in fields), None)
    if time and not _is_time(*found):
        time = None
    return _Keyed(line, time or fields[0], time, *found)


def _is_time(key: str, value: str) -> bool:
    """Say whether a value is a time and nothing else.

    If only one that cannot be read.
    """
    if mark := time_of(value, key):
        return not mark.rest
    nothing = not any(sign.isalpha() for sign in value) or value.casefold() in _UNKNOWN or _is_vague(key, value)
    return nothing or behind_unreadable_time(value) is not None


def _is_vague(key: str, value: str) -> bool:
    """Say whether words stand in place of a time, as in "Time: early on".

    "When: he opens the door" is a sentence.
    """
    return plain(key) in _OF_TIME and len(value) <= _LONGEST_VAGUE and value[-1:] not in ".。!！?？"


def _records(lines: Sequence[_Keyed]) -> Iterator[list[_Keyed]]:
    """Yield runs of lines that belong together.

    A record ends at a blank line, a time, or where a key comes again.
    """
    record: list[_Keyed] = []
    seen: set[str] = set()
    for one in lines:
        line = one.line
        heading = line.text.startswith("#") or (one.name and not one.value)
        apart = not line.text or (line.mark and not one.time) or line.record is not None or heading
        again = one.name in seen or (one.name == "time" and seen & {"start", "end"})
        if apart or (one.name and again):
            yield record
            record, seen = [], set()
        if apart:
            yield [one]
            continue
        record.append(one)
        seen |= {one.name} if one.name else set()
    yield record


def _timed_first(record: Sequence[_Keyed]) -> list[Line]:
    """Return the lines of a record, its times in front as one; counters go with them."""
    times = {one.time: one for one in record if one.time}
    if not times:
        return [one.line for one in record]
    first = next(number for number, one in enumerate(record) if one.name)
    lead, rest = record[:first], record[first:]  # what stands before the keys, such as a title
    return [
        *(one.line for one in lead),
        _mark_of(times),
        *(one.line for one in rest if not one.time and one.name != "counter"),
    ]


def _mark_of(times: dict[Field, _Keyed]) -> Line:
    marks = {field: time_of(one.value, one.key) for field, one in times.items()}
    first = marks.get("start") or marks.get("time")
    last = marks.get("end") or first
    if first is None or last is None or None in marks.values():
        return Line("", unread=True)
    is_range = first.is_range or "end" in times
    return Line("", mark=TimeMark(first.start_ms, last.end_ms, "", is_range, enclosed=True, arrow=False))


_LONGEST_KEY = 60  # characters, with the bullet and the bold marks around
_LONGEST_KEPT = 2000  # characters of a line: 240 answers with one of 100,000 left 30 MB behind
_KEY_SIGN = lazy("[:：=】]")
_LONGEST_VAGUE = 24
_OF_TIME = frozenset({"time", "time range", "timestamp", "time stamp", "timecode", "时间", "时间段", "时间戳", "時間"})
_UNKNOWN = ("unknown", "n/a", "na", "none", "unclear", "tbd", "未知", "不明")
_CLOSING = tuple("”\"」』’»“'")
_NUMBER = lazy(r"\d{1,9}(?:[.,]\d{1,9})?(?:\s?ms)?")
_IN_MS = lazy(r"(?:^|[_\W])ms(?:$|[_\W])|Ms$|millis", re.IGNORECASE)
_FRAMED = lazy(r"【([^【】\n]{1,20})】\s?[:：]?")
_KEYED = lazy(  # marks in front of the key are closed before or behind the colon
    r"\s{0,4}[(\[]?([*_`]{1,3})?\s?([^\W_][^:：=*`\n“”\"「」]{0,40}?)(?:\s?([*_`]{1,3}))?\s{0,4}[:：=]"
    r"(?(1)(?(3)|[*_`]{0,3}))\s*(.*)",
    re.DOTALL,
)
_NEXT_KEY = lazy(
    r"(\s{0,4}[|;；,，/、)]\s{0,4}|(?<=[\d”\"」])\s{1,4})"
    r"[*_]{0,2}([^\W\d_][^:：=|;；,，/\n]{0,24}?)[*_]{0,2}[:：=]"
)

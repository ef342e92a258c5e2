"""The keyed form: `Start: …`, `End: …`, `Text: …` on lines of their own, in any order, or several on one line.

The times of a record are put in front as one, so that the lines are those of every other form. What else the keys say
is for the sections' readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.answer.fields import TIMES, Field, fields_of
from tasks.answer.lines import Line, without_bullet
from tasks.answer.quotes import Outside
from tasks.answer.times import TimeMark, behind_unreadable_time, leading_time


def unfold_keys(lines: Sequence[Line]) -> list[Line]:
    """The lines with one key each, and with the times that keys name in front of their records.

    >>> [line.text or line.mark for line in unfold_keys([Line("Text: “A”; Start: 1; End: 2")])][1:]
    ['Text: “A”']
    """
    single = [one for line in lines for one in _parts(line)]
    if not any(one.time for one in single):
        return [one.line for one in single]
    return [line for record in _records(single) for line in _timed_first(record)]


def key_and_value(text: str) -> tuple[str, str] | None:
    """The key as written and the value of a line `Key: value`, in bold or behind a bullet or not.

    >>> key_and_value("- **Text:** “EXIT”")
    ('Text', '“EXIT”')
    """
    found = _KEYED.match(without_bullet(text))
    return (found[1].strip(), found[2].strip()) if found else None


def time_of(value: str, key: str = "") -> TimeMark | None:
    """The time in the value of a key; a bare number is seconds, or what the key's name says.

    >>> time_of("1.5").start_ms, time_of("1500", "start_ms").start_ms
    (1500, 1500)
    """
    bare = value.strip(" \t\"'“”*_`[]()")
    if _NUMBER.fullmatch(bare):
        in_ms = _IN_MS.search(key) is not None or bare.endswith("ms")
        ms = round(float(bare.rstrip("ms ").replace(",", ".")) * (1 if in_ms else 1000))
        return TimeMark(ms, ms, "", is_range=False, enclosed=True, arrow=False)
    return leading_time(value) or leading_time(f"Time: {value}")


# --- lines with their key ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Keyed:
    """A line, its key with the fields that it may mean, and its value; without a known key there are no fields."""

    line: Line
    key: str = ""
    value: str = ""
    fields: tuple[Field, ...] = ()

    @property
    def time(self) -> Field | None:
        """Which time of a record the line gives, where its value is one, if only one that cannot be read."""
        named = next((field for field in TIMES if field in self.fields), None)
        if named is None:
            return None
        if mark := time_of(self.value, self.key):
            return None if mark.rest else named
        nothing = not any(sign.isalpha() for sign in self.value) or self.value.casefold() in _UNKNOWN
        return named if nothing or behind_unreadable_time(self.value) is not None else None

    @property
    def name(self) -> str:
        """By which a key is known again."""
        return self.time or next(iter(self.fields), "")


def _parts(line: Line) -> Iterator[_Keyed]:
    """The line, or a line for each of its keys where it has several."""
    if line.mark and line.record is None and not line.text[:1].isdigit():
        whole = _keyed(line.text, line.indent)
        if whole.time:  # "Time: 0:00 - 0:04"
            yield whole
            return
    text = line.mark.rest if line.mark else line.text
    if line.record is not None or not (":" in text or "：" in text):
        yield _Keyed(line)
        return
    first = _keyed(text, line.indent)
    pieces = list(_pieces(text, first.fields)) if first.fields else [text]
    if line.mark:
        yield _Keyed(replace(line, mark=replace(line.mark, rest=pieces[0])) if len(pieces) > 1 else line)
    else:
        yield _keyed(pieces[0], line.indent) if len(pieces) > 1 else replace(first, line=line)
    for piece in pieces[1:]:
        yield _keyed(piece, line.indent)


def _keyed(text: str, indent: int) -> _Keyed:
    found = key_and_value(text)
    return _Keyed(Line(text, indent), *found, fields_of(found[0])) if found else _Keyed(Line(text, indent))


def _pieces(text: str, fields: tuple[Field, ...]) -> Iterator[str]:
    """The text cut before each further key that is known; what is said or shown is not cut at a mere comma."""
    start, outside = 0, Outside(text)
    for found in _NEXT_KEY.finditer(text, 1):
        following = fields_of(found[2])
        if not following or not outside.at(found.start()):
            continue
        quoted = text[max(start, found.start() - 6) : found.start()].rstrip("*_ ")[-1:] in _CLOSING
        if "content" in fields and not quoted and found[1].strip() in (",", "，", "/", "、"):
            continue
        yield text[start : found.start()].rstrip()
        start, fields = found.end(1), following
    yield text[start:].strip()


# --- records -----------------------------------------------------------------------------------------------------


def _records(lines: Sequence[_Keyed]) -> Iterator[list[_Keyed]]:
    """Runs of lines that belong together: a record ends at a blank line, a time, or where a key comes again."""
    record: list[_Keyed] = []
    seen: set[str] = set()
    for one in lines:
        apart = not one.line.text or one.line.mark or one.line.record is not None or one.line.text.startswith("#")
        name = "" if apart else one.name
        if apart or (name and (name in seen or (name == "time" and seen & {"start", "end"}))):
            yield record
            record, seen = [], set()
        if apart:
            yield [one]
            continue
        record.append(one)
        seen |= {name} if name else set()
    yield record


def _timed_first(record: Sequence[_Keyed]) -> list[Line]:
    """The lines of a record, its times in front as one; counters go with them."""
    times = {one.time: one for one in record if one.time}
    if not times:
        return [one.line for one in record]
    return [_mark_of(times), *(one.line for one in record if not one.time and one.fields != ("counter",))]


def _mark_of(times: dict[Field, _Keyed]) -> Line:
    marks = {field: time_of(one.value, one.key) for field, one in times.items()}
    first = marks.get("start") or marks.get("time")
    last = marks.get("end") or first
    if first is None or last is None or None in marks.values():
        return Line("", unread=True)
    is_range = first.is_range or "end" in times
    return Line("", mark=TimeMark(first.start_ms, last.end_ms, "", is_range, enclosed=True, arrow=False))


_UNKNOWN = ("unknown", "n/a", "na", "none", "unclear", "tbd", "未知", "不明")
_CLOSING = tuple("”\"」』’»“'")
_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?(?:\s?ms)?")
_IN_MS = re.compile(r"(?:^|[_\W])ms(?:$|[_\W])|Ms$|millis", re.IGNORECASE)
_KEYED = re.compile(r"[*_`\s]{0,4}([^\W_][^:：*`\n“”\"「」]{0,40}?)[*_`\s]{0,4}[:：][*_`]{0,3}\s*(.*)", re.DOTALL)
_NEXT_KEY = re.compile(r"(\s{0,4}[|;；,，/、]\s{0,4})[*_]{0,2}([^\W\d_][^:：|;；,，/\n]{0,24}?)[*_]{0,2}[:：]")

"""Values of JSON as lines: a heading for each section, and below it one line for each record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tasks.answer.fields import Field, fields_of
from tasks.answer.headings import title_part
from tasks.answer.lines import Line
from tasks.answer.times import TimeMark, behind_unreadable_time, leading_time, parse_range

NOTHING = "None"
"""A section that is there and empty says that there is nothing."""


def json_lines(values: Sequence[Any], duration_ms: int) -> list[Line]:
    """The sections of some values as lines; none where the values hold nothing of an answer.

    Numbers are seconds, or milliseconds where they would lie far beyond the clip otherwise.

    >>> [line.text for line in json_lines([{"visible_text": [], "events": [{"time": "0:01", "event": "Rain."}]}], 9000)]
    ['## visible text', 'None', '## events', 'event: Rain.']
    """
    unit = 1 if _are_milliseconds(values, duration_ms) else 1000
    sections = _Sections(unit)
    for value in values:
        sections.take(value, "", None)
    return sections.lines


class _Sections:
    """The lines of each section, in the order in which they are met."""

    def __init__(self, unit: int) -> None:
        self._unit = unit
        self._lines: dict[str, list[Line]] = {}

    @property
    def lines(self) -> list[Line]:
        filled = {title: lines for title, lines in self._lines.items() if lines}
        return [line for title, lines in filled.items() for line in (Line(f"## {title}"), *lines)]

    def take(self, value: Any, title: str, parent: TimeMark | None) -> None:
        """Take a value that stands under a title; `parent` is the time of the record that holds it."""
        if isinstance(value, list):
            for item in value:
                self.take(item, title, parent)
            if not value and title_part(title, marked=True) in _MAY_BE_EMPTY:
                self._add(title, Line(NOTHING))
        elif isinstance(value, dict):
            self._take_object(value, title, parent)
        elif title_part(title, marked=True) in _MAY_BE_EMPTY and value in (None, False):
            self._add(title, Line(NOTHING))
        elif isinstance(value, str) and title:
            for text in value.split("\n"):
                self._add(title, _read(text))

    def _take_object(self, value: Mapping[str, Any], title: str, parent: TimeMark | None) -> None:
        if len(value) == 1 and (times := [key for key in value if parse_range(key)]):
            value = {"time": times[0], "text": value[times[0]]}
        elif value and all(parse_range(str(key)) for key in value):
            for key, text in value.items():
                self.take({"time": key, "text": text}, title or "storyline", parent)
            return
        if _is_record(value):
            self._take_record(value, title, parent)
            return
        for key, inner in value.items():
            words = _words(key)
            if title_part(words, marked=True) or not (title and title_part(title, marked=True)):
                self.take(inner, words if _names_something(inner, words) else title, parent)
            else:  # a name and what is said of it, such as a speaker and the profile
                self._take_pair(title, str(key), inner)

    def _take_record(self, value: Mapping[str, Any], title: str, parent: TimeMark | None) -> None:
        times: dict[Field, Any] = {}
        said: dict[str, str] = {}
        inner: dict[str, Any] = {}
        for key, item in value.items():
            name = str(key)
            if field := _time_field(name, item):
                times[field] = item
            elif isinstance(item, list | dict) and title_part(_words(name), marked=True) and _holds_objects(item):
                inner[name] = item
            elif fields_of(_words(name)) != ("counter",) and (text := _text(item)):
                said[_words(name)] = text
        mark = _mark(times, self._unit)
        if said:
            record = {name: text for name, text in said.items() if text != "None"}
            text = " | ".join(f"{name}: {words}" for name, words in record.items())
            line = Line(
                text, mark=mark or (None if times else parent), unread=bool(times) and mark is None, record=record
            )
            self._add(title if title_part(title, marked=True) else _title_of(record, title), line)
        for name, item in inner.items():
            self.take(item, _words(name), mark or parent)

    def _take_pair(self, title: str, name: str, value: Any) -> None:
        if title_part(title, marked=True) == "visible_text":
            self._add(title, Line(f"{name}: {_text(value)}", record={"text": name, "appearance": _text(value)}))
        else:
            self._add(title, Line(f"{name} - {_text(value)}"))

    def _add(self, title: str, line: Line) -> None:
        self._lines.setdefault(title, []).append(line)


# --- records -----------------------------------------------------------------------------------------------------


def _is_record(value: Mapping[str, Any]) -> bool:
    """Whether an object is one row: it has a time, or words under the name of a field, and no section of its own."""
    if any(_time_field(str(key), item) for key, item in value.items()):
        return True
    named = {str(key): fields_of(_words(str(key))) for key in value}
    if any(isinstance(item, list) for key, item in value.items() if title_part(_words(str(key)), marked=True)):
        return False
    return any(named.values()) and all(not isinstance(item, dict) for item in value.values())


def _title_of(record: Mapping[str, str], title: str) -> str:
    """The heading of a record that stands under none, by the fields that it has."""
    fields = {field for name in record for field in fields_of(name)}
    if "speaker" in fields and "content" not in fields and "description" in fields:
        return "Speaker Profiles"
    if "content" in fields and "appearance" in fields and "speaker" not in fields:
        return "Visible Text"
    if "content" in fields and not _only(record, "description"):
        return "Transcript"
    return "Storyline" if "description" in fields or not title else title


def _only(record: Mapping[str, str], field: Field) -> bool:
    return all(field in fields_of(name) and fields_of(name)[0] != "content" for name in record)


def _time_field(name: str, item: Any) -> Field | None:
    """Which time a name and its value give; a sentence under "when" is none."""
    fields = fields_of(_words(name))
    field = next((field for field in _TIMES if field in fields), None)
    if field is None or isinstance(item, bool) or item is None:
        return field if item is None and field else None
    if isinstance(item, int | float):
        return field
    if isinstance(item, list) and len(item) == 2:
        return field if field == "time" else None
    if isinstance(item, dict):
        return field if field == "time" and any(_time_field(str(key), inner) for key, inner in item.items()) else None
    if not isinstance(item, str):
        return None
    readable = leading_time(f"Time: {item}") or not item.strip() or behind_unreadable_time(item) is not None
    return field if readable or len(item) < 16 else None


def _mark(times: Mapping[Field, Any], unit: int) -> TimeMark | None:
    """The time that a record's fields give; None where one of them cannot be read, or none is there."""
    whole = times.get("time")
    if isinstance(whole, dict):
        return _mark({field: item for key, item in whole.items() if (field := _time_field(str(key), item))}, unit)
    if isinstance(whole, list):
        return _mark({"start": whole[0], "end": whole[1]}, unit)
    first = _ms(times.get("start", whole), unit)
    last = _ms(times["end"], unit) if "end" in times else first
    if first is None or last is None:
        return None
    is_range = "end" in times or first[0] != first[1]
    return TimeMark(first[0], last[1], "", is_range, enclosed=True, arrow=False)


def _ms(value: Any, unit: int) -> tuple[int, int] | None:
    """Start and end of one value; the same where it is a point."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (round(value * unit), round(value * unit)) if 0 <= value < 10**9 else None
    bare = str(value).strip()
    if _NUMBER.fullmatch(bare):
        return (round(float(bare) * unit),) * 2
    mark = leading_time(bare) or leading_time(f"Time: {bare}")
    return (mark.start_ms, mark.end_ms) if mark and not mark.rest else None


def _are_milliseconds(values: Any, duration_ms: int) -> bool:
    """Whether the plain numbers of all times are too large for seconds, or a name says what they are."""
    numbers: list[float] = []
    named: list[bool] = []
    for name, number in _numbers(values):
        numbers.append(number)
        named.append(_IN_MS.search(name) is not None)
    if not numbers or any(number != int(number) for number in numbers):
        return bool(numbers) and all(named)
    return any(named) or max(numbers) * 1000 > max(3 * duration_ms, duration_ms + 60_000)


def _numbers(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """The numbers that stand for times, with the names under which they stand."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield from _numbers(item, str(key), depth + 1)
            elif _time_field(str(key), item) and _is_number(item):
                yield str(key), float(item)
    elif isinstance(value, list):
        for item in value:
            if _is_number(item) and _time_field(name, [0, 0]):
                yield name, float(item)
            else:
                yield from _numbers(item, name, depth + 1)


def _is_number(item: Any) -> bool:
    if isinstance(item, bool):
        return False
    return isinstance(item, int | float) or (isinstance(item, str) and _NUMBER.fullmatch(item.strip()) is not None)


# --- words -------------------------------------------------------------------------------------------------------


def _words(key: Any) -> str:
    return _CAMEL.sub(" ", str(key)).replace("_", " ").strip()[:80]


def _text(item: Any) -> str:
    """A value as text; what lies deeper is told by name."""
    if item is None:
        return ""
    if isinstance(item, list):
        return ", ".join(filter(None, (_text(one) for one in item if not isinstance(one, dict))))
    if isinstance(item, dict):
        return "; ".join(
            f"{_words(key)}: {_text(one)}" for key, one in item.items() if not isinstance(one, dict | list)
        )
    return str(item).strip()


def _names_something(value: Any, words: str) -> bool:
    """Whether a key is a heading for its value, and not a mere wrapper such as "result"."""
    return title_part(words, marked=True) is not None or isinstance(value, str)


def _holds_objects(item: Any) -> bool:
    return isinstance(item, dict) or any(isinstance(one, dict) for one in item)


def _read(text: str) -> Line:
    stripped = text.strip()
    return Line(stripped, mark=leading_time(stripped))


_TIMES: tuple[Field, ...] = ("time", "start", "end")
_MAY_BE_EMPTY = ("visible_text", "transcript", "speech")
_DEEPEST = 40
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_IN_MS = re.compile(r"(?:^|[_\W])ms(?:$|[_\W])|Ms$|millis", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

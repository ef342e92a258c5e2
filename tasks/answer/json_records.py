"""Values of JSON as lines: a heading for each section, and below it one line for each record."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tasks.answer.absence import is_absence
from tasks.answer.fields import Field, fields_of
from tasks.answer.guessing import part_of_record
from tasks.answer.headings import section_of, spec_of, title_part
from tasks.answer.lines import Line, read_lines
from tasks.answer.registry import SECTIONS
from tasks.answer.times import TimeMark, behind_unreadable_time, leading_time, parse_range
from tasks.answer.words import plain

NOTHING = "None"
"""A section that is there and empty says that there is nothing."""


def json_lines(values: Sequence[Any], unit: int, title: str = "", required: Collection[str] = ()) -> list[Line]:
    """Write values as the lines of sections; none where they hold none.

    `unit` is what a plain number counts, in milliseconds; `title` the heading that the values stand under,
    `required` the sections that the prompt asks for.

    >>> values = [{"visible_text": [], "events": [{"time": "0:01", "event": "Rain."}]}]
    >>> [line.text for line in json_lines(values, 1000)]
    ['## visible text', 'None', '## events', 'event: Rain.']
    """
    sections = _Sections(unit, title, required)
    for value in values:
        sections.take(value, title, None)
    return sections.lines


def unit_of(values: Sequence[Any], duration_ms: int) -> int:
    """Return what a plain number counts.

    Seconds, or milliseconds where seconds would lie far beyond the clip.

    >>> unit_of([{"start": 0, "end": 6000}], 12_000), unit_of([{"start": 0, "end": 6}], 12_000)
    (1, 1000)
    """
    return 1 if _are_milliseconds(values, duration_ms) else 1000


class _Sections:
    """The lines of each section, in the order in which they are met."""

    def __init__(self, unit: int, current: str, required: Collection[str]) -> None:
        self._unit = unit
        self._required = required
        self._current = current  # the heading in force, which needs not be written again
        self._lines: dict[str, list[Line]] = {}

    @property
    def lines(self) -> list[Line]:
        headings = {title: [] if title == self._current else [Line(f"## {title}")] for title in self._lines}
        ordered = sorted(self._lines.items(), key=lambda one: bool(headings[one[0]]) if one[0] else -1)
        return [line for title, lines in ordered for line in (headings[title] if title else []) + lines]

    def take(self, value: Any, title: str, time: TimeMark | None) -> None:
        """Take a value that stands under a title.

        `time` is that of the record that holds it.
        """
        part = self._part(title)
        if isinstance(value, list) and value:
            for item in value:
                self.take(item, title, time)
        elif isinstance(value, dict) and value:
            self._take_object(value, title, time)
        elif isinstance(value, str) and value.strip() and title:
            self._take_words(value, title, time)
        elif part in _MAY_BE_EMPTY and time is None and (not isinstance(value, int | float) or value is False):
            self._add(title, Line(NOTHING))

    def _take_words(self, words: str, title: str, time: TimeMark | None) -> None:
        """Take text: the lines of a section, or a section of the model's own."""
        part = self._part(title)
        if part and not title_part(title, marked=False) and not (time or "\n" in words or is_absence(words)):
            self._add("", Line(f"{title}: {words}"))  # "text", "description": of the whole
            return
        if time:
            self._add(title, Line("", mark=time))
        for line in read_lines(words):
            self._add(title, line)

    def _take_object(self, value: Mapping[str, Any], title: str, time: TimeMark | None) -> None:
        if all(parse_range(str(key)) for key in value):
            for key, words in value.items():
                self.take({"time": key, "description": words}, title, time)
        elif _is_record(value):
            self._take_record(value, title, time)
        else:
            for key, inner in value.items():
                words = _words(key)
                if self._part(words) or not self._part(title):
                    self.take(inner, words if self._part(words) or isinstance(inner, str) else title, time)
                else:
                    self._take_pair(title, str(key), _text(inner))

    def _take_record(self, value: Mapping[str, Any], title: str, time: TimeMark | None) -> None:
        times: dict[Field, Any] = {}
        said: dict[str, str] = {}
        inner: dict[str, Any] = {}
        several = len(_sections_named(value)) > 1
        kind = next((item for key, item in value.items() if plain(str(key)) in _KIND_KEYS), None)
        title = str(kind) if kind and self._part(_words(kind)) else title
        has_id = self._part(title) == "speakers" and "name" not in value
        for key, item in value.items():
            name = _words(key)
            if field := _time_field(name, item):
                times[field] = item
            elif self._part(name, marked=not several) and (several or _holds_objects(item)):
                inner[name] = item
            elif has_id and plain(name) in ("id", "label") and isinstance(item, str):
                said["name"] = item
            elif item is not kind and not _is_bookkeeping(name, item) and (words := _text(item)):
                said[name] = words
        if "end" not in times and _is_number(times.get("start")) and _is_number(value.get("duration")):
            times["end"] = float(str(times["start"])) + float(str(value["duration"]))
        mark = _mark(times, self._unit)
        if said:
            own = title if self._part(title) else self._own_title(said)
            self._add(own, _row(said, mark or (None if times else time), is_timed=bool(times)))
        for name, item in inner.items():
            self.take(item, name, mark or time)

    def _take_pair(self, title: str, name: str, words: str) -> None:
        """Take a name and what stands under it.

        A speaker's profile or words, or a text's appearance.
        """
        match self._part(title):
            case "visible_text":
                self._add(title, Line(f"{name}: {words}", record={"text": name, "appearance": words}))
            case "speakers":
                self._add(title, Line(f"{name} - {words}" if words else name))
            case "speech" | "transcript" if words:
                self._add(title, Line(f"{name}: {words}", record={"speaker": name, "content": words}))

    def _part(self, title: str, marked: bool = True) -> str | None:
        """Return the part that a title opens, of those that the answer may have.

        "result" is mostly a wrapper.
        """
        part = title_part(title, marked)
        spec = spec_of(part) if part else None
        return part if spec and (spec.in_full_report or spec.name in self._required) else None

    def _own_title(self, record: Mapping[str, str]) -> str:
        """Return the title of a record that stands under none."""
        alone = next((spec.heading for spec in SECTIONS if spec.stands_alone and spec.name in self._required), None)
        return alone or _TITLES[part_of_record(record)]

    def _add(self, title: str, line: Line) -> None:
        part = self._part(title)
        if part and part == self._part(self._current):
            title = self._current  # what stands under a heading already needs none of its own
        self._lines.setdefault(title, []).append(line)


def _row(said: Mapping[str, str], mark: TimeMark | None, is_timed: bool) -> Line:
    """Return a record as a line.

    One that only says that there is nothing is a statement.
    """
    if not is_timed and all(map(is_absence, said.values())):
        return Line(NOTHING)
    text = " | ".join(f"{name}: {words}" for name, words in said.items())
    return Line(text, mark=mark, unread=is_timed and mark is None, record=said)


# --- records -----------------------------------------------------------------------------------------------------


def _is_record(value: Mapping[str, Any]) -> bool:
    """Say whether an object is one row, and no set of sections.

    It has a time, or words under the names of fields.
    """
    if any(_time_field(_words(key), item) for key, item in value.items()):
        return True
    nested = any(
        isinstance(item, list | dict) and (_holds_objects(item) or title_part(_words(key), marked=True))
        for key, item in value.items()
    )
    if nested or len(_sections_named(value)) > 1:
        return False
    return any(fields_of(_words(key)) for key, item in value.items() if isinstance(item, str))


def _sections_named(value: Mapping[str, Any]) -> set[str]:
    """Return the sections whose headings are among the keys."""
    parts = {title_part(_words(key), marked=False) for key in value}
    return {section_of(part) for part in parts if part}


def _is_bookkeeping(name: str, item: Any) -> bool:
    """Say whether a value tells nothing about what was seen or heard.

    Such are numbers of rows, probabilities and ids.
    """
    fields = fields_of(name)
    if fields:
        return fields == ("counter",)
    return not isinstance(item, str | list | dict) or (isinstance(item, list) and not any(map(_is_word, item)))


def _is_word(item: Any) -> bool:
    return isinstance(item, str | dict)


def _time_field(name: str, item: Any) -> Field | None:
    """Return which time a name and its value give; a sentence under "when" is none."""
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
    """Return the time that a record's fields give.

    None where one of them cannot be read, or none is there.
    """
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
    """Return start and end of one value; the same where it is a point."""
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
    """Say whether the plain numbers of all times are milliseconds.

    They are where they are too large for seconds, or a name says so.
    """
    numbers: list[float] = []
    named: list[bool] = []
    for name, number in _numbers(values):
        numbers.append(number)
        named.append(_IN_MS.search(name) is not None)
    if not numbers or any(number != int(number) for number in numbers):
        return bool(numbers) and all(named)
    return any(named) or max(numbers) * 1000 > max(3 * duration_ms, duration_ms + 60_000)


def _numbers(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers that stand for times, with the names under which they stand."""
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
    """Return a value as text; what lies deeper is told by name."""
    if item is None:
        return ""
    if isinstance(item, list):
        return ", ".join(filter(None, (_text(one) for one in item if not isinstance(one, dict))))
    if isinstance(item, dict):
        return "; ".join(
            f"{_words(key)}: {_text(one)}" for key, one in item.items() if not isinstance(one, dict | list)
        )
    return str(item).strip()


def _holds_objects(item: Any) -> bool:
    return isinstance(item, dict) or (isinstance(item, list) and any(isinstance(one, dict) for one in item))


_TITLES = {
    "storyline": "Storyline",
    "visible_text": "Visible Text",
    "speakers": "Speaker Profiles",
    "transcript": "Transcript",
}
_TIMES: tuple[Field, ...] = ("time", "start", "end")
_KIND_KEYS = ("type", "kind", "category", "section", "类型", "類型")
_MAY_BE_EMPTY = ("visible_text", "transcript", "speech")
_DEEPEST = 40
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_IN_MS = re.compile(r"(?:^|[_\W])ms(?:$|[_\W])|Ms$|millis", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

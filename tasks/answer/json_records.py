"""Write values of JSON as lines.

Each section gets a heading, and below it one line for each record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tasks.answer.absence import is_absence
from tasks.answer.fields import Field, fields_of
from tasks.answer.finding_words import finding_key
from tasks.answer.guessing import fitting_part
from tasks.answer.headings import section_of, spec_of, title_part
from tasks.answer.json_times import mark_of, time_field, words_of_key
from tasks.answer.lines import Line, read_lines
from tasks.answer.registry import SECTIONS
from tasks.answer.times import TimeMark, parse_range
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


class _Sections:
    """This collects the lines of each section, in the order they are met."""

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
            self._take_words_of_key(value, title, time)
        elif time is None and _is_nothing(part, value):
            self._add(title, Line(NOTHING))

    def _take_words_of_key(self, words: str, title: str, time: TimeMark | None) -> None:
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
                words = words_of_key(key)
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
        title = str(kind) if kind and self._part(words_of_key(kind)) else title
        has_id = self._part(title) == "speakers" and "name" not in value
        for key, item in value.items():
            name = words_of_key(key)
            if field := time_field(name, item):
                times[field] = item
            elif self._part(name, marked=not several) and (several or _holds_objects(item)):
                inner[name] = item
            elif has_id and plain(name) in ("id", "label") and isinstance(item, str):
                said["name"] = item
            elif not self._is_dropped(name, item, kind) and (words := _text(item)):
                said[name] = words
        mark = mark_of(times, self._unit, value.get("duration"))
        if said:
            own = title if self._part(title) else self._own_title(said)
            self._add(own, _row(said, mark or (None if times else time), is_timed=bool(times)))
        for name, item in inner.items():
            self.take(item, name, mark or time)

    def _is_dropped(self, name: str, item: Any, kind: Any) -> bool:
        """Say whether a value is the record's `kind`, or bookkeeping.

        Of a finding the kind is its label, and numbers say how severe and how sure it is.
        """
        if "findings" in self._required and finding_key(name) in ("severity", "confidence", "label"):
            return False
        return item is kind or _is_bookkeeping(name, item)

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
        return alone or _TITLES[fitting_part(record, self._required)]

    def _add(self, title: str, line: Line) -> None:
        part = self._part(title)
        if part and part == self._part(self._current):
            title = self._current  # what stands under a heading already needs none of its own
        self._lines.setdefault(title, []).append(line)


def _is_nothing(part: str | None, value: Any) -> bool:
    """Say whether a value without words says that its section has none.

    Of findings null may be a failure to look for them.
    """
    if part == "findings":
        return isinstance(value, list) and not value
    return part in _MAY_BE_EMPTY and (not isinstance(value, int | float) or value is False)


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
    if any(time_field(words_of_key(key), item) for key, item in value.items()):
        return True
    nested = any(
        isinstance(item, list | dict) and (_holds_objects(item) or title_part(words_of_key(key), marked=True))
        for key, item in value.items()
    )
    if nested or len(_sections_named(value)) > 1:
        return False
    return any(fields_of(words_of_key(key)) for key, item in value.items() if isinstance(item, str))


def _sections_named(value: Mapping[str, Any]) -> set[str]:
    """Return the sections whose headings are among the keys."""
    parts = {title_part(words_of_key(key), marked=False) for key in value}
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


# --- words -------------------------------------------------------------------------------------------------------


def _text(item: Any) -> str:
    """Return a value as text; what lies deeper is told by name."""
    if item is None:
        return ""
    if isinstance(item, list):
        return ", ".join(filter(None, (_text(one) for one in item if not isinstance(one, dict))))
    if isinstance(item, dict):
        return "; ".join(
            f"{words_of_key(key)}: {_text(one)}" for key, one in item.items() if not isinstance(one, dict | list)
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
_KIND_KEYS = ("type", "kind", "category", "section", "类型", "類型")
_MAY_BE_EMPTY = ("visible_text", "transcript", "speech")

"""Read times in JSON.

They are seconds, milliseconds, stamps, pairs and objects, under any name that a time may have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tasks.answer.fields import Field, fields_of
from tasks.answer.patterns import lazy
from tasks.answer.times import TimeMark, behind_unreadable_time, leading_time


def unit_of(values: Sequence[Any], duration_ms: int) -> int:
    """Return what a plain number counts.

    Seconds, or milliseconds where seconds would lie far beyond the clip.

    >>> unit_of([{"start": 0, "end": 6000}], 12_000), unit_of([{"start": 0, "end": 6}], 12_000)
    (1, 1000)
    """
    return 1 if _are_milliseconds(values, duration_ms) else 1000


@lru_cache(maxsize=1024, typed=True)
def words_of_key(key: Any) -> str:
    """Return a key as words, without its underscores and humps.

    >>> words_of_key("startTime"), words_of_key("on_screen_text")
    ('start Time', 'on screen text')
    """
    return _CAMEL.sub(" ", str(key)).replace("_", " ").strip()[:80]


def time_field(name: str, item: Any) -> Field | None:
    """Return which time a name and its value give; a sentence under "when" is none.

    >>> time_field("startTime", 3), time_field("when", "the man opens the door")
    ('start', None)
    """
    fields = fields_of(words_of_key(name))
    field = next((field for field in _TIMES if field in fields), None)
    if field is None or isinstance(item, bool) or item is None:
        return field if item is None and field else None
    if isinstance(item, int | float):
        return field
    if isinstance(item, list) and len(item) == 2:
        return field if field == "time" else None
    if isinstance(item, dict):
        return field if field == "time" and any(time_field(str(key), inner) for key, inner in item.items()) else None
    if not isinstance(item, str):
        return None
    readable = leading_time(f"Time: {item}") or not item.strip() or behind_unreadable_time(item) is not None
    return field if readable or len(item) < 16 else None


def mark_of(times: Mapping[Field, Any], unit: int, duration: Any = None) -> TimeMark | None:
    """Return the time that a record's fields give.

    None where one of them cannot be read, or none is there. `unit` is what a plain number counts, in milliseconds.

    >>> mark = mark_of({"start": "0:01", "end": 2.5}, 1000)
    >>> (mark.start_ms, mark.end_ms) if mark else None
    (1000, 2500)
    """
    if "end" not in times and _is_number(times.get("start")) and _is_number(duration):
        times = {**times, "end": float(str(times["start"])) + float(str(duration))}
    whole = times.get("time")
    if isinstance(whole, dict):
        return mark_of({field: item for key, item in whole.items() if (field := time_field(str(key), item))}, unit)
    if isinstance(whole, list):
        return mark_of({"start": whole[0], "end": whole[1]}, unit)
    first = _ms(times.get("start", whole), unit)
    last = _ms(times["end"], unit) if "end" in times else first
    if first is None or last is None:
        return None
    is_range = "end" in times or first[0] != first[1]
    return TimeMark(first[0], last[1], "", is_range, enclosed=True, arrow=False)


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


def _numbers(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers that stand for times, with the names under which they stand."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield from _numbers(item, str(key), depth + 1)
            elif time_field(str(key), item) and _is_number(item):
                yield str(key), float(item)
    elif isinstance(value, list):
        for item in value:
            if _is_number(item) and time_field(name, [0, 0]):
                yield name, float(item)
            else:
                yield from _numbers(item, name, depth + 1)


def _is_number(item: Any) -> bool:
    if isinstance(item, bool):
        return False
    return isinstance(item, int | float) or (isinstance(item, str) and _NUMBER.fullmatch(item.strip()) is not None)


_TIMES: tuple[Field, ...] = ("time", "start", "end")
_DEEPEST = 40
_NUMBER = lazy(r"\d{1,9}(?:\.\d{1,9})?")
_CAMEL = lazy(r"(?<=[a-z])(?=[A-Z])")
_IN_MS = lazy(r"(?:^|[_\W])ms(?:$|[_\W])|Ms$|millis", re.IGNORECASE)

"""Find which file a row of a table or an object is about, by a column or a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from tasks.answer.json_times import words_of_key
from tasks.answer.lines import Line
from tasks.answer.member_names import is_member_key, member_in, named_member


def formed(lines: Sequence[Line], form: Callable[[list[Line]], list[Line]], count: int) -> list[Line]:
    """Apply a function that makes other lines to those of each file by themselves.

    Rows of tables and objects that name their file are of that file.

    >>> formed([Line("A bell.", member=1), Line("A door.", member=2)], lambda lines: [*lines, Line("")], 2)[1].member
    1
    """
    return [
        _with_named_record(line if member is None else replace(line, member=member), count)
        for member, run in groupby(lines, key=lambda line: line.member)
        for line in form(list(run))
    ]


def values_by_member(value: Any, count: int) -> Iterator[tuple[int | None, Any]]:
    """Yield the parts of a JSON value, each about one file, or it as it is.

    >>> list(values_by_member({"files": [{"file": 1, "text": ["Exit"]}, {"file": 2, "text": ["Way out"]}]}, 2))
    [(1, {'text': ['Exit']}), (2, {'text': ['Way out']})]
    """
    if isinstance(value, dict) and len(value) == 1:
        [(key, inner)] = value.items()
        if is_member_key(words_of_key(key)) and isinstance(inner, list | dict):
            value = inner
    if isinstance(value, dict) and value and all(named_member(words_of_key(key), count) for key in value):
        yield from ((named_member(words_of_key(key), count), inner) for key, inner in value.items())
        return
    items = value if isinstance(value, list) else [value]
    reports = [_report(item, count) for item in items]
    if reports and all(reports):
        yield from (report for report in reports if report)
    else:
        yield None, _with_names_as_text(value, count)


def _with_named_record(line: Line, count: int) -> Line:
    record = line.record or {}
    for name, value in record.items():
        if is_member_key(words_of_key(name)) and (member := member_in(value, count)):
            rest = {key: text for key, text in record.items() if key != name}
            text = " | ".join(f"{key}: {words}" for key, words in rest.items())
            return replace(line, text=text, record=rest or None, member=member)
    return line


def _report(item: Any, count: int) -> tuple[int, Any] | None:
    """Return file and rest of an object that holds all about one file."""
    if not isinstance(item, dict) or not any(isinstance(inner, list | dict) and inner for inner in item.values()):
        return None
    for key, inner in item.items():
        if is_member_key(words_of_key(key)) and (member := member_in(inner, count)):
            return member, {name: value for name, value in item.items() if name != key}
    return None


def _with_names_as_text(value: Any, count: int) -> Any:
    """Write numbers of files as words, since plain numbers are bookkeeping."""
    if isinstance(value, list):
        return [_with_names_as_text(item, count) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"File {member}"
        if is_member_key(words_of_key(key)) and (member := member_in(item, count))
        else _with_names_as_text(item, count)
        for key, item in value.items()
    }

"""Split the lines of the section of findings into items.

An item is a time, a key with its value, or words without a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tasks.answer.finding_words import FindingKey, finding_key
from tasks.answer.lines import Line, without_bullet
from tasks.answer.patterns import lazy
from tasks.answer.quotes import split_quoted, starts_quoted
from tasks.answer.times import TimeMark, bracketed_range, leading_time


@dataclass(frozen=True, slots=True)
class Item:
    """An item is one statement of the section.

    `new` opens a finding: a counter such as "Finding 2", or a row of a table.
    """

    key: FindingKey | Literal["text", "new"]
    value: str = ""
    mark: TimeMark | None = None  # of a time
    gap: bool = False  # a blank line stands before it


def items_of(lines: Sequence[Line]) -> list[Item]:
    """List the items in their order; tables are read row by row.

    Rules and blank lines are dropped. Where the section uses ranges, a single stamp at the start of a line is part of
    the text: a clock that is shown.

    >>> [(item.key, item.value) for item in items_of([Line("Label: hate; Severity: 5")])]
    [('label', 'hate'), ('severity', '5')]
    """
    ranged = any(line.mark and line.mark.is_range for line in lines)
    timed = any(line.mark for line in lines) or any(_key_value(line.text, _TIMES) for line in lines)
    found: list[Item] = []
    header: tuple[FindingKey | None, ...] = ()
    gap = False
    for line in lines:
        cells = _cells(line.text)
        if not line.mark and (not line.text or _RULE.fullmatch(line.text)):
            gap, header = True, header if line.text else ()
            continue
        if heads := _header(cells):
            header = heads
            continue
        new = _row(header, cells) if header and len(cells) > 1 else list(_line_items(line, ranged, timed))
        found += [replace(item, gap=gap) if number == 0 else item for number, item in enumerate(new)]
        gap = gap and not new
    return found


def _line_items(line: Line, ranged: bool, timed: bool) -> Iterator[Item]:
    text, mark = line.text, line.mark
    if mark is None and not timed:
        mark = bracketed_range(text)
    if mark and (mark.is_range or mark.enclosed or not ranged):
        yield Item("time", mark=mark)
        text = without_bullet(mark.rest)
        while (further := leading_time(text.lstrip(" ,;，、；&"))) and further.is_range:
            yield Item("time", mark=further)
            text = further.rest
    else:
        text = without_bullet(text.lstrip("#").lstrip())
        if counter := _COUNTER.match(text):
            yield Item("new")
            text = text[counter.end() :]
    text = text.strip()
    if text:
        yield from _text_items(text)


def _text_items(text: str) -> Iterator[Item]:
    """Yield the keys of a line, or its words.

    Keys may share a line, and stand behind words: `violence (severity: 5)`.
    """
    while text:
        keyed = _key_value(text, None)
        if keyed is None:
            inner = _INNER.search(text)
            yield Item("text", text[: inner.start()].rstrip(" (（,;，；|-–—") if inner else text)
            text = _unbracketed(text[inner.end() :]) if inner else ""  # past the mark, so that it ends
            continue
        key, (value, following) = keyed[0], _split(*keyed)
        mark = leading_time(value) if key in _TIMES else None
        if key not in _TIMES or mark:
            yield Item(key, value, mark)
        elif value:
            yield Item("text", f"{key}: {value}")
        text = following or (mark.rest if mark else "")


def _key_value(text: str, keys: tuple[FindingKey, ...] | None) -> tuple[FindingKey, str] | None:
    """Return the key that a line starts with, and all behind it."""
    found = _KEYED.match(text)
    key = finding_key(found[1]) if found else None
    if found is None or key is None or (keys is not None and key not in keys):
        return None
    return key, text[found.end() :].strip().removesuffix("**").strip()


def _split(key: FindingKey, value: str) -> tuple[str, str]:
    """Part the value from what follows where another key shares its line.

    Words in quotation marks are never split.
    """
    quoted = split_quoted(value) if starts_quoted(value) else None
    start = len(value) - len(quoted[1]) if quoted else 0
    separators = _HARD if key in ("evidence", "rationale") else _SOFT
    for separator in separators.finditer(value, start):
        found = _KEYED.match(value, separator.end())
        if found and finding_key(found[1]):
            return value[: separator.start()].strip(), value[separator.end() :]
    return value, ""


def _unbracketed(text: str) -> str:
    text = text.lstrip(" (（")
    return text.removesuffix(")").removesuffix("）")


# --- tables ------------------------------------------------------------------------------------------------------


def _cells(text: str) -> list[str]:
    """Split a table's line into cells; another line is one alone."""
    if text.count("|") < 2 and not (text.count("\t") and "|" not in text):
        return [text]
    separator = "|" if "|" in text else "\t"
    inner = text.strip()
    inner = inner.removeprefix(separator).removesuffix(separator)
    return [cell.strip() for cell in inner.split(separator)]


def _header(cells: Sequence[str]) -> tuple[FindingKey | None, ...]:
    """Read the keys of a table's columns; () where the line is no header.

    A header has a label and two keys in all.
    """
    keys = tuple(finding_key(cell) for cell in cells)
    return keys if len(cells) > 1 and "label" in keys and sum(key is not None for key in keys) > 1 else ()


def _row(header: Sequence[FindingKey | None], cells: Sequence[str]) -> list[Item]:
    row = [Item("new")]
    for key, cell in zip(header, cells, strict=False):
        if not cell or key is None:
            continue
        mark = leading_time(cell) if key in _TIMES else None
        if key not in _TIMES or mark:
            row.append(Item(key, cell, mark))
    return row


_TIMES: tuple[FindingKey, ...] = ("time", "start", "end")
_KEYED = lazy(r"[*_\s]{0,4}([^:：=*_\n|]{1,40}?)[*_\s]{0,4}[:：=][*_]{0,2}\s{0,8}")
_SOFT = lazy(r"\s{0,4}[|;；,，/·•]\s{0,4}|\s[-–—]\s|\s{2,8}|\s(?=\*\*)")
_HARD = lazy(r"\s{0,4}[|;；]\s{0,4}|\s[-–—]\s(?=\*\*)|\s(?=\*\*)")
_INNER = lazy(r"[(（,;，；|]\s{0,4}(?=(?:severity|confidence|modality|严重程度|置信度)\s{0,4}[:：=])", re.IGNORECASE)
_RULE = lazy(r"[-*_=–—|:\s+]{3,}")
_COUNTER = lazy(
    r"[*_]{0,3}(?:finding|violation|issue|item|result|发现|问题|違反|발견|hallazgo|befund|constat)\s{0,2}(?:no\.?\s?)?#?\d{1,3}"
    r"[*_]{0,3}\s{0,4}[:：.)]?[*_]{0,3}\s{0,4}",
    re.IGNORECASE,
)

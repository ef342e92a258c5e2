"""Read the table form: a Markdown table.

Each row becomes one line with named fields and a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.answer.absence import is_absence
from tasks.answer.fields import Field, fields_of
from tasks.answer.keyed_form import time_of
from tasks.answer.lines import Line
from tasks.answer.patterns import lazy
from tasks.answer.times import TimeMark, leading_time


def unfold_tables(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with each row of a table as a record.

    A table whose heads name no field stays as it is.

    >>> [line] = unfold_tables([Line("| Time | Event |"), Line("|---|---|"), Line("| 0:00 - 0:04 | Rain. |")])
    >>> line.mark.end_ms, line.record
    (4000, {'Event': 'Rain.'})
    """
    if not any("|" in line.text or "\t" in line.text for line in lines):
        return list(lines)
    unfolded: list[Line] = []
    table: list[Line] = []
    for line in [*lines, Line("")]:
        if is_row(line.text):
            table.append(line)
            continue
        unfolded += _unfolded(table)
        table = []
        unfolded.append(line)
    return unfolded[:-1]


def is_row(text: str) -> bool:
    """Say whether a line is a row of a table.

    Its cells stand between pipes, the outer ones of which may be left out.

    >>> is_row("| EXIT | green |"), is_row("Start | End"), is_row("a || b")
    (True, True, False)
    """
    return (text.count("|") > 1 and text.startswith("|")) or bool(_BARE_ROW.search(text)) or _is_grid(text)


@dataclass(frozen=True, slots=True)
class _Head:
    """This is a column's head, as written, and the fields that it may mean."""

    name: str
    fields: tuple[Field, ...]
    time: str  # which time the column holds; "" where it holds none

    @classmethod
    def of(cls, name: str) -> _Head:
        fields = fields_of(name)
        return cls(name, fields, next((field for field in ("start", "end", "time") if field in fields), ""))


def _is_grid(text: str) -> bool:
    """Say whether a line is a border of a table that is drawn, as in "+-----+-----+"."""
    return text.startswith(("+-", "+=")) and _GRID.fullmatch(text) is not None


def _unfolded(table: Sequence[Line]) -> list[Line]:
    drawn = any(_is_grid(line.text) for line in table)
    table = [line for line in table if not _is_grid(line.text)]
    rows = [_cells(line.text) for line in table]
    if len(table) < 2:
        return [_without_head(line, row) for line, row in zip(table, rows, strict=True)]
    ruler = next((number for number, row in enumerate(rows[:3]) if _is_ruler(row)), None)
    if ruler == 0:
        return [line for line, row in zip(table, rows, strict=True) if not _is_ruler(row)]
    heads = [_Head.of(_bare(cell)) for cell in rows[0]]
    known = sum(bool(head.fields) for head in heads)
    if known < 1 or (ruler is None and not drawn and 2 * known <= len(heads)):
        return [_without_head(line, row) for line, row in zip(table, rows, strict=True) if not _is_ruler(row)]
    return [_record(heads, row) for row in rows[1:] if not _is_ruler(row)]


def _without_head(line: Line, cells: Sequence[str]) -> Line:
    """Return a row under no heads.

    Its time, and the other cells as `Name: words` or `text: appearance`.
    """
    mark = leading_time(_bare_cell(cells[0])) if len(cells) > 1 and line.text.startswith("|") else None
    if mark is None or mark.rest:
        return line
    rest = ": ".join(_bare_cell(cell) for cell in cells[1:] if cell)
    return Line(line.text, line.indent, replace(mark, rest=rest))


def _record(heads: Sequence[_Head], cells: Sequence[str]) -> Line:
    """Return a row as a line; cells beyond the heads belong to the last."""
    if len(cells) > len(heads):
        cells = [*cells[: len(heads) - 1], " | ".join(cells[len(heads) - 1 :])]
    named = [(head, _bare_cell(cell)) for head, cell in zip(heads, cells, strict=False)]
    mark, timed = _time_in(named)
    record = {
        head.name or str(number): cell
        for number, (head, cell) in enumerate(named)
        if cell and not head.time and head.fields != ("counter",) and head.name
    }
    filled = [cell for cell in record.values() if not _is_empty(cell)]
    if len(filled) == 1 and is_absence(filled[0], strict=True):
        return Line(filled[0])  # a row that says that there is nothing
    if not filled:
        return Line("", mark=mark)
    said = {name: cell for name, cell in record.items() if not _is_empty(cell)}
    text = " | ".join(f"{name}: {cell}" for name, cell in said.items())
    return Line(text, mark=mark, unread=timed and mark is None, record=said)


def _time_in(named: Sequence[tuple[_Head, str]]) -> tuple[TimeMark | None, bool]:
    """Return the time of a row, and whether any cell is there for one."""
    cells: Mapping[str, str] = {head.time: cell for head, cell in named if head.time}
    first = time_of(cells.get("start") or cells.get("time", ""), _name(named, "start"))
    last = time_of(cells["end"], _name(named, "end")) if "end" in cells else first
    if not first and not cells:
        first = last = next((mark for _, cell in named if (mark := leading_time(cell)) and not mark.rest), None)
    if first is None or last is None:
        return None, bool(cells)
    is_range = first.is_range or "end" in cells
    return TimeMark(first.start_ms, last.end_ms, "", is_range, enclosed=True, arrow=False), True


def _name(named: Sequence[tuple[_Head, str]], field: str) -> str:
    return next((head.name for head, _ in named if head.time in (field, "time")), "")


def _cells(row: str) -> list[str]:
    row = row if "|" in row else row.replace("\t", "|")
    inner = row.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in _PIPE.split(inner)]


def _is_ruler(cells: Sequence[str]) -> bool:
    return all(_RULER.fullmatch(cell) for cell in cells) and any(cells)


def _bare(cell: str) -> str:
    return cell.strip(" \t*_`\v")


def _bare_cell(cell: str) -> str:
    text = cell.replace("\v", "\n").strip()
    if text[:1] not in _MARKS:
        return text
    for mark in ("**", "__", "*", "_", "`"):
        if (
            len(text) > 2 * len(mark)
            and text.startswith(mark)
            and text.endswith(mark)
            and mark not in text[len(mark) : -len(mark)]
        ):
            text = text[len(mark) : -len(mark)].strip()
    return text


def _is_empty(cell: str) -> bool:
    return cell in ("", "-", "–", "—", "--", "…", "/") or cell.casefold() in ("n/a", "na", "none", "null", "无", "無")


_MARKS = ("*", "_", "`")
_PIPE = lazy(r"(?<!\\)\|")
_RULER = lazy(r":?\s?[-–—=]{2,}\s?:?|:?-+:?")
_GRID = lazy(r"\+(?:[-=]{1,400}\+){1,40}")
_BARE_ROW = lazy(r"\S\s{1,8}\|\s{1,8}\S|\S\t\S")

"""Lay a query's answer out for a terminal: its width, and one screen of it.

Hashes are left out unless the question names them, columns that say the same in every row stand above the table, times
are as a player shows them, and text is wrapped between words. What is left out is counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tasks.timecode import format_ms

Cells = Sequence[Sequence[Any]]

_HASH = re.compile(r".*(_id|_sha256)$|month$")
_NUMBER = re.compile(r"-?[\d,]*(\.\d+)?|(\d+:)?\d\d:\d\d(\.\d{3})?")
_LONGEST_CELL = 400
_LONGEST_ABOVE = 60
_NARROWEST = 8  # of a column of text that is wrapped
_GAP = 2
_ROOM_BELOW = 4  # lines for the heads, what is left out, and the prompt


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout says which columns are shown how."""

    above: tuple[tuple[str, str], ...]  # what is the same in every row
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...]  # columns


def lay_out(names: Sequence[str], rows: Cells, sql: str, width: int) -> Layout:
    """Choose the columns that fit the width, and write out their cells.

    >>> lay_out(["media_id", "uri", "start_ms"], [["ab", "x.mp4", 1500], ["ab", "x.mp4", 61_000]], "FROM x", 80)
    Layout(above=(('uri', 'x.mp4'),), heads=('start_ms',), rows=(('00:01.500',), ('01:01',)), left_out=('media_id',))
    """
    written = [[cell(name, value) for name, value in zip(names, row, strict=True)] for row in rows]
    asked = set(re.findall(r"\w+", sql.lower()))
    kept: list[int] = []
    above: list[tuple[str, str]] = []
    left_out: list[str] = []
    for column, name in enumerate(names):
        different = {row[column] for row in written}
        if name.lower() in asked or len(names) == 1:
            kept.append(column)
        elif _HASH.fullmatch(name):
            left_out.append(name)
        elif len(written) > 1 and len(different) == 1 and len(min(different)) <= _LONGEST_ABOVE:
            above += [(name, text) for text in different if text]
        else:
            kept.append(column)
    needed = 0
    fitting: list[int] = []
    for column in kept:
        longest = max((len(row[column]) for row in written), default=0)
        needed += _GAP + max(len(names[column]), min(longest, _NARROWEST))
        if needed - _GAP <= width or not fitting:
            fitting.append(column)
        else:
            left_out.append(names[column])
    shown = tuple(tuple(row[column] for column in fitting) for row in written)
    return Layout(tuple(above), tuple(names[column] for column in fitting), shown, tuple(left_out))


def cell(name: str, value: Any) -> str:
    """Write one value out.

    >>> cell("start_ms", 61_000), cell("attempts", 2), cell("text", None)
    ('01:01', '2', '')
    """
    if name.endswith("_ms") and isinstance(value, int) and value >= 0:
        return format_ms(value).removesuffix(".000")
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def print_result(console: Console, names: Sequence[str], rows: Cells, sql: str, limit: int | None) -> None:
    """Print one screen of rows, or `limit` of them, and say how to get the rest."""
    shown = rows[: limit or max(1, console.height)]
    layout = lay_out(names, shown, sql, console.width)
    count = len(shown)
    if limit is None:
        room = max(3, console.height - _ROOM_BELOW - bool(layout.above))
        while count > 1 and _lines(console, layout, count) > room:
            count -= max(1, (count * (_lines(console, layout, count) - room)) // (2 * _lines(console, layout, count)))
    if layout.above:
        console.print(" · ".join(f"{name}: {text}" for name, text in layout.above), markup=False, soft_wrap=False)
    console.print(_drawn(layout, count), markup=False)
    more = []
    if len(rows) > count:
        more.append(f"{len(rows) - count:,} more rows: --limit {len(rows)}, or --output FILE")
    if layout.left_out:
        more.append(f"without {', '.join(layout.left_out)}: --wide")
    if more:
        console.print(f"… {'; '.join(more)}", markup=False, soft_wrap=False)


def _lines(console: Console, layout: Layout, count: int) -> int:
    return len(console.render_lines(_drawn(layout, count)))


def _drawn(layout: Layout, count: int) -> Table:
    drawn = Table(header_style="bold", box=None, pad_edge=False)
    for column, head in enumerate(layout.heads):
        numeric = bool(layout.rows) and all(_NUMBER.fullmatch(row[column]) for row in layout.rows)
        drawn.add_column(
            head,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=numeric,
            min_width=min(_NARROWEST, max((len(row[column]) for row in layout.rows), default=0)),
        )
    for row in layout.rows[:count]:
        drawn.add_row(*row)
    return drawn

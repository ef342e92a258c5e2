"""Print tables and sentences for people, and JSON for machines."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

_LONGEST_CELL = 400
_LONGEST_WORD = 10  # in a column that is not folded: 01:07.600, 2026-11-29
_LEAST_ROOM = 8  # for a column that is folded: "free of"
_GAP = 2  # between columns
_NUMBER = re.compile(r"-?[\d,]*(\.\d+)?")


def stdout_console(otherwise_wide: int = 1000) -> Console:
    """Return a console as wide as the terminal.

    In a file or a pipe it is so wide that nothing need be folded.
    """
    return Console(emoji=False, highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else otherwise_wide)


def print_table(
    console: Console, heads: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None
) -> None:
    """Print rows under heads; numbers stand right.

    Nothing is cut off: what does not fit is folded, short words and numbers last.
    """
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    body = [[_cell(value) for value in row] for row in rows]
    whole = _unfolded(console, list(zip(heads, *body, strict=True)))
    for column, head in enumerate(heads):
        numeric = bool(body) and all(_NUMBER.fullmatch(row[column]) for row in body)
        drawn.add_column(head, justify="right" if numeric else "left", overflow="fold", no_wrap=column in whole)
    for row in body:
        drawn.add_row(*row)
    console.print(drawn, markup=False)


def _unfolded(console: Console, columns: Sequence[Sequence[str]]) -> frozenset[int]:
    """Return the columns of short words, if the others have room beside them.

    They are never folded, and Rich would cut off what does not fit in them.
    """
    widths = [max(cell_len(cell) for cell in column) for column in columns]
    whole = [
        number
        for number, column in enumerate(columns)
        if widths[number] <= _LONGEST_WORD and all(len(cell.split()) < 2 for cell in column)
    ]
    others = (len(columns) - len(whole)) * _LEAST_ROOM
    needed = sum(widths[number] for number in whole) + _GAP * (len(columns) - 1) + others
    return frozenset(whole if needed <= console.width else ())


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def print_json(value: Any, out: TextIO | None = None) -> None:
    """Print one JSON value on standard output or to a file, and nothing else."""
    (out or sys.stdout).write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_conclusion(console: Console, warnings: Iterable[str], sentence: str) -> None:
    """Print what a command came to in one sentence, after its warnings."""
    for warning in warnings:
        console.print(f"Note: {warning}", markup=False)
    console.print(sentence, markup=False)

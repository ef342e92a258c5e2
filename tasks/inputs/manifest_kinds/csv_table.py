"""Read CSV: a header, cells separated by commas, UTF-8."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

from tasks.errors import BadManifest
from tasks.inputs.manifest_kinds.manifest_file import NOT_UTF_8, TOO_LONG, Lines, ManifestFile, Rows, require_uri
from tasks.inputs.manifest_row import is_text

_MOST_LINES = 50  # of a row, whose cells in quotes may hold line ends


def csv_rows(file: ManifestFile) -> Rows:
    """Yield the cells of each row under the names of their columns.

    Raises BadManifest for a header that names no recordings.
    """
    name = file.name
    records = _records(file.lines())
    number, header = next(((number, cells) for number, cells in records if cells != []), (1, "it is empty"))
    if isinstance(header, str):
        raise BadManifest(f"{name}, line {number}: expected a header with the column uri; {header}.")
    columns = [column.strip() for column in header]
    require_uri(columns, name, "; columns are separated by commas")
    for number, cells in records:
        where = f"{name}, line {number}"
        if isinstance(cells, str):
            yield where, cells
        elif len(cells) > len(columns):
            yield where, f"expected {len(columns)} cells as in the header, found {len(cells)}"
        elif any(cells):
            yield where, dict(zip(columns, cells, strict=False))


def _records(lines: Lines) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the cells of each row, or what is wrong with it.

    A cell in quotes may go on over several lines. Where that leads to nothing, only the first of them is a bad row.
    """
    ahead: deque[tuple[int, str | None]] = deque()
    while (line := ahead.popleft() if ahead else next(lines, None)) is not None:
        number, text = line
        if text is None:
            yield number, TOO_LONG
            continue
        taken: list[tuple[int, str | None]] = []
        whole = text
        while whole.count('"') % 2 and len(taken) < _MOST_LINES:
            more = ahead.popleft() if ahead else next(lines, None)
            if more is None:
                break
            taken.append(more)
            if more[1] is None:
                break
            whole += "\n" + more[1]
        cells = _cells(whole)
        if isinstance(cells, str):
            ahead.extendleft(reversed(taken))
        yield number, cells


def _cells(record: str) -> list[str] | str:
    if not is_text(record):
        return NOT_UTF_8
    try:
        rows = list(csv.reader([record], skipinitialspace=True, strict=True))
    except csv.Error as error:
        return f"it is no row of CSV ({error})"
    return rows[0] if len(rows) == 1 else "it is no row of CSV (a quote is open at its end)" if rows else []

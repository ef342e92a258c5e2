"""Read manifests: tables that name recordings, one a row.

They are read a few rows at a time. A bad row gives its reason and stops no other.

    list.txt       a path or address a line; empty lines and lines with # are skipped
    table.csv      a header, cells separated by commas, UTF-8
    rows.jsonl     a JSON object a line, UTF-8
    rows.parquet   text columns; `tags` may be a struct, too

Columns: `uri`, and where wanted `scenario`, `prompt`, `language`, `tags`, `group`. Paths count from the manifest's
folder, those of prompts as well.
"""

from __future__ import annotations

import csv
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tasks.errors import BadManifest, NotFound, NotReadable, UsageError
from tasks.inputs.manifest_row import COLUMNS, Fields, ManifestRow, is_text, kind_of, no_constant, read_row

TABLES = (".csv", ".jsonl", ".parquet")  # by their endings manifests also without the leading @

_LONGEST = 1 << 20  # characters of a line
_MOST_LINES = 50  # of a row of CSV, whose cells in quotes may hold line ends
_ROWS_AT_ONCE = 10_000  # of a Parquet file
_MOST_NAMED = 10  # unknown columns in the warning
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")  # how its first bytes look, read as UTF-8

Lines = Iterator[tuple[int, str | None]]  # the number, from 1, and the text; None: it is too long


def is_table(name: str) -> bool:
    """Return whether a name is that of a manifest by its ending.

    >>> is_table("talks.csv")
    True
    """
    return name.lower().endswith(TABLES)


def read_manifest(
    path: str, name: str, warn: Callable[[str], None], *, tags_from_columns: bool = False
) -> Iterator[ManifestRow]:
    """Yield the rows of a manifest, in order.

    `name` is how to call it; `warn` is called with a sentence about columns that are not known, which with
    `tags_from_columns` are tags. Raises BadManifest,
    NotFound, NotReadable where it cannot be read as a whole, UsageError for another kind of file.
    """
    readers: dict[str, Callable[[str, str], Iterator[tuple[str, Fields | str]]]]
    readers = {".txt": _listed, ".csv": _csv_rows, ".jsonl": _json_rows}
    readers[".parquet"] = partial(_parquet_rows, whole=tags_from_columns)
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 - names may hold odd bytes
    if ending not in readers:
        raise UsageError(
            f"The manifest {name} is of an unknown kind; supported are @list.txt, a text file with one path a line, "
            f"and tables that end in {', '.join(TABLES)}."
        )
    seen: dict[str, None] = {}
    try:
        for where, found in readers[ending](path, name):
            if isinstance(found, str):
                yield ManifestRow(where, fault=found)
            else:
                seen.update(dict.fromkeys(column for column in found if len(seen) <= _MOST_NAMED + len(COLUMNS)))
                folder = os.path.dirname(path)  # noqa: PTH120
                yield read_row(where, found, folder, tags_from_columns=tags_from_columns)
    except FileNotFoundError:
        raise NotFound(f"The manifest {name} does not exist; check its name and folder.") from None
    except OSError as error:
        raise NotReadable(f"The manifest {name} cannot be read: {error.strerror or error}.") from error
    finally:
        unknown = [column for column in seen if column not in COLUMNS]
        if unknown and not tags_from_columns:
            listed = ", ".join(repr(column) for column in unknown[:_MOST_NAMED])
            more = " and more" if len(unknown) > _MOST_NAMED else ""
            warn(
                f"{name}: not known and not used are the columns {listed}{more}. Known: {', '.join(COLUMNS)}. "
                "--tags-from-columns makes tags of them."
            )


# --- the kinds of manifests: where a row stands, and its fields or what is wrong with it -----------------------------


def _listed(path: str, name: str) -> Iterator[tuple[str, Fields | str]]:
    for number, line in _lines(path, name):
        if line is None:
            yield f"{name}, line {number}", _TOO_LONG
        elif line.strip() and not line.startswith("#"):
            yield f"{name}, line {number}", {"uri": line}


def _json_rows(path: str, name: str) -> Iterator[tuple[str, Fields | str]]:
    for number, line in _lines(path, name):
        if line is None or line.strip():
            yield f"{name}, line {number}", _object(line)


def _object(line: str | None) -> Fields | str:
    if line is None:
        return _TOO_LONG
    if not is_text(line):
        return _NOT_UTF_8
    try:
        found = json.loads(line, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        return f"expected a JSON object on one line, found broken JSON ({error})"
    return found if isinstance(found, dict) else f"expected a JSON object, found {kind_of(found)}"


def _csv_rows(path: str, name: str) -> Iterator[tuple[str, Fields | str]]:
    records = _records(_lines(path, name))
    number, header = next(((number, cells) for number, cells in records if cells != []), (1, "it is empty"))
    if isinstance(header, str):
        raise BadManifest(f"{name}, line {number}: expected a header with the column uri; {header}.")
    columns = [column.strip() for column in header]
    _require_uri(columns, name, "; columns are separated by commas")
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
            yield number, _TOO_LONG
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
        return _NOT_UTF_8
    try:
        rows = list(csv.reader([record], skipinitialspace=True, strict=True))
    except csv.Error as error:
        return f"it is no row of CSV ({error})"
    return rows[0] if len(rows) == 1 else "it is no row of CSV (a quote is open at its end)" if rows else []


def _parquet_rows(path: str, name: str, *, whole: bool = False) -> Iterator[tuple[str, Fields | str]]:
    import pyarrow as pa  # noqa: PLC0415 - who names files needs none of it
    import pyarrow.parquet as pq  # noqa: PLC0415

    with Path(path).open("rb") as file:
        try:
            table = pq.ParquetFile(file)
            columns = table.schema_arrow.names
            _require_uri(columns, name)
            known = columns if whole else [column for column in COLUMNS if column in columns]
            unknown = {column: None for column in columns if column not in COLUMNS}
            number = 0
            for batch in table.iter_batches(_ROWS_AT_ONCE, columns=known):
                for found in _rows_of(batch):
                    number += 1
                    yield f"{name}, row {number}", found if isinstance(found, str) else {**unknown, **found}
        except pa.ArrowException as error:
            raise BadManifest(f"{name} is no Parquet file that can be read ({error}).") from error


def _rows_of(batch: Any) -> Iterable[Fields | str]:
    try:
        found: list[Fields] = batch.to_pylist()
    except UnicodeDecodeError:
        if batch.num_rows == 1:
            return [_NOT_UTF_8]
        return (one for row in range(batch.num_rows) for one in _rows_of(batch.slice(row, 1)))
    return found


def _require_uri(columns: list[str], name: str, hint: str = "") -> None:
    twice = sorted({column for column in columns if column in COLUMNS and columns.count(column) > 1})
    if twice:
        raise BadManifest(f"{name} has the column {twice[0]} twice; keep one of them.")
    if "uri" not in columns:
        listed = ", ".join(columns[:_MOST_NAMED]) or "none"
        raise BadManifest(f"{name} has no column uri, which names the recordings; found: {listed}{hint}.")


# --- lines -----------------------------------------------------------------------------------------------------------

_TOO_LONG = f"the line has more than {_LONGEST:,} characters"
_NOT_UTF_8 = "it is not UTF-8 text; save the manifest as UTF-8, or name the file in a list.txt"


def _lines(path: str, name: str) -> Lines:
    """Yield the lines without their ends.

    Bytes that are no UTF-8 are kept as Python keeps those of file names.
    """
    with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:  # noqa: PTH123
        number = 0
        while line := file.readline(_LONGEST + 1):
            number += 1
            if number == 1 and line.startswith(_UTF_16):
                raise BadManifest(f"{name} is in UTF-16; save it as UTF-8.")
            whole = len(line) <= _LONGEST
            while len(line) > _LONGEST and not line.endswith(("\n", "\r")):
                line = file.readline(_LONGEST + 1)
            yield number, line.rstrip("\r\n") if whole else None

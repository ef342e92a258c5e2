"""Turn rows into Arrow tables that keep the schema's promises."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import pyarrow as pa

from tasks.tables.rows import Row
from tasks.tables.schemas import TABLES

SORTED_BY = ("media_id", "start_ms", "seq")


def to_arrow(name: str, rows: Sequence[Row]) -> pa.Table:
    """Return the rows as an Arrow table with the schema of table `name`.

    It is sorted by recording and time. Text that no file can hold (lone surrogates, from broken file names or
    answers) is written as its escape. Raises ValueError where a row has other columns than the table, or a value is
    missing that must be there.
    """
    schema = TABLES[name]
    expected = set(schema.names)
    for row in rows:
        if row.keys() != expected:
            odd = ", ".join(sorted(row.keys() ^ expected))
            raise ValueError(f"A row of {name} has other columns than the table: {odd}.")
    rows = _sorted(rows, [key for key in SORTED_BY if key in expected])
    try:
        table = pa.Table.from_pylist(list(rows), schema=schema)
    except UnicodeEncodeError:
        table = pa.Table.from_pylist([{k: _writable(v) for k, v in row.items()} for row in rows], schema=schema)
    for field in schema:
        if not field.nullable and table.column(field.name).null_count:
            raise ValueError(f"A row of {name} has no {field.name}, which must be there.")
    return table


def _sorted(rows: Sequence[Row], keys: Sequence[str]) -> Sequence[Row]:
    """Sort by the keys, nulls last.

    Here, since `Table.sort_by` loads all of pyarrow.compute: a twelfth of a second, as long as a small run takes. One
    pass a key, since rows mostly come in order, which a pass sees at once.
    """
    for key in reversed(keys):
        has_nulls = any(row[key] is None for row in rows)
        rows = sorted(rows, key=partial(_nulls_last, key) if has_nulls else itemgetter(key))
    return rows


def _nulls_last(key: str, row: Row) -> tuple[bool, Any]:
    return row[key] is None, row[key]


def _writable(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value

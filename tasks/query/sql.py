"""Answer SQL over the dataset, reading only."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tasks.errors import UsageError
from tasks.store.dataset import Dataset
from tasks.store.read_consistently import read_consistently
from tasks.tables.columns import allowed, meaning, unit
from tasks.tables.schemas import MONTH, TABLES, about
from tasks.tables.views import VIEWS, Meaning, View
from tasks.tables.views_sql import mentioned, statements

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # an extension would come from the network
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",  # a misspelt table must not become a variable of ours
}
_SUM, _INT = pa.decimal128(38, 0), pa.int64()  # what DuckDB makes of a sum of whole numbers, and what it is
_ROWS_AT_ONCE = 100_000
_QUESTIONS = {"SELECT", "EXPLAIN", "MULTI"}  # MULTI is what a PIVOT becomes


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: str  # SQL type
    meaning: str
    unit: str  # "" where there is none
    allowed: tuple[str | int, ...]  # all values that it may have, besides null; () where any may come

    def description(self, quote: str = "") -> str:
        """Return the meaning, and the values that are allowed."""
        values = ", ".join(f"{quote}{value}{quote}" for value in self.allowed)
        return f"{self.meaning}; one of {values}" if values else self.meaning


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation is a table or a ready view.

    One that takes arguments has them in its name, such as `around(word, n := 8)`.
    """

    name: str
    is_view: bool
    about: str
    columns: tuple[Column, ...]


def connect(dataset: Dataset | None, wanted: Collection[str] | None = None) -> duckdb.DuckDBPyConnection:
    """Connect to a DuckDB in memory that knows the dataset's tables and views.

    None gives them empty. Times are in UTC. With `wanted`, there are only these tables and views, and those that they
    are made of, which spares looking into the files of the others.
    """
    spill = Path(tempfile.gettempdir()) / "reelsheet-query"
    connection = duckdb.connect(":memory:", config=_SETTINGS | {"temp_directory": str(spill)})
    connection.execute("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true")
    if dataset is not None and (stored := dataset.storage.snapshot()) is not None:
        connection.register_filesystem(stored)  # DuckDB itself stays without a network
    filled = dataset.storage.filled_tables() if dataset is not None else set()
    for sql in statements(None if dataset is None else dataset.root, filled, wanted):
        connection.execute(sql)
    return connection


def run_sql(dataset: Dataset, sql: str) -> pa.Table:
    """Answer one question.

    Raises UsageError, in one sentence, for wrong SQL and for anything that writes.
    """
    try:
        return read_consistently(dataset, lambda: _answer(dataset, sql))
    except duckdb.Error as error:
        raise UsageError(_in_one_sentence(str(error))) from error


@contextmanager
def stream_sql(dataset: Dataset, sql: str) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """Answer batch by batch, so that the answer may be larger than memory.

    Sums of whole numbers come as whole numbers. Raises UsageError as `run_sql` does, also while the batches are read.
    """
    try:
        with connect(dataset, mentioned(sql)) as connection:
            _check_is_question(connection, sql)
            result = connection.sql(sql)
            reader = pa.table({}).to_reader() if result is None else result.to_arrow_reader(_ROWS_AT_ONCE)
            found = _distinct_names(reader.schema.empty_table()).schema
            schema = pa.schema([field.with_type(_INT if field.type == _SUM else field.type) for field in found])
            yield schema, _batches(reader, schema)
    except duckdb.Error as error:
        raise UsageError(_in_one_sentence(str(error))) from error


def _batches(reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        for batch in reader:
            yield batch.rename_columns(schema.names).cast(schema)
    except (pa.ArrowException, OSError) as error:  # DuckDB's own errors, as Arrow hands them on
        raise UsageError(_in_one_sentence(str(error))) from error


def _answer(dataset: Dataset, sql: str) -> pa.Table:
    with connect(dataset, mentioned(sql)) as connection:
        _check_is_question(connection, sql)
        result = connection.sql(sql)
        return pa.table({}) if result is None else _distinct_names(result.to_arrow_table())


def as_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Convert a table to rows ready for JSON.

    Moments are in ISO 8601, sums whole numbers, and what is not a number null.

    >>> as_rows(pa.table({"n": [1.5, float("nan")]}))
    [{'n': 1.5}, {'n': None}]
    """
    return [{name: _plain(value) for name, value in row.items()} for row in table.to_pylist()]


def describe() -> tuple[Relation, ...]:
    """Describe every table and view with its columns, the same for all datasets."""
    with connect(None) as connection:
        tables = [_relation(connection, name, None) for name in TABLES]
        return (*tables, *(_relation(connection, view.name, view) for view in VIEWS))


# --- what is asked -----------------------------------------------------------------------------------------------


def _check_is_question(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"One SQL statement was expected, {len(statements)} were found: ask one question at a time.")
    if statements[0].type.name not in _QUESTIONS or "COPY" in _keywords(sql):
        raise UsageError(
            "Only questions can be asked, such as SELECT … FROM transcript; nothing can be written with `query`. "
            'A column that is named like a command is written in double quotes: "copy".'
        )


def _keywords(sql: str) -> set[str]:
    """Return the SQL keywords, without strings, quoted names and comments.

    COPY may hide in EXPLAIN ANALYZE and in WITH.
    """
    marks = duckdb.tokenize(sql)
    ends = [start for start, _ in marks[1:]] + [len(sql.encode())]
    text = sql.encode()
    return {
        text[start:end].decode(errors="replace").split()[0].upper()
        for (start, kind), end in zip(marks, ends, strict=True)
        if kind == duckdb.token_type.keyword and text[start:end].strip()
    }


def _in_one_sentence(error: str) -> str:
    lines = [line.strip() for line in error.splitlines() if line.strip()] or ["The query failed"]
    hint = next((line for line in lines[1:] if line.startswith("Candidate bindings")), "")
    if not hint and "does not exist" in lines[0]:
        hint = f"Known: {', '.join([*TABLES, *(view.signature for view in VIEWS)])}"
    return f"{lines[0].rstrip('.!')}. {hint}".rstrip(" .") + "."


# --- what comes back ---------------------------------------------------------------------------------------------


def _distinct_names(table: pa.Table) -> pa.Table:
    """Give each column its own name: of two columns x the second becomes x_2.

    `SELECT a.x, b.x` gives two columns of one name.
    """
    names: list[str] = []
    for name in table.column_names:
        chosen, number = name, 2
        while chosen in names:
            chosen, number = f"{name}_{number}", number + 1
        names.append(chosen)
    return table.rename_columns(names)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case bytes():
            return value.hex()
    return str(value)


def _relation(connection: duckdb.DuckDBPyConnection, name: str, view: View | None) -> Relation:
    found = connection.execute(f"DESCRIBE FROM {name if view is None else view.call}").fetchall()
    columns = tuple(Column(row[0], row[1], *_meaning(row[0], name, view)) for row in found)
    if view is None:
        return Relation(name, False, about(name), columns)
    return Relation(view.signature, True, view.about, columns)


def _meaning(column: str, relation: str, view: View | None) -> Meaning:
    if view is not None and column in view.meanings:
        return view.meanings[column]
    if column == MONTH.name:
        return Meaning(meaning(MONTH), unit(MONTH))
    for table in (relation,) if view is None else view.like:
        if column in TABLES[table].names:
            field = TABLES[table].field(column)
            return Meaning(meaning(field), unit(field), allowed(field))
    raise KeyError(f"{relation}.{column} has no meaning")

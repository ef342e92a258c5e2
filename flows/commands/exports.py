"""List the forms in which a query's answer leaves: CSV, JSON, Parquet.

A new one is a function that writes it, and one row of `EXPORTS`. Its option (`--csv`), the ending of a file that asks
for it (`.csv`) and the sentences about it follow from the row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import UsageError

if TYPE_CHECKING:
    from tasks.store.dataset import Dataset


def write_csv(dataset: Dataset, sql: str, path: Path) -> None:
    """Write a header and one line a row, batch by batch."""
    import csv

    import pyarrow as pa

    from tasks.query.sql import as_rows, stream_sql

    with path.open("w", encoding="utf-8", newline="") as out, stream_sql(dataset, sql) as (schema, batches):
        writer = csv.writer(out)
        writer.writerow(schema.names)
        for batch in batches:
            writer.writerows(row.values() for row in as_rows(pa.Table.from_batches([batch])))


def write_json(dataset: Dataset, sql: str, path: Path) -> None:
    """Write a list with one object a row."""
    from flows.output.console import print_json
    from tasks.query.sql import as_rows, run_sql

    with path.open("w", encoding="utf-8", newline="") as out:
        print_json(as_rows(run_sql(dataset, sql)), out)


def write_parquet(dataset: Dataset, sql: str, path: Path) -> None:
    """Write one Parquet file that keeps the types, batch by batch."""
    import pyarrow.parquet as pq

    from tasks.query.sql import stream_sql

    with stream_sql(dataset, sql) as (schema, batches), pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


@dataclass(frozen=True, slots=True)
class Export:
    """An export is a form of an answer outside of the terminal's tables.

    `name` is its option without the dashes, and a file's ending without the dot. `write` asks a dataset in SQL and
    writes the answer to a path.
    """

    name: str
    title: str
    write: Callable[[Dataset, str, Path], None]
    is_text: bool = True  # a terminal can show it


EXPORTS = (
    Export("csv", "CSV", write_csv),
    Export("json", "JSON", write_json),
    Export("parquet", "Parquet", write_parquet, is_text=False),
)


def chosen_export(named: list[str], output: Path | None) -> Export | None:
    """Return the export that an option names, or the file's ending; None: neither.

    `named` holds the names of the options that were given. Raises UsageError where they leave it open.

    >>> chosen_export([], Path("words.CSV")).title
    'CSV'
    """
    found = [export for export in EXPORTS if export.name in named]
    if len(found) > 1:
        raise UsageError(
            f"One form was expected, found {' and '.join(f'--{export.name}' for export in found)}: leave one out."
        )
    if found or output is None:
        return found[0] if found else None
    for export in EXPORTS:
        if output.suffix.lower() == f".{export.name}":
            return export
    raise UsageError(f"A file ending in {ENDINGS} was expected, found {output.name}: name one, or say {_either('--')}.")


def _either(mark: str) -> str:
    *others, last = (f"{mark}{export.name}" for export in EXPORTS)
    return f"{', '.join(others)} or {last}"


ENDINGS = _either(".")  # ".csv, .json or .parquet"

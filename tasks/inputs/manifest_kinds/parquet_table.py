"""Read Parquet: text columns; `tags` may be a struct, too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tasks.errors import BadManifest
from tasks.inputs.manifest_kinds.manifest_file import NOT_UTF_8, ManifestFile, Rows, require_uri
from tasks.inputs.manifest_row import COLUMNS, Fields

_ROWS_AT_ONCE = 10_000


def parquet_rows(file: ManifestFile) -> Rows:
    """Yield the rows a few thousand at a time.

    Raises BadManifest for what is no Parquet, and for a table that names no recordings.
    """
    import pyarrow as pa  # noqa: PLC0415 - who names files needs none of it
    import pyarrow.parquet as pq  # noqa: PLC0415

    with Path(file.path).open("rb") as opened:
        try:
            table = pq.ParquetFile(opened)
            columns = table.schema_arrow.names
            require_uri(columns, file.name)
            known = columns if file.all_columns else [column for column in COLUMNS if column in columns]
            unknown = {column: None for column in columns if column not in COLUMNS}
            number = 0
            for batch in table.iter_batches(_ROWS_AT_ONCE, columns=known):
                for found in _rows_of(batch):
                    number += 1
                    yield f"{file.name}, row {number}", found if isinstance(found, str) else {**unknown, **found}
        except pa.ArrowException as error:
            raise BadManifest(f"{file.name} is no Parquet file that can be read ({error}).") from error


def _rows_of(batch: Any) -> Iterable[Fields | str]:
    try:
        found: list[Fields] = batch.to_pylist()
    except UnicodeDecodeError:
        if batch.num_rows == 1:
            return [NOT_UTF_8]
        return (one for row in range(batch.num_rows) for one in _rows_of(batch.slice(row, 1)))
    return found

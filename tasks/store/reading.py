"""Read rows out of the dataset's files, a few columns at a time.

A column that an older file lacks reads as null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import DatasetNotWritable
from tasks.store.storage import Storage
from tasks.tables.schemas import TABLES

if TYPE_CHECKING:
    from pyarrow.compute import Expression
    from pyarrow.dataset import Dataset
    from pyarrow.fs import FileSystem


Filter: TypeAlias = "Expression | list[list[tuple[str, str, Any]]]"
"""Which rows: an expression of Arrow's, or alternatives that are each some conditions `(column, operator, value)`."""


def read_rows(
    storage: Storage, files: Sequence[str], table: str, columns: Sequence[str], only: Filter | None = None
) -> list[dict[str, Any]]:
    """Read the rows of some files of a table as dicts.

    Raises as `read_columns` does.
    """
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in read_columns(storage, files, table, names, only)]


def read_columns(
    storage: Storage, files: Sequence[str], table: str, columns: Sequence[str], only: Filter | None = None
) -> Iterator[tuple[Any, ...]]:
    """Read the rows of some files of a table as tuples.

    Only some thousands are in memory at a time. Raises FileNotFoundError for a file that is gone, DatasetNotWritable
    for one that is damaged or out of reach.
    """
    if not files:
        return
    with _readable(storage, files):
        found = storage.arrow_files(files)
        source = parquet_dataset(found.paths, TABLES[table], found.filesystem)
        wanted = None if only is None else pq.filters_to_expression(only)
        for batch in source.to_batches(columns=list(columns), filter=wanted, batch_size=8192, batch_readahead=1):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def parquet_dataset(
    paths: Sequence[str], schema: pa.Schema | None = None, filesystem: FileSystem | None = None
) -> Dataset:
    """Open Parquet files as one dataset of Arrow's."""
    import pyarrow.dataset as pads  # noqa: PLC0415 - brings pandas along, half a second that unchanged files spare

    return pads.dataset(list(paths), schema=schema, format="parquet", filesystem=filesystem)


@contextmanager
def _readable(storage: Storage, files: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        if isinstance(error, pa.ArrowException):
            known = isinstance(error, pa.ArrowInvalid)
        else:
            known = storage.what_is_wrong(error) is not None
        if not known:
            raise
        raise DatasetNotWritable(
            f"A file of the dataset cannot be read, {_culprit(storage, files, error)}: mend that or put it back from a "
            "copy, or move it away with the files of the same name in the other tables; what they held is then asked "
            "again."
        ) from error


def _culprit(storage: Storage, files: Sequence[str], error: Exception) -> str:
    """Name the file that the error is about, where its words do so."""
    if len(files) == 1:
        return str(storage.root / files[0])
    named = next((file for file in files if file in str(error)), None)
    return str(storage.root / named) if named else f"one of those in {storage.root / files[0].partition('/')[0]}"

"""Rows out of the dataset's files, a few columns at a time. A column that an older file lacks reads as null."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads

from tasks.errors import DatasetNotWritable, ReelsheetError
from tasks.system.object_store import AnyPath
from tasks.tables.schemas import TABLES


def read_rows(
    files: Sequence[AnyPath], table: str, columns: Sequence[str], only: pads.Expression | None = None
) -> list[dict[str, Any]]:
    """The rows of some files of a table as dicts. Raises as `read_columns` does."""
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in read_columns(files, table, names, only)]


def read_columns(
    files: Sequence[AnyPath], table: str, columns: Sequence[str], only: pads.Expression | None = None
) -> Iterator[tuple[Any, ...]]:
    """The rows of some files of a table as tuples, of which only some thousands are in memory at a time.

    Raises FileNotFoundError for a file that is gone, DatasetNotWritable for one that is damaged or out of reach.
    """
    if not files:
        return
    with _readable(files):
        source = pads.dataset(**_opened(files), schema=TABLES[table], format="parquet")
        for batch in source.to_batches(columns=list(columns), filter=only, batch_size=8192, batch_readahead=1):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _opened(files: Sequence[AnyPath]) -> dict[str, Any]:
    """The files as pyarrow wants them."""
    stored = [file for file in files if not isinstance(file, Path)]
    if stored:
        return {"source": [file.path for file in stored], "filesystem": stored[0].fs}
    return {"source": [str(file) for file in files]}


@contextmanager
def _readable(files: Sequence[AnyPath]) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        known = isinstance(error, (OSError, pa.ArrowInvalid))
        if not known and (isinstance(files[0], Path) or isinstance(error, (ReelsheetError, pa.ArrowException))):
            raise  # what else is raised is what a storage library makes of a store that is out of reach
        raise DatasetNotWritable(
            f"A file of the dataset cannot be read, {_culprit(files, error)}: mend that or put it back from a copy, or "
            "move it away with the files of the same name in the other tables; what they held is then asked again."
        ) from error


def _culprit(files: Sequence[AnyPath], error: Exception) -> str:
    """The file that the error is about, where its words say so."""
    if len(files) == 1:
        return str(files[0])
    named = next((file for file in files if str(file) in str(error)), None)
    return str(named) if named else f"one of those in {files[0].parent.parent}"

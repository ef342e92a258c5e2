"""Open a dataset for reading, in SQL and as data frames.

DuckDB knows all tables and views; its answers come as pandas, polars or Arrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from tasks.query.sql import connect, run_sql
from tasks.store.dataset import Dataset

if TYPE_CHECKING:
    import pandas
    import polars


class Tables:
    """Tables give the tables and views of a dataset.

    `connection` is DuckDB's, for everything that is not here.
    """

    def __init__(self, dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> None:
        self._dataset = dataset
        self.connection = connection

    def to_arrow(self, query: str) -> pa.Table:
        """Answer a SELECT, or give a table or view by its name, as an Arrow table.

        Raises ReelsheetError.
        """
        return run_sql(self._dataset, f"FROM {query}" if query.isidentifier() else query)

    def to_pandas(self, query: str) -> pandas.DataFrame:
        """Answer as `to_arrow` does, as a data frame of pandas."""
        frame: pandas.DataFrame = self.to_arrow(query).to_pandas()
        return frame

    def to_polars(self, query: str) -> polars.DataFrame:
        """Answer as `to_arrow` does, as a data frame of polars.

        polars has to be installed.
        """
        import polars  # noqa: PLC0415 - the one who calls this has it

        return polars.DataFrame(self.to_arrow(query))


@contextmanager
def open_dataset(path: str | Path = "dataset") -> Iterator[Tables]:
    """Open a dataset for reading; it may be written meanwhile.

    `path` is a folder or an object store's address.

    `connection` sees what was there when it was opened, the `to_…` methods what is there when they are called. Raises
    ReelsheetError where there is no dataset.
    """
    dataset = Dataset.existing(str(path))
    with connect(dataset) as connection:
        yield Tables(dataset, connection)

"""The tools that analysts use read every table, and the documentation's examples run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as pads
import pytest

from tasks.store.commit import publish_analysis, publish_run
from tasks.store.dataset import Dataset
from tasks.store.query import run_sql
from tasks.tables.schemas import TABLES
from tests.support.dataset_rows import attempt_rows, row, run

PAGE = (Path(__file__).parents[2] / "docs" / "dataset.md").read_text()
DECEMBER = run("run-2", run().started_at.replace(month=12))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two analyses in two months; in the first nobody answered, so that whole columns are null."""
    dataset = Dataset.open(tmp_path_factory.mktemp("readers") / "dataset")
    failure = row("failures", uri="x.mp4", run_id="run-1")
    publish_analysis(dataset, attempt_rows("aa", outcomes=("failed", "skipped"), outcome="failed"), run())
    publish_analysis(dataset, attempt_rows("aa", 2, run_id="run-2"), DECEMBER)
    publish_analysis(dataset, attempt_rows("bb", media_id="cd" * 32, run_id="run-2"), DECEMBER)
    publish_run(dataset, {"runs": [row("runs", run_id="run-1")], "failures": [failure]}, run())
    publish_run(dataset, {"runs": [row("runs", run_id="run-2")], "inputs": [row("inputs", uri="x.mp4")]}, DECEMBER)
    return dataset


def _expected(dataset: Dataset, table: str) -> int:
    rows: int = run_sql(dataset, f"SELECT * FROM {table}").num_rows
    assert rows > 0
    return rows


@pytest.mark.parametrize("table", TABLES)
def test_duckdb_reads_the_table(dataset: Dataset, table: str) -> None:
    with duckdb.connect() as connection:
        files = f"{dataset.root}/{table}/**/*.parquet"
        found = connection.read_parquet(files, hive_partitioning=True).to_arrow_table()
    assert found.num_rows == _expected(dataset, table)
    assert found.column_names == [*TABLES[table].names, "month"]


@pytest.mark.parametrize("table", TABLES)
def test_pandas_reads_the_table(dataset: Dataset, table: str) -> None:
    found = pd.read_parquet(dataset.table(table))
    assert len(found) == _expected(dataset, table)
    assert list(found.columns) == [*TABLES[table].names, "month"]


@pytest.mark.parametrize("table", TABLES)
def test_polars_reads_the_table(dataset: Dataset, table: str) -> None:
    found = pl.read_parquet(f"{dataset.root}/{table}/**/*.parquet", hive_partitioning=True)
    assert len(found) == _expected(dataset, table)
    assert found.columns == [*TABLES[table].names, "month"]


@pytest.mark.parametrize("table", TABLES)
def test_pyarrow_reads_the_table_with_its_schema(dataset: Dataset, table: str) -> None:
    found = pads.dataset(dataset.table(table), partitioning="hive").to_table()
    assert found.num_rows == _expected(dataset, table)
    assert found.drop_columns(["month"]).schema.equals(TABLES[table])


@pytest.mark.parametrize("sql", re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL))
def test_the_sql_of_the_documentation_answers(dataset: Dataset, sql: str) -> None:
    assert run_sql(dataset, sql).num_rows > 0


def test_the_python_of_the_documentation_runs(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dataset.root.parent)
    [snippet] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    assert len(names["timeline"]) == 12

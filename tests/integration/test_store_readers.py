"""The tools that analysts use read every table, at any moment, and the documentation's examples run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as pads
import pytest

from tasks.query.sql import run_sql
from tasks.store.commit import publish_decisions, publish_rows, publish_run
from tasks.store.dataset import Dataset
from tasks.tables.schemas import TABLES
from tests.support.asking import ask_each
from tests.support.busy_dataset import COMPACTIONS, keep_busy, publish
from tests.support.dataset_rows import attempt_rows, row, run
from tests.support.forks import Fork
from tests.support.publishing import publish_analysis

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "dataset.md").read_text()
DECEMBER = run("run-2", run().started_at.replace(month=12))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Three analyses in two months; in the first nobody answered, so that whole columns are null; one has a gap."""
    dataset = Dataset.open(tmp_path_factory.mktemp("readers") / "dataset")
    failure = row("failures", uri="x.mp4", run_id="run-1")
    publish_analysis(dataset, attempt_rows("aa", outcomes=("failed", "skipped"), outcome="failed"), run())
    publish_analysis(dataset, attempt_rows("aa", 2, run_id="run-2"), DECEMBER)
    publish_analysis(dataset, attempt_rows("bb", media_id="cd" * 32, run_id="run-2"), DECEMBER)
    partly = attempt_rows("cc", media_id="ef" * 32, run_id="run-2", outcomes=("ok", "failed"), outcome="partial")
    publish_analysis(dataset, partly, DECEMBER)
    publish_run(dataset, {"runs": [row("runs", run_id="run-1")], "failures": [failure]}, run())
    publish_run(dataset, {"runs": [row("runs", run_id="run-2")], "inputs": [row("inputs", uri="x.mp4")]}, DECEMBER)
    publish_decisions(dataset, [row("decisions", decision_id="d", analysis_id="aa", media_id="ab" * 32)], run())
    decided = {"reviews": [row("reviews", review_id="r1")], "verdicts": [row("verdicts", analysis_id="aa")]}
    publish_run(dataset, decided, run("review-1"))
    files = {"subtitles": [row("subtitles", path="a.srt")], "subtitle_qc": [row("subtitle_qc", path="a.srt")]}
    publish_rows(dataset, {**files, "translations": [row("translations", translation_id="t")]}, run(), "subtitles-1")
    return dataset


@pytest.fixture(scope="module")
def counts(dataset: Dataset) -> dict[str, int]:
    """How many rows a query of ours finds in each table."""
    found = {table: len(rows) for table, rows in ask_each(dataset, TABLES).items()}
    assert 0 not in found.values()
    return found


@pytest.mark.parametrize("table", TABLES)
def test_duckdb_reads_the_table(dataset: Dataset, counts: dict[str, int], table: str) -> None:
    with duckdb.connect() as connection:
        files = f"{dataset.root}/{table}/**/*.parquet"
        found = connection.read_parquet(files, hive_partitioning=True).to_arrow_table()
    assert found.num_rows == counts[table]
    assert found.column_names == [*TABLES[table].names, "month"]


@pytest.mark.parametrize("table", TABLES)
def test_pandas_reads_the_table(dataset: Dataset, counts: dict[str, int], table: str) -> None:
    found = pd.read_parquet(dataset.table(table))
    assert len(found) == counts[table]
    assert list(found.columns) == [*TABLES[table].names, "month"]


@pytest.mark.parametrize("table", TABLES)
def test_polars_reads_the_table(dataset: Dataset, counts: dict[str, int], table: str) -> None:
    found = pl.read_parquet(f"{dataset.root}/{table}/**/*.parquet", hive_partitioning=True)
    assert len(found) == counts[table]
    assert found.columns == [*TABLES[table].names, "month"]


@pytest.mark.parametrize("table", TABLES)
def test_pyarrow_reads_the_table_with_its_schema(dataset: Dataset, counts: dict[str, int], table: str) -> None:
    found = pads.dataset(dataset.table(table), partitioning="hive").to_table()
    assert found.num_rows == counts[table]
    assert found.drop_columns(["month"]).schema.equals(TABLES[table])


@pytest.mark.parametrize("sql", re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL))
def test_the_sql_of_the_documentation_answers(dataset: Dataset, sql: str) -> None:
    known = sql.replace("'1a2b3c4d', '5e6f7a8b'", "'aa', 'cc'")
    assert run_sql(dataset, known).num_rows > 0


def test_the_python_of_the_documentation_runs(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dataset.root.parent)
    [snippet] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    assert len(names["timeline"]) == 15


# --- at any moment -------------------------------------------------------------------------------------------------

Key = tuple[str, int, int]  # analysis_id, attempt, seq


def _with_duckdb(files: Path) -> Iterable[Key]:
    pattern = f"{files}/month=*/*.parquet"
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT analysis_id, attempt, seq FROM '{pattern}'").fetchall()


def _with_pandas(files: Path) -> Iterable[Key]:
    found = pd.read_parquet(files, columns=["analysis_id", "attempt", "seq"])
    return zip(found["analysis_id"], found["attempt"], found["seq"], strict=True)


def _with_polars(files: Path) -> Iterable[Key]:
    return pl.scan_parquet(f"{files}/month=*/*.parquet").select("analysis_id", "attempt", "seq").collect().rows()


def _with_pyarrow(files: Path) -> Iterable[Key]:
    found = pads.dataset(files, partitioning="hive").to_table(columns=["analysis_id", "attempt", "seq"])
    return zip(*(column.to_pylist() for column in found.columns), strict=True)


def _months(files: Path) -> set[tuple[str, int]]:
    return {(month.name, month.stat().st_ino) for month in files.iterdir()}


def test_tables_stay_right_while_others_publish_and_merge(tmp_path: Path) -> None:
    """A reader that listed the files before a folder was exchanged may miss them; it never sees a row twice."""
    dataset, first = Dataset.open(tmp_path), 8
    publish(dataset, range(first))
    tools: list[Callable[[Path], Iterable[Key]]] = [_with_duckdb, _with_pandas, _with_polars, _with_pyarrow]
    seen: Counter[object] = Counter()
    missed: Counter[object] = Counter()
    files = dataset.table("transcript")
    with Fork(keep_busy, tmp_path, first) as busy:
        while not busy.ended:
            published = _published(dataset)
            for tool in tools:
                months = _months(files)
                with suppress(FileNotFoundError, duckdb.IOException):
                    found = Counter(tool(files))
                    utterances = Counter(analysis for analysis, _, _ in found)
                    assert set(found.values()) == {1}, "no row twice"
                    assert set(utterances.values()) == {2}, "no attempt in part"
                    whole = published <= utterances.keys()
                    assert whole or _months(files) != months, "nothing is missing"
                    seen[tool], missed[tool] = seen[tool] + whole, missed[tool] + (not whole)
            shown = run_sql(dataset, "SELECT analysis_id, count(*) AS n FROM current_transcript GROUP BY ALL")
            assert set(shown["n"].to_pylist()) == {2}
            assert published <= set(shown["analysis_id"].to_pylist())
        told = busy.words
        assert busy.wait() == 0
    assert len(told) == COMPACTIONS
    assert int(told[0]) > 0
    assert all(seen[tool] for tool in tools)
    assert missed.total() <= 1, "it takes an exchange in the instant between listing names and looking at them"


def _published(dataset: Dataset) -> set[str]:
    """What stands in `analyses` by now."""
    return set(run_sql(dataset, "SELECT analysis_id FROM analyses")["analysis_id"].to_pylist())

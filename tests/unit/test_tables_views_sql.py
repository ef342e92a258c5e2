"""`views.sql`: the tables and ready views for a DuckDB that knows nothing of reelsheet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tasks.query.sql import connect
from tasks.store.commit import publish_run
from tasks.store.dataset import Dataset
from tasks.tables.schemas import TABLES
from tasks.tables.views import VIEWS
from tests.support.dataset_rows import START, attempt_rows, row, run
from tests.support.publishing import publish_analysis

NAMES = [*TABLES, *(view.call for view in VIEWS)]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.open(tmp_path / "it's a dataset")


@contextmanager
def _plain(dataset: Dataset) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in whose search path the dataset lies."""
    folder = str(dataset.root).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{folder}'; SET TimeZone = 'UTC'")
        connection.execute((dataset.root / "views.sql").read_text())
        yield connection


def _fill(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa"), run())
    publish_analysis(dataset, attempt_rows("aa", 2, completed_at=START + timedelta(hours=1)), run())
    publish_run(dataset, {"runs": [row("runs", run_id="run-1")], "inputs": [row("inputs", run_id="run-1")]}, run())


@pytest.mark.parametrize("filled", [False, True])
def test_it_answers_what_query_answers(dataset: Dataset, filled: bool) -> None:
    if filled:
        _fill(dataset)
    with _plain(dataset) as plain, connect(dataset) as ours:
        for name in NAMES:
            expected = ours.sql(f"FROM {name}").to_arrow_table()
            assert plain.sql(f"FROM {name}").to_arrow_table().equals(expected), name


def test_it_works_from_the_datasets_folder_as_it_is(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(dataset)
    monkeypatch.chdir(dataset.root)
    with duckdb.connect() as connection:
        connection.execute(Path("views.sql").read_text())
        assert connection.sql("SELECT count(*) FROM timeline").fetchall() == [(6,)]
        assert connection.sql("SELECT hit FROM around('ell') LIMIT 1").df()["hit"].tolist() == ["hello"]
        assert connection.sql("FROM talk_time").pl()["speaker"].to_list() == ["Ann"]


def test_it_follows_when_a_table_gets_its_first_file(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa"), run())
    with _plain(dataset) as plain:
        assert plain.sql("FROM failures").fetchall() == []
    publish_run(dataset, {"failures": [row("failures", uri="x.mp4")]}, run())
    with _plain(dataset) as plain:
        assert plain.sql("SELECT uri FROM failures").fetchall() == [("x.mp4",)]


def test_it_is_written_anew_only_where_it_says_something_else(dataset: Dataset) -> None:
    _fill(dataset)
    file = dataset.root / "views.sql"
    written, text = file.stat().st_ino, file.read_text()
    publish_analysis(dataset, attempt_rows("bb"), run())
    Dataset.open(dataset.root)
    assert file.stat().st_ino == written
    file.write_text(text.splitlines()[0] + "\n-- of an older version\n")
    Dataset.open(dataset.root)
    assert file.read_text() == text


@pytest.mark.parametrize(
    "writes", [Dataset.open, lambda root: publish_analysis(Dataset.at(root), attempt_rows(), run())]
)
def test_a_file_of_that_name_that_is_not_ours_stays(dataset: Dataset, writes: Any) -> None:
    (dataset.root / "views.sql").write_text("SELECT 1;")
    writes(dataset.root)
    assert (dataset.root / "views.sql").read_text() == "SELECT 1;"


def test_nothing_is_left_beside_it(dataset: Dataset) -> None:
    _fill(dataset)
    assert {path.name for path in dataset.root.iterdir()} <= {*TABLES, ".reelsheet", "views.sql"}
    assert not list(dataset.hidden.glob("views*"))

"""Killed at any instant and run again, the dataset holds what an uninterrupted run would have left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tasks.store.answers import AnswerStore
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import NAMES
from tasks.store.history import History
from tasks.tables.schemas import FACT_TABLES, TABLES
from tests.support.dataset_rows import segment_id
from tests.support.dataset_run import small_run

ROOT = Path(__file__).parents[2]


def _killed(folder: Path, run_id: str, point: str) -> list[str]:
    """The segments that were asked by a run which dies at the point."""
    command = [sys.executable, "-m", "tests.support.dataset_run", str(folder), run_id, point]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, f"{point} was never reached; {done.stderr}"
    return done.stdout.split()


def _content(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table but for the names of the runs."""
    dataset = Dataset(folder)
    tables = {}
    for table in set(TABLES) - {"runs", "inputs"}:
        rows = [row for file in dataset.files(table) for row in pq.ParquetFile(file).read().to_pylist()]
        tables[table] = sorted(({k: v for k, v in r.items() if k != "run_id"} for r in rows), key=repr)
    return tables


def _check_what_readers_see(folder: Path) -> None:
    dataset = Dataset(folder)
    for table in TABLES:
        for file in dataset.table(table).rglob("*"):
            assert file.is_dir() or pq.ParquetFile(file).read().schema.equals(TABLES[table])
    for file in dataset.files("analyses"):
        for analysis in pq.ParquetFile(file).read().to_pylist():
            name = f"{analysis['analysis_id']}-{analysis['attempt']}"
            assert all(dataset.find(table, name) for table in FACT_TABLES), "analyses come last"


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert len(small_run(folder, "only")) == 4
    return _content(folder)


@pytest.mark.parametrize("point", NAMES)
def test_killed_here_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, point: str, uninterrupted: dict[str, list[dict[str, Any]]]
) -> None:
    asked = _killed(tmp_path, "killed", point)
    _check_what_readers_see(tmp_path)
    asked_again = small_run(tmp_path, "again")
    assert _content(tmp_path) == uninterrupted
    assert set(asked) & set(asked_again) == ({segment_id("aa", 0)} if point == "answer.written" else set())
    leftovers = [p for f in ("staging", "commits", "answers") for p in (tmp_path / ".reelsheet" / f).glob("*/*")]
    assert leftovers == []


def test_killed_again_and_again_it_still_ends_well(
    tmp_path: Path, uninterrupted: dict[str, list[dict[str, Any]]]
) -> None:
    for number, point in enumerate(("answer.kept", "commit.staged", "commit.moved.media", "commit.moved.calls")):
        _killed(tmp_path, f"killed-{number}", point)
    small_run(tmp_path, "again")
    assert _content(tmp_path) == uninterrupted


def test_recovering_leaves_alone_what_a_living_process_publishes(tmp_path: Path) -> None:
    dataset = Dataset.open(tmp_path)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.dataset_run", str(tmp_path), f"side-{n}"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        for n in range(2)
    ]
    while any(worker.poll() is None for worker in workers):
        recover(dataset)
    for worker in workers:
        assert worker.wait() == 0
    history = History(dataset)
    assert history.attempts == {"aa": 1, "bb": 1}
    assert len(dataset.files("media")) == 1
    assert AnswerStore(dataset).get(segment_id("aa", 0)) is None

"""Killed at any instant and run again, the dataset holds what an uninterrupted run would have left."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import NAMES
from tasks.tables.schemas import FACT_TABLES, TABLES
from tests.support.cli import wait_until
from tests.support.dataset_rows import segment_id
from tests.support.dataset_run import BATCHES, dying_run, small_run
from tests.support.forks import Fork

SEGMENTS = {segment_id(analysis, seq) for batch in BATCHES for analysis in batch for seq in (0, 1)}
Content = dict[str, list[dict[str, Any]]]


def _started(folder: Path, run_id: str, *points: str) -> Fork:
    return Fork(dying_run, folder, run_id, points)


def _killed(folder: Path, run_id: str, point: str) -> list[str]:
    """The segments that were asked by a run which dies at the point."""
    with _started(folder, run_id, point) as process:
        assert process.wait() == -signal.SIGKILL, f"{point} was never reached"
        return process.words


def _rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return [row for file in Dataset.at(folder).files(table) for row in pq.ParquetFile(file).read().to_pylist()]


def _content(folder: Path) -> Content:
    """The rows of every table, but for the names of the runs and what each run tells of itself."""
    tables: Content = {}
    for table in set(TABLES) - {
        "runs",
        "inputs",
        "verdicts",
        "reviews",
        "decisions",
        "translations",
        "subtitles",
        "subtitle_qc",
    }:
        rows = [row for row in _rows(folder, table) if table != "failures" or row["segment_id"]]
        tables[table] = sorted(({k: v for k, v in row.items() if k != "run_id"} for row in rows), key=repr)
    return tables


def _check_what_readers_see(folder: Path) -> None:
    """Only whole files, and of an analysis that stands in `analyses` the rows of every table."""
    for table, schema in TABLES.items():
        for file in Dataset.at(folder).table(table).rglob("*"):
            assert file.is_dir() or pq.ParquetFile(file).read().schema.equals(schema)
    complete = {row["analysis_id"] for row in _rows(folder, "analyses")}
    for table in FACT_TABLES:
        assert complete <= {row["analysis_id"] for row in _rows(folder, table)}, "analyses come last"


def _leftovers(folder: Path) -> list[Path]:
    hidden = folder / ".reelsheet"
    return [*(p for f in ("staging", "commits", "runs") for p in (hidden / f).iterdir()), *hidden.glob("answers/*/*")]


def _states(folder: Path) -> dict[str, str]:
    rows = _rows(folder, "runs")
    assert len({row["run_id"] for row in rows}) == len(rows)
    return {row["run_id"]: row["state"] for row in rows}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Content:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert set(small_run(folder, "only")) == SEGMENTS
    content = _content(folder)
    assert {table: len(rows) for table, rows in content.items()} == {
        "media": 3, "analyses": 4, "segments": 12, "speakers": 4, "failures": 4,
        **dict.fromkeys(("storyline", "visible_text", "transcript", "extra_sections", "turns", "findings", "calls"), 8),
    }  # fmt: skip
    return content


@pytest.mark.parametrize("point", NAMES)
def test_killed_here_nothing_is_lost_and_nothing_doubled(tmp_path: Path, point: str, uninterrupted: Content) -> None:
    if point == "run.buried":
        _killed(tmp_path, "before", "run.begun")
    asked = _killed(tmp_path, "killed", point)
    _check_what_readers_see(tmp_path)
    asked_again = small_run(tmp_path, "again")
    assert _content(tmp_path) == uninterrupted
    assert set(asked) & set(asked_again) == ({segment_id("aa", 0)} if point == "answer.written" else set())
    assert set(asked) | set(asked_again) == SEGMENTS
    assert _leftovers(tmp_path) == []
    assert _states(tmp_path) == {"again": "completed"} | _states_of_the_killed(point)


def _states_of_the_killed(point: str) -> dict[str, str]:
    """One row tells of each run that had begun; it says completed where the row was decided before the end."""
    if point in ("run.begin", "run.noted"):
        return {}
    if point in (
        "commit.moved.runs",
        "commit.moved.inputs",
        "commit.moved.reviews",
        "commit.moved.verdicts",
        "run.end",
        "run.ended",
    ):
        return {"killed": "completed"}
    return {"killed": "killed"} | ({"before": "killed"} if point == "run.buried" else {})


def test_killed_again_and_again_it_still_ends_well(tmp_path: Path, uninterrupted: Content) -> None:
    for number, point in enumerate(("answer.kept", "commit.staged", "commit.moved.media", "commit.moved.calls")):
        _killed(tmp_path, f"killed-{number}", point)
    small_run(tmp_path, "again")
    assert _content(tmp_path) == uninterrupted
    # The last one died while it finished what the one before had left, and so before it began.
    assert _states(tmp_path) == {"again": "completed"} | {f"killed-{number}": "killed" for number in range(3)}


def test_of_two_runs_at_once_each_segment_is_asked_by_one(tmp_path: Path, uninterrupted: Content) -> None:
    dataset = Dataset.open(tmp_path)
    with _started(tmp_path, "one") as one, _started(tmp_path, "two") as two:
        while not (one.ended and two.ended):
            recover(dataset)  # leaves alone what a living process publishes
        asked = [run.words for run in (one, two)]
        assert (one.wait(), two.wait()) == (0, 0)
    assert sorted([*asked[0], *asked[1]]) == sorted(SEGMENTS)
    assert _content(tmp_path) == uninterrupted
    assert _states(tmp_path) == {"one": "completed", "two": "completed"}
    assert _leftovers(tmp_path) == []


@pytest.mark.parametrize("point", ["answer.kept", "commit.staged", "commit.moved.segments"])
def test_where_one_of_two_runs_is_killed_the_other_takes_over(
    tmp_path: Path, point: str, uninterrupted: Content
) -> None:
    with _started(tmp_path, "dying", point) as dying:
        wait_until(lambda: dying.words or dying.ended)  # else a quick one leaves nothing for it to die at
        with _started(tmp_path, "living") as living:
            assert (dying.wait(), living.wait()) == (-signal.SIGKILL, 0)
            asked = [run.words for run in (dying, living)]
    assert sorted([*asked[0], *asked[1]]) == sorted(SEGMENTS)
    assert _content(tmp_path) == uninterrupted

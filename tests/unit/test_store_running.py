"""Runs that have begun: one row tells of each, also of those that were killed."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest

from tasks.store.answers import AnswerStore
from tasks.store.claims import Claims
from tasks.store.commit import publish_run
from tasks.store.dataset import Dataset
from tasks.store.disk import temporary_name
from tasks.store.running import begin, end, record_killed_runs
from tests.support.dataset_rows import answer, planned, row, run


def _markers(dataset: Dataset) -> list[str]:
    return sorted(file.name for file in (dataset.hidden / "runs").iterdir())


def _runs(dataset: Dataset) -> list[dict[str, Any]]:
    return [row for file in dataset.files("runs") for row in pq.ParquetFile(file).read().to_pylist()]


def _killed(dataset: Dataset, run_id: str = "killed") -> None:
    """A run that began, and whose claim the system has freed."""
    with Claims(dataset) as claims:
        begin(dataset, run(run_id), claims)


def test_a_run_that_ends_leaves_nothing_behind(dataset: Dataset, claims: Claims) -> None:
    begin(dataset, run("mine"), claims)
    assert _markers(dataset) == ["mine.json"]
    end(dataset, "mine")
    assert _markers(dataset) == []
    assert record_killed_runs(dataset, claims) == 0


def test_files_that_killed_writers_left_go_a_day_later(dataset: Dataset, claims: Claims) -> None:
    AnswerStore(dataset).put(answer(planned(name="aa01")))
    kept = {path for path in dataset.root.rglob("*") if path.is_file()}
    answers = dataset.hidden / "answers" / "aa"
    leftovers = [temporary_name(dataset.hidden / "reserve"), temporary_name(answers / "aa02.json")]
    of_the_living = [temporary_name(dataset.hidden / "probe"), temporary_name(answers / "aa03.json")]
    for path in (*leftovers, *of_the_living):
        path.write_bytes(b"half a file")
    for path in (*leftovers, *kept):
        os.utime(path, (time.time() - 90_000,) * 2)

    record_killed_runs(dataset, claims)

    assert {path for path in dataset.root.rglob("*") if path.is_file()} == kept | {*of_the_living}


def test_a_run_that_was_killed_gets_a_row_without_end_and_counts(dataset: Dataset, claims: Claims) -> None:
    started = datetime(2026, 9, 30, 23, 59, 59, 123_456, UTC)
    with Claims(dataset) as its:
        begin(dataset, run("killed", started), its)
    assert record_killed_runs(dataset, claims) == 1
    [told] = _runs(dataset)
    assert (told["run_id"], told["state"], told["started_at"], told["ended_at"]) == ("killed", "killed", started, None)
    assert (told["trigger"], told["config_json"], told["code_version"]) == ("command", "{}", "0.1.0")
    assert (told["recordings_seen"], told["segments_asked"], told["requests"], told["output_tokens"]) == (0, 0, 0, 0)
    assert (told["cost_nano"], told["currency"]) == (None, None)
    assert [file.parent.name for file in dataset.files("runs")] == ["month=2026-09"]
    assert _markers(dataset) == []


def test_it_is_buried_once(dataset: Dataset, claims: Claims) -> None:
    _killed(dataset)
    assert [record_killed_runs(dataset, claims), record_killed_runs(dataset, claims)] == [1, 0]
    assert len(_runs(dataset)) == 1


def test_a_run_that_lives_is_left_alone_also_by_itself(dataset: Dataset, claims: Claims) -> None:
    begin(dataset, run("alive"), claims)
    with Claims(dataset) as others:
        assert record_killed_runs(dataset, others) == 0
    assert record_killed_runs(dataset, claims) == 0
    assert _markers(dataset) == ["alive.json"]
    assert claims.held("run:alive")
    assert _runs(dataset) == []


@pytest.mark.parametrize("name", ["killed", "merged"])
def test_where_the_row_is_published_only_the_marker_goes(dataset: Dataset, claims: Claims, name: str) -> None:
    _killed(dataset)
    publish_run(dataset, {"runs": [row("runs", run_id="killed", state="completed")]}, run("killed"))
    [file] = dataset.files("runs")
    file.rename(file.with_name(f"{name}.parquet"))
    assert record_killed_runs(dataset, claims) == 0
    assert [told["state"] for told in _runs(dataset)] == ["completed"]
    assert _markers(dataset) == []


def test_what_never_became_a_marker_is_no_run(dataset: Dataset, claims: Claims) -> None:
    (dataset.hidden / "runs").mkdir()
    (dataset.hidden / "runs" / "half.json.0123456789ab.tmp").write_bytes(b'{"run_id"')
    (dataset.hidden / "runs" / "damaged.json").write_bytes(b"{")
    assert record_killed_runs(dataset, claims) == 0
    assert _markers(dataset) == []
    assert _runs(dataset) == []


def test_a_run_does_not_begin_twice(dataset: Dataset, claims: Claims) -> None:
    begin(dataset, run("mine"), claims)
    with pytest.raises(ValueError, match="mine has begun already"):
        begin(dataset, run("mine"), claims)

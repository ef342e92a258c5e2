"""Publishing: what readers see, and what is never seen twice."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.store.answers import AnswerStore
from tasks.store.commit import Recovered, publish_analysis, publish_run, recover
from tasks.store.dataset import Dataset
from tests.support.dataset_rows import MEDIA, START, answer, attempt_rows, planned, row, run, segment_id


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.open(tmp_path)


def test_each_table_with_rows_gets_one_file_in_the_month_of_the_run(dataset: Dataset) -> None:
    assert publish_analysis(dataset, attempt_rows("beef"), run())
    files = {p.relative_to(dataset.root).as_posix() for p in dataset.root.glob("*/*/*.parquet")}
    tables = [
        "analyses",
        "calls",
        "extra_sections",
        "segments",
        "speakers",
        "storyline",
        "transcript",
        "turns",
        "visible_text",
    ]
    assert files == {f"{t}/month=2026-11/beef-1.parquet" for t in tables} | {f"media/month=2026-11/{MEDIA}.parquet"}


def test_files_are_compressed_with_zstd(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(), run())
    meta = pq.read_metadata(dataset.files("segments")[0])
    assert {meta.row_group(0).column(i).compression for i in range(meta.num_columns)} == {"ZSTD"}


def test_a_recording_has_one_row_however_often_it_is_analysed(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa"), run())
    publish_analysis(dataset, attempt_rows("bb"), run(started_at=START + timedelta(days=40)))
    publish_run(dataset, {"media": [row("media", media_id=MEDIA)]}, run())
    assert len(dataset.files("media")) == 1
    assert len(dataset.files("analyses")) == 2


def test_the_raw_answers_are_forgotten_once_published(dataset: Dataset) -> None:
    answers = AnswerStore(dataset)
    answers.put(answer(planned(name=segment_id("aa", 0))))
    answers.put(answer(planned(name="other")))
    publish_analysis(dataset, attempt_rows("aa"), run())
    assert answers.get(segment_id("aa", 0)) is None
    assert answers.get("other") is not None


def test_nothing_is_left_of_a_commit(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(), run())
    assert list(dataset.staging.iterdir()) == []
    assert list(dataset.commits.iterdir()) == []


def test_an_attempt_that_another_process_has_finished_is_dropped(dataset: Dataset) -> None:
    assert publish_analysis(dataset, attempt_rows("aa", run_id="one"), run("one"))
    assert not publish_analysis(dataset, attempt_rows("aa", run_id="two"), run("two", START + timedelta(days=30)))
    assert [r["run_id"] for f in dataset.files("analyses") for r in pq.ParquetFile(f).read().to_pylist()] == ["one"]


def test_after_an_unfinished_attempt_of_another_process_comes_the_next_number(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", outcomes=("ok", "skipped"), run_id="one"), run("one"))
    assert publish_analysis(dataset, attempt_rows("aa", run_id="two"), run("two"))
    assert [f.name for f in dataset.files("segments")] == ["aa-1.parquet", "aa-2.parquet"]
    assert set(pq.ParquetFile(dataset.files("segments")[1]).read()["attempt"].to_pylist()) == {2}


@pytest.mark.parametrize("outcomes", [("ok", "ok"), ("ok", "skipped")])
def test_publishing_the_same_attempt_again_changes_nothing(dataset: Dataset, outcomes: tuple[str, ...]) -> None:
    assert publish_analysis(dataset, attempt_rows("aa", outcomes=outcomes), run())
    assert not publish_analysis(dataset, attempt_rows("aa", outcomes=outcomes), run())
    assert [f.name for f in dataset.files("segments")] == ["aa-1.parquet"]


def test_a_run_published_twice_is_there_once(dataset: Dataset) -> None:
    for state in ("running", "completed"):
        publish_run(dataset, {"runs": [row("runs", run_id="run-1", state=state)]}, run())
    assert [r["state"] for f in dataset.files("runs") for r in pq.ParquetFile(f).read().to_pylist()] == ["completed"]


def test_failures_of_segments_come_with_their_analysis_only(dataset: Dataset) -> None:
    whole, part = row("failures", uri="whole.mp4"), row("failures", uri="part.mp4", segment_id="s")
    publish_analysis(dataset, attempt_rows("aa") | {"failures": [part]}, run())
    publish_run(dataset, {"runs": [row("runs", run_id="run-1")], "failures": [whole, part]}, run())
    uris = [r["uri"] for f in dataset.files("failures") for r in pq.ParquetFile(f).read().to_pylist()]
    assert sorted(uris) == ["part.mp4", "whole.mp4"]


def test_recovering_a_tidy_dataset_does_nothing(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(), run())
    assert recover(dataset) == Recovered(finished=0, undone=0)


def test_what_was_only_staged_is_undone(dataset: Dataset) -> None:
    (dataset.staging / "aa-1").mkdir()
    (dataset.staging / "aa-1" / "0.parquet").write_bytes(b"half")
    assert recover(dataset) == Recovered(finished=0, undone=1)
    assert list(dataset.staging.iterdir()) == []


def test_a_decided_commit_that_the_disk_has_damaged_is_moved_aside(dataset: Dataset) -> None:
    folder = dataset.commits / "aa-1"
    folder.mkdir()
    (folder / "0.parquet").write_bytes(b"data")
    (folder / "commit.json").write_bytes(b"{")
    assert recover(dataset) == Recovered(finished=0, undone=0)
    assert (dataset.hidden / "broken" / "aa-1" / "0.parquet").read_bytes() == b"data"


def test_the_next_commit_finishes_one_that_was_left(dataset: Dataset) -> None:
    folder = dataset.commits / "aa-1"
    folder.mkdir()
    (folder / "0.parquet").write_bytes(b"data")
    commit = {"moves": {"0.parquet": "turns/month=2026-11/aa-1.parquet"}, "forget": []}
    (folder / "commit.json").write_text(json.dumps(commit))
    publish_analysis(dataset, attempt_rows("bb"), run())
    assert (dataset.root / "turns/month=2026-11/aa-1.parquet").read_bytes() == b"data"


def test_a_name_that_would_leave_the_dataset_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        publish_run(dataset, {"runs": [row("runs", run_id="../x")]}, run("../x"))


def test_rows_that_break_the_schema_publish_nothing(dataset: Dataset) -> None:
    broken = attempt_rows()
    broken["transcript"][0]["text"] = None
    with pytest.raises(ValueError, match="has no text"):
        publish_analysis(dataset, broken, run())
    assert [p for p in dataset.root.iterdir() if p.name != ".reelsheet"] == []
    assert list(dataset.staging.iterdir()) == []


def test_many_threads_publish_side_by_side(dataset: Dataset) -> None:
    names = [f"a{n:03d}" for n in range(12)]
    threads = [threading.Thread(target=publish_analysis, args=(dataset, attempt_rows(n), run())) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [f.stem for f in dataset.files("analyses")] == [f"{n}-1" for n in names]
    assert len(dataset.files("media")) == 1

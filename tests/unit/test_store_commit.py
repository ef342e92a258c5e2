"""Publishing: what readers see, and what is never seen twice."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from itertools import chain
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.store.answers import AnswerStore
from tasks.store.commit import Recovered, publish_attempts, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.tables.rows import Rows
from tasks.tables.schemas import FACT_TABLES
from tests.support.dataset_rows import MEDIA, START, answer, attempt_rows, planned, row, run, segment_id


def _batch(dataset: Dataset, *attempts: Rows, run_id: str = "run-1", name: str = "") -> frozenset[str]:
    return publish_attempts(dataset, attempts, run(run_id), name or f"{run_id}-00001")


def _rows(dataset: Dataset, table: str) -> list[dict[str, Any]]:
    return [row for file in dataset.files(table) for row in pq.ParquetFile(file).read().to_pylist()]


def test_the_attempts_of_a_commit_share_one_file_per_table_in_the_month_of_the_run(dataset: Dataset) -> None:
    assert _batch(dataset, attempt_rows("aa"), attempt_rows("bb", media_id="cd" * 32)) == {"aa", "bb"}
    files = {p.relative_to(dataset.root).as_posix() for p in dataset.root.glob("*/*/*.parquet")}
    assert files == {f"{table}/month=2026-11/run-1-00001.parquet" for table in (*FACT_TABLES, "media")}
    for table in FACT_TABLES:
        assert {row["analysis_id"] for row in _rows(dataset, table)} == {"aa", "bb"}


def test_the_rows_of_a_file_are_sorted_by_recording_and_time_across_the_attempts(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows("bb", media_id="cd" * 32), attempt_rows("aa", media_id="ab" * 32))
    places = [(row["media_id"][:2], row["start_ms"]) for row in _rows(dataset, "transcript")]
    assert places == [("ab", 0), ("ab", 60_000), ("cd", 0), ("cd", 60_000)]


def test_a_table_without_rows_gets_no_file(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows("aa", outcomes=("failed",), outcome="failed"))
    assert dataset.files("segments")
    assert not dataset.table("transcript").exists()


def test_files_are_compressed_with_zstd(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows())
    meta = pq.read_metadata(dataset.files("segments")[0])
    assert {meta.row_group(0).column(i).compression for i in range(meta.num_columns)} == {"ZSTD"}


def test_a_recording_has_one_row_however_often_it_is_analysed(dataset: Dataset) -> None:
    later = run("run-2", START + timedelta(days=40))
    _batch(dataset, attempt_rows("aa"), attempt_rows("bb"))
    publish_attempts(dataset, [attempt_rows("cc", run_id="run-2")], later, "run-2-00001")
    publish_run(dataset, {"media": [row("media", media_id=MEDIA), row("media", media_id="new")]}, later)
    assert [r["media_id"] for r in _rows(dataset, "media")] == [MEDIA, "new"]


def test_the_first_sight_of_a_recording_stays(dataset: Dataset) -> None:
    first, second = attempt_rows("aa"), attempt_rows("bb")
    second["media"][0]["uri"] = "copy.mp4"
    _batch(dataset, first, second)
    assert [r["uri"] for r in _rows(dataset, "media")] == ["abab.mp4"]


def test_a_recording_that_only_the_merged_files_know_is_not_written_again(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows("aa"))
    [file] = dataset.files("media")
    file.rename(file.with_name("merged.parquet"))
    _batch(dataset, attempt_rows("bb"), name="run-1-00002")
    assert [f.name for f in dataset.files("media")] == ["merged.parquet"]


def test_the_raw_answers_are_forgotten_once_published(dataset: Dataset) -> None:
    answers = AnswerStore(dataset)
    answers.put(answer(planned(name=segment_id("aa", 0))))
    answers.put(answer(planned(name="other")))
    _batch(dataset, attempt_rows("aa"))
    assert answers.get(segment_id("aa", 0)) is None
    assert answers.get("other") is not None


def test_of_an_answer_taken_over_a_newer_one_that_is_not_published_yet_is_kept(dataset: Dataset) -> None:
    answers = AnswerStore(dataset)
    answers.put(answer(planned(name=segment_id("aa", 0)), text="newer"))
    taken_over = attempt_rows("aa", 2) | {"calls": []}
    _batch(dataset, taken_over)
    assert answers.get(segment_id("aa", 0)) is not None


def test_nothing_is_left_of_a_commit(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows())
    assert list((dataset.hidden / "staging").iterdir()) == []
    assert list((dataset.hidden / "commits").iterdir()) == []


def test_an_attempt_that_another_run_has_finished_is_dropped_and_the_others_are_published(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows("aa", run_id="one"), run_id="one")
    mine = [attempt_rows("aa", run_id="two"), attempt_rows("bb", run_id="two")]
    assert _batch(dataset, *mine, run_id="two") == {"bb"}
    assert [(r["analysis_id"], r["run_id"]) for r in _rows(dataset, "analyses")] == [("aa", "one"), ("bb", "two")]


def test_after_an_unfinished_attempt_of_another_run_comes_the_next_number_in_every_table(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows("aa", outcomes=("ok", "skipped"), outcome="partial", run_id="one"), run_id="one")
    assert _batch(dataset, attempt_rows("aa", run_id="two"), attempt_rows("bb", run_id="two"), run_id="two")
    for table in FACT_TABLES:
        numbers = {(r["analysis_id"], r["attempt"]) for r in _rows(dataset, table) if r["run_id"] == "two"}
        assert numbers == {("aa", 2), ("bb", 1)}


@pytest.mark.parametrize("outcomes", [("ok", "ok"), ("ok", "skipped")])
def test_publishing_again_what_this_run_has_published_changes_nothing(
    dataset: Dataset, outcomes: tuple[str, ...]
) -> None:
    batch = [attempt_rows("aa", outcomes=outcomes, outcome="partial"), attempt_rows("bb")]
    for _ in range(2):
        assert _batch(dataset, *batch) == {"aa", "bb"}
    assert [f.name for f in dataset.files("segments")] == ["run-1-00001.parquet"]
    assert len(_rows(dataset, "analyses")) == 2


def test_a_second_attempt_of_a_later_run_keeps_the_number_it_asks_for(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows("aa", run_id="one"), run_id="one")
    assert _batch(dataset, attempt_rows("aa", 2, run_id="two"), run_id="two") == {"aa"}
    assert [r["attempt"] for r in _rows(dataset, "analyses")] == [1, 2]


def test_a_file_is_never_replaced_by_another_of_its_name(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows("aa"), name="same")
    _batch(dataset, attempt_rows("bb"), name="same")
    assert [f.name for f in dataset.files("segments")] == ["same-2.parquet", "same.parquet"]
    assert {r["analysis_id"] for r in _rows(dataset, "calls")} == {"aa", "bb"}


def test_one_attempt_does_not_go_into_a_commit_twice(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="at another analysis"):
        _batch(dataset, attempt_rows("aa"), attempt_rows("aa"))


def test_two_attempts_at_one_analysis_may_follow_each_other_in_one_commit(dataset: Dataset) -> None:
    assert _batch(dataset, attempt_rows("aa"), attempt_rows("aa", 2)) == frozenset({"aa"})
    assert [row["attempt"] for row in _rows(dataset, "analyses")] == [1, 2]


def test_no_attempts_publish_nothing(dataset: Dataset) -> None:
    assert _batch(dataset) == frozenset()
    assert sorted(p.name for p in dataset.root.iterdir()) == [".reelsheet", "views.sql"]


@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=3, unique_by=lambda pair: pair[0]
        ),
        max_size=4,
    )
)
@settings(max_examples=15)
def test_whatever_runs_publish_no_attempt_is_there_twice_and_none_follows_a_finished_one(
    batches: list[list[tuple[str, bool]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    dataset = Dataset.open(tmp_path_factory.mktemp("any"))
    for number, batch in enumerate(batches):
        attempts = [
            attempt_rows(
                name, outcomes=("ok" if ok else "skipped",), outcome="ok" if ok else "failed", run_id=f"{number}"
            )
            for name, ok in batch
        ]
        _batch(dataset, *attempts, run_id=f"{number}")
    there = sorted((r["analysis_id"], r["attempt"], r["outcome"]) for r in _rows(dataset, "analyses"))
    for name in "abc":
        asked = [ok for batch in batches for asked, ok in batch if asked == name]
        expected = asked[: asked.index(True) + 1] if True in asked else asked
        assert [(n, o) for a, n, o in there if a == name] == [
            (n, "ok" if ok else "failed") for n, ok in enumerate(expected, 1)
        ]


def test_a_run_published_twice_is_there_once(dataset: Dataset) -> None:
    for state, media in (("interrupted", "aa"), ("completed", "bb")):
        rows = {"runs": [row("runs", run_id="run-1", state=state)], "media": [row("media", media_id=media)]}
        publish_run(dataset, rows, run())
    assert [r["state"] for r in _rows(dataset, "runs")] == ["completed"]
    assert {r["media_id"] for r in _rows(dataset, "media")} == {"aa", "bb"}


def test_failures_of_segments_come_with_their_analysis_only(dataset: Dataset) -> None:
    whole, part = row("failures", uri="whole.mp4"), row("failures", uri="part.mp4", segment_id="s")
    _batch(dataset, attempt_rows("aa") | {"failures": [part]})
    publish_run(dataset, {"runs": [row("runs", run_id="run-1")], "failures": [whole, part]}, run())
    assert sorted(r["uri"] for r in _rows(dataset, "failures")) == ["part.mp4", "whole.mp4"]


def test_recovering_a_tidy_dataset_does_nothing(dataset: Dataset) -> None:
    _batch(dataset, attempt_rows())
    assert recover(dataset) == Recovered(finished=0, undone=0)


def test_what_was_only_staged_is_undone(dataset: Dataset) -> None:
    (dataset.hidden / "staging" / "aa-1").mkdir()
    (dataset.hidden / "staging" / "aa-1" / "0.parquet").write_bytes(b"half")
    assert recover(dataset) == Recovered(finished=0, undone=1)
    assert list((dataset.hidden / "staging").iterdir()) == []


def test_a_decided_commit_that_the_disk_has_damaged_is_moved_aside(dataset: Dataset) -> None:
    folder = dataset.hidden / "commits" / "aa-1"
    folder.mkdir()
    (folder / "0.parquet").write_bytes(b"data")
    (folder / "commit.json").write_bytes(b"{")
    assert recover(dataset) == Recovered(finished=0, undone=0)
    assert (dataset.hidden / "broken" / "aa-1" / "0.parquet").read_bytes() == b"data"


def test_the_next_commit_finishes_one_that_was_left(dataset: Dataset) -> None:
    folder = dataset.hidden / "commits" / "aa-1"
    folder.mkdir()
    (folder / "0.parquet").write_bytes(b"data")
    commit = {"moves": {"0.parquet": "turns/month=2026-11/aa-1.parquet"}, "forget": []}
    (folder / "commit.json").write_text(json.dumps(commit))
    _batch(dataset, attempt_rows("bb"))
    assert (dataset.root / "turns/month=2026-11/aa-1.parquet").read_bytes() == b"data"


def test_a_name_that_would_leave_the_dataset_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a file"):
        publish_run(dataset, {"runs": [row("runs", run_id="../x")]}, run("../x"))


def test_rows_that_break_the_schema_publish_nothing(dataset: Dataset) -> None:
    broken = attempt_rows()
    broken["transcript"][0]["text"] = None
    with pytest.raises(ValueError, match="has no text"):
        _batch(dataset, broken)
    assert [p for p in dataset.root.iterdir() if p.name not in (".reelsheet", "views.sql")] == []
    assert list((dataset.hidden / "staging").iterdir()) == []


def test_many_threads_publish_side_by_side(dataset: Dataset) -> None:
    batches = [[f"a{n}{m}" for m in range(3)] for n in range(8)]
    threads = [
        threading.Thread(
            target=publish_attempts, args=(dataset, [attempt_rows(a) for a in batch], run(), f"run-1-{number:05d}")
        )
        for number, batch in enumerate(batches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r["analysis_id"] for r in _rows(dataset, "analyses")) == sorted(chain(*batches))
    assert len(_rows(dataset, "media")) == 1

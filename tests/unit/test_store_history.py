"""What is known already, so that nothing is asked twice."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.records import Outcome
from tasks.store.commit import publish_analysis
from tasks.store.dataset import Dataset
from tasks.store.history import History, KnownAnalysis
from tasks.tables.rows import Rows
from tests.support.dataset_rows import MEDIA, attempt_rows, run, segment_id


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.open(tmp_path)


def _publish(dataset: Dataset, rows: Rows) -> History:
    publish_analysis(dataset, rows, run())
    return History(dataset)


def test_a_fresh_dataset_knows_nothing(dataset: Dataset) -> None:
    history = History(dataset)
    assert history.known("aa") is None
    assert not history.is_done("aa")
    assert history.done(["aa", "bb"]) == set()
    assert history.next_attempt("aa") == 1
    assert history.answers("aa") == {}
    assert history.uri_of(MEDIA) is None


def test_a_published_analysis_is_done(dataset: Dataset) -> None:
    history = _publish(dataset, attempt_rows("aa"))
    assert history.is_done("aa")
    assert not history.is_done("bb")
    assert history.next_attempt("aa") == 2
    assert history.uri_of(MEDIA) == "abab.mp4"


@pytest.mark.parametrize("outcome", ["ok", "partial", "malformed", "truncated", "refused"])
def test_a_segment_with_any_answer_is_not_asked_again(dataset: Dataset, outcome: Outcome) -> None:
    assert _publish(dataset, attempt_rows("aa", outcomes=("ok", outcome))).is_done("aa")


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_skipped_segment_or_one_that_may_succeed_now_leaves_the_analysis_unfinished(
    dataset: Dataset, outcome: Outcome
) -> None:
    history = _publish(dataset, attempt_rows("aa", outcomes=("ok", outcome), outcome="partial"))
    assert history.known("aa") == KnownAnalysis(1, "partial", unfinished=True)
    assert not history.is_done("aa")


def test_a_failure_that_asking_again_cannot_mend_is_final(dataset: Dataset) -> None:
    rows = attempt_rows("aa", outcomes=("ok", "failed"), outcome="partial")
    rows["segments"][1]["retryable"] = False
    assert _publish(dataset, rows).is_done("aa")


def test_the_newest_attempt_counts(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", 1, ("ok", "skipped"), outcome="partial"), run())
    publish_analysis(dataset, attempt_rows("bb", 1, ("skipped",), outcome="failed"), run())
    history = _publish(dataset, attempt_rows("aa", 2))
    assert history.known("aa") == KnownAnalysis(2, "ok", unfinished=False)
    assert history.known("bb") == KnownAnalysis(1, "failed", unfinished=True)


def test_the_answers_of_an_unfinished_analysis_are_taken_over(dataset: Dataset) -> None:
    history = _publish(dataset, attempt_rows("aa", outcomes=("ok", "skipped", "refused", "failed")))
    answers = history.answers("aa")
    assert set(answers) == {segment_id("aa", 0), segment_id("aa", 2)}
    first = answers[segment_id("aa", 0)]
    assert (first.text, first.outcome) == ("hello 0", None)
    assert (first.segment.span.start_ms, first.segment.span.end_ms) == (0, 60_000)
    assert first.clip is not None
    assert (first.clip.video_sent, first.clip.audio_sent, first.clip.size_bytes) == ("sent", "silent", 1000)
    assert first.segment.picture is not None
    assert first.segment.picture.frames == 120


def test_an_answer_taken_over_is_not_paid_again(dataset: Dataset) -> None:
    history = _publish(dataset, attempt_rows("aa", outcomes=("ok", "skipped")))
    assert all(answer.calls == () for answer in history.answers("aa").values())


def test_answers_are_found_in_files_of_any_month(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", outcomes=("ok", "skipped"), text="old"), run())
    file = dataset.files("segments")[0]
    other = dataset.table("segments") / "month=2027-01" / file.name
    other.parent.mkdir()
    file.rename(other)
    assert [a.text for a in History(dataset).answers("aa").values()] == ["old 0"]


def test_attempts_that_share_a_file_are_known_too(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa", outcomes=("ok", "skipped"), outcome="partial"), run())
    publish_analysis(dataset, attempt_rows("bb", 3), run())
    for table in ("analyses", "segments"):
        files = dataset.files(table)
        together = pa.concat_tables(pq.ParquetFile(f).read() for f in files)
        pq.write_table(together, files[0].with_name("shared.0001.parquet"))
        for file in files:
            file.unlink()
    history = History(dataset)
    assert (history.next_attempt("aa"), history.next_attempt("bb")) == (2, 4)
    assert (history.is_done("aa"), history.is_done("bb")) == (False, True)
    assert list(history.answers("aa")) == [segment_id("aa", 0)]

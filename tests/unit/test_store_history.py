"""What is known already, so that nothing is asked twice."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.records import Outcome
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.store.history import History, KnownAnalysis, read_attempt
from tasks.tables.rows import Rows
from tasks.tables.schemas import FACT_TABLES
from tests.support.dataset_rows import MEDIA, attempt_rows, run, segment_id


def _publish(dataset: Dataset, *attempts: Rows, name: str = "run-1-00001") -> History:
    publish_attempts(dataset, attempts, run(), name)
    return History(dataset)


def _open(name: str, *outcomes: str, text: str = "hello", attempt: int = 1) -> Rows:
    """An attempt with such segments, that is not ok as a whole."""
    return attempt_rows(name, attempt, outcomes, outcome="partial", text=text)


def _for_good(rows: Rows) -> Rows:
    """Its failures cannot be mended by asking again."""
    for segment in rows["segments"]:
        segment["retryable"] = False
    return rows


# --- which analyses are done ---------------------------------------------------------------------------------------


def test_a_fresh_dataset_knows_nothing(dataset: Dataset) -> None:
    history = History(dataset)
    assert history.known("aa") is None
    assert not history.done(["aa"])
    assert history.done(["aa", "bb"]) == set()
    assert history.next_attempt("aa") == 1
    assert history.answers("aa") == {}
    assert history.uris([MEDIA]) == {}


def test_a_published_analysis_is_done(dataset: Dataset) -> None:
    history = _publish(dataset, attempt_rows("aa"), attempt_rows("bb"))
    assert history.done(["aa"])
    assert not history.done(["cc"])
    assert history.done(["aa", "bb", "cc"]) == {"aa", "bb"}
    assert history.next_attempt("aa") == 2
    assert history.uris([MEDIA]) == {MEDIA: "abab.mp4"}


@pytest.mark.parametrize("outcome", ["ok", "partial", "malformed", "truncated", "refused"])
def test_a_segment_with_any_answer_is_not_asked_again(dataset: Dataset, outcome: Outcome) -> None:
    assert _publish(dataset, _open("aa", "ok", outcome)).done(["aa"])


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_skipped_segment_or_one_that_may_succeed_now_leaves_the_analysis_unfinished(
    dataset: Dataset, outcome: Outcome
) -> None:
    history = _publish(dataset, _open("aa", "ok", outcome), attempt_rows("bb"))
    assert history.known("aa") == KnownAnalysis(1, "partial", unfinished=True)
    assert history.done(["aa", "bb"]) == {"bb"}


def test_a_failure_that_asking_again_cannot_mend_is_final(dataset: Dataset) -> None:
    assert _publish(dataset, _for_good(_open("aa", "ok", "failed")), _open("bb", "failed")).done(["aa", "bb"]) == {"aa"}


def test_the_newest_attempt_counts(dataset: Dataset) -> None:
    _publish(dataset, _open("aa", "ok", "skipped"), _open("bb", "skipped"))
    history = _publish(dataset, attempt_rows("aa", 2), name="run-1-00002")
    assert history.known("aa") == KnownAnalysis(2, "ok", unfinished=False)
    assert history.known("bb") == KnownAnalysis(1, "partial", unfinished=True)
    assert (history.next_attempt("aa"), history.next_attempt("bb")) == (3, 2)


def test_what_another_run_publishes_is_known_after_a_refresh(dataset: Dataset) -> None:
    history = History(dataset)
    assert not history.done(["aa"])
    _publish(dataset, attempt_rows("aa"))
    history.refresh()
    assert history.done(["aa"])


# --- the answers of earlier attempts -------------------------------------------------------------------------------


def test_the_answers_of_an_unfinished_analysis_are_taken_over(dataset: Dataset) -> None:
    history = _publish(dataset, _open("aa", "ok", "skipped", "refused", "failed"), _open("bb", "ok"))
    answers = history.answers("aa")
    assert set(answers) == {segment_id("aa", 0), segment_id("aa", 2)}
    first = answers[segment_id("aa", 0)]
    assert (first.text, first.outcome) == ("hello 0", None)
    assert (first.segment.span.start_ms, first.segment.span.end_ms) == (0, 60_000)
    assert first.clip is not None
    assert (first.clip.video_sent, first.clip.audio_sent, first.clip.size_bytes) == ("sent", "silent", 1000)
    assert first.segment.picture is not None
    assert first.segment.picture.frames == 120


def test_an_answer_taken_over_says_so_and_is_not_paid_again(dataset: Dataset) -> None:
    [answer] = _publish(dataset, _open("aa", "ok", "skipped")).answers("aa").values()
    assert (answer.taken_over, answer.calls) == (True, ())


def test_a_failure_that_asking_again_cannot_mend_is_taken_over_with_its_reason(dataset: Dataset) -> None:
    rows = _for_good(_open("aa", "ok", "failed"))
    rows["segments"][1] |= {"reason": "it is too large", "error_class": "TooLarge"}
    failed = _publish(dataset, rows).answers("aa")[segment_id("aa", 1)]
    assert (failed.outcome, failed.reason, failed.error_class) == ("failed", "it is too large", "TooLarge")
    assert (failed.text, failed.retryable, failed.taken_over) == ("", False, True)


def test_an_answer_without_text_keeps_its_outcome(dataset: Dataset) -> None:
    rows = _open("aa", "truncated", "refused")
    for segment in rows["segments"]:
        segment |= {"raw_answer": None, "reason": "nothing came"}
    answers = _publish(dataset, rows).answers("aa").values()
    assert [(answer.outcome, answer.text, answer.reason) for answer in answers] == [
        ("truncated", "", "nothing came"),
        ("refused", "", "nothing came"),
    ]


def test_what_is_wanted_again_is_left_out(dataset: Dataset) -> None:
    history = _publish(dataset, _open("aa", "ok", "malformed", "refused"))
    again = {segment_id("aa", 1), segment_id("aa", 2)}
    assert set(history.answers("aa", again)) == {segment_id("aa", 0)}


def test_only_the_newest_attempt_gives_answers(dataset: Dataset) -> None:
    _publish(dataset, _open("aa", "ok", "ok", "skipped", text="old"))
    history = _publish(dataset, _open("aa", "ok", "skipped", "skipped", attempt=2, text="new"), name="run-1-00002")
    assert [answer.text for answer in history.answers("aa").values()] == ["new 0"]


# --- where rows lie ------------------------------------------------------------------------------------------------


def test_the_rows_of_an_attempt_are_read_from_the_file_that_it_shares(dataset: Dataset) -> None:
    history = _publish(dataset, _open("aa", "ok", "ok", text="mine"), _open("bb", "ok", text="its"))
    assert read_attempt(history, "transcript", "aa", 1, ["start_ms", "text"]) == [
        {"start_ms": 0, "text": "mine"},
        {"start_ms": 60_000, "text": "mine"},
    ]
    assert read_attempt(dataset, "transcript", "bb", 1, ["text"]) == [{"text": "its"}]
    assert read_attempt(history, "transcript", "bb", 2, ["text"]) == []


def test_other_files_are_not_opened_for_it(dataset: Dataset) -> None:
    _publish(dataset, attempt_rows("aa"))
    history = _publish(dataset, attempt_rows("bb"), name="run-1-00002")
    assert history.done(["bb"])
    dataset.files("segments")[0].write_bytes(b"not Parquet at all")
    assert len(read_attempt(history, "segments", "bb", 1, ["seq"])) == 2


def test_a_file_is_found_in_any_month(dataset: Dataset) -> None:
    history = _publish(dataset, _open("aa", "ok", "skipped", text="old"))
    file = dataset.files("segments")[0]
    other = dataset.table("segments") / "month=2027-01" / file.name
    other.parent.mkdir()
    file.rename(other)
    assert [answer.text for answer in history.answers("aa").values()] == ["old 0"]


def test_attempts_in_merged_files_are_known_too(dataset: Dataset) -> None:
    _publish(dataset, _open("aa", "ok", "skipped"), attempt_rows("bb", 3))
    _publish(dataset, attempt_rows("cc"), name="run-1-00002")
    for table in FACT_TABLES:
        files = dataset.files(table)
        pq.write_table(
            pa.concat_tables(pq.ParquetFile(file).read() for file in files),
            files[0].with_name(f"merged-{table}.parquet"),
        )
        for file in files:
            file.unlink()
    history = History(dataset)
    assert [history.next_attempt(name) for name in ("aa", "bb", "cc")] == [2, 4, 2]
    assert history.done(["aa", "bb", "cc"]) == {"bb", "cc"}
    assert list(history.answers("aa")) == [segment_id("aa", 0)]
    assert len(read_attempt(history, "calls", "bb", 3, ["call_id"])) == 2


def test_what_was_asked_about_an_answer_is_taken_over_with_it(dataset: Dataset) -> None:
    history = _publish(dataset, _open("aa", "ok", "failed"))
    [answer] = history.answers("aa", turns=True).values()
    assert [(turn.question, turn.answer, turn.calls) for turn in answer.turns] == [("why?", "because", ())]
    [without] = history.answers("aa").values()
    assert without.turns == ()


def test_a_spoken_answer_is_taken_over(dataset: Dataset) -> None:
    rows = attempt_rows("aa")
    rows["segments"][0]["voice_path"] = ".reelsheet/voices/aa/aa-1.wav"
    answers = _publish(dataset, rows).answers("aa")
    assert [answer.voice_path for answer in answers.values()] == [".reelsheet/voices/aa/aa-1.wav", None]

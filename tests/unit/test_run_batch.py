"""Batches: how recordings are grouped, and what is published where some of their answers did not come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import BadKey, DatasetNotWritable, Interrupted, OverBudget
from tasks.records import AnalysisPlan
from tasks.run.batch import Batch, BatchItem, BatchResult, PendingAnalysis, SegmentAnswers, batches, read_batch
from tasks.run.job import Job
from tasks.store.history import KnownAnalysis
from tasks.tables.rows import Rows
from tests.support.dataset_rows import answer, call, plan, planned, run

SECTIONS = """
## Storyline
00:00.000 - 00:59.000
A door.
## Visible Text
No text appears.
## Speakers and Transcript
No speech appears.
"""


def a_pending_analysis(segments: int = 1, **facts: Any) -> PendingAnalysis:
    return PendingAnalysis(plan(*(planned(seq, seq * 60_000, (seq + 1) * 60_000) for seq in range(segments))), **facts)


def a_job() -> Job:
    nobody: Any = None  # only the run, the price and the modes are looked at
    return Job(run(), "d", nobody, nobody, nobody, None, None, {}, 1)


def read(*items: tuple[AnalysisPlan, list[SegmentAnswers]]) -> tuple[list[Rows], BatchResult]:
    batch = Batch("b", tuple(BatchItem(p, 1) for p, _ in items))
    return read_batch(a_job(), batch, [answers for _, answers in items])


def outcomes(rows: Rows) -> list[str]:
    return [row["outcome"] for row in rows["segments"]]


TWO = plan(planned(0, 0, 60_000, "s0"), planned(1, 60_000, 120_000, "s1"))
FIRST = (answer(TWO.segments[0], SECTIONS),)


@given(st.lists(st.integers(1, 9), max_size=40), st.integers(1, 20))
def test_batches_keep_every_recording_in_order_and_only_the_last_is_small(sizes: list[int], least: int) -> None:
    pending = [a_pending_analysis(size) for size in sizes]
    grouped = list(batches(pending, least))
    assert [analysis for batch in grouped for analysis in batch] == pending
    assert all(sum(len(t.plan.segments) for t in batch) >= least for batch in grouped[:-1])
    assert all(sum(len(t.plan.segments) for t in batch[:-1]) < least for batch in grouped)


def test_a_recording_is_settled_once_its_newest_attempt_left_nothing_open() -> None:
    assert not a_pending_analysis().is_complete(None)
    assert not a_pending_analysis().is_complete(KnownAnalysis(1, "partial", unfinished=True))
    assert a_pending_analysis().is_complete(KnownAnalysis(1, "ok", unfinished=False))


def test_segments_asked_again_on_purpose_are_open_until_a_newer_attempt_is_there() -> None:
    analysis = a_pending_analysis(seen_attempt=1, segments_again=frozenset({"s0"}))
    assert not analysis.is_complete(KnownAnalysis(1, "refused", unfinished=False))
    assert analysis.is_complete(KnownAnalysis(2, "ok", unfinished=False))


def test_what_another_attempt_has_answered_meanwhile_is_not_asked_a_second_time() -> None:
    analysis = a_pending_analysis(seen_attempt=1, segments_again=frozenset({"s0"}))
    assert analysis.segments_to_retry(KnownAnalysis(1, "partial", unfinished=True)) == {"s0"}
    assert analysis.segments_to_retry(KnownAnalysis(2, "partial", unfinished=True)) == frozenset()


def test_what_was_answered_before_an_interruption_is_published_and_the_rest_is_skipped() -> None:
    [rows], published = read((TWO, [FIRST, Interrupted("stopped")]))
    assert outcomes(rows) == ["ok", "skipped"]
    assert rows["analyses"][0]["outcome"] == "partial"
    assert rows["analyses"][0]["coverage"] == 0.5
    assert rows["failures"] == [], "what was not asked has not failed"
    assert isinstance(published.stopped, Interrupted)


@pytest.mark.parametrize("stop", [Interrupted("stopped"), BadKey("no"), DatasetNotWritable("full")], ids=repr)
def test_a_recording_without_any_answer_is_not_published(stop: Exception) -> None:
    attempts, published = read((TWO, [stop, stop]))
    assert (attempts, published.saved) == ([], ())
    assert published.stopped is stop


def test_answers_that_were_only_taken_over_make_no_new_attempt() -> None:
    old = answer(TWO.segments[0], SECTIONS, taken_over=True, calls=())
    attempts, _ = read((TWO, [(old,), Interrupted("stopped")]))
    assert attempts == []


def test_one_recording_whose_answers_cannot_be_read_does_not_stop_the_others() -> None:
    attempts, published = read((TWO, [FIRST, RuntimeError("boom")]), (TWO, [FIRST, FIRST]))
    assert len(attempts) == 1
    [failed] = published.failures
    assert (failed.stage, failed.error_class, failed.message) == ("save", "RuntimeError", "boom")


def test_only_what_this_run_asked_is_counted_as_paid() -> None:
    before = answer(TWO.segments[1], SECTIONS, taken_over=True, calls=())
    _, published = read((TWO, [FIRST, (before,)]))
    [saved] = published.saved
    assert (saved.asked, saved.usage.requests, saved.segments["ok"]) == (1, 1, 2)


def test_a_recording_that_there_was_no_money_for_is_shown_as_skipped() -> None:
    [rows], published = read((TWO, [OverBudget("too much")] * 2))
    assert outcomes(rows) == ["skipped", "skipped"]
    assert {row["reason"] for row in rows["segments"]} == {"budget"}
    assert published.saved[0].outcome == "failed"


def test_it_is_shown_once_however_often_there_is_no_money() -> None:
    batch = Batch("b", (BatchItem(TWO, 2),))
    attempts, published = read_batch(a_job(), batch, [[OverBudget("too much")] * 2])
    assert attempts == []
    assert [saved.segments["skipped"] for saved in published.saved] == [2]


def test_the_calls_of_a_recording_that_got_no_answer_are_not_lost() -> None:
    refused = BadKey("no").replace(calls=(call(1, started_at=run().started_at),))
    attempts, published = read((TWO, [refused, BadKey("no")]))
    assert attempts == []
    assert [row["call_id"] for row in published.calls] == [refused.calls[0].call_id]
    assert published.unpublished.requests == 1


def test_speech_that_was_heard_and_not_transcribed_is_counted_and_not_covered() -> None:
    deaf = SECTIONS.replace("No speech appears.", "There is speech, but its words could not be transcribed.")
    rows, result = read((TWO, [FIRST, (answer(TWO.segments[1], deaf),)]))
    [saved] = result.saved
    assert (saved.outcome, saved.untranscribed, saved.coverage) == ("partial", 1, 0.5)
    assert [row["reason"] for row in rows[0]["segments"]] == ["", "speech_not_transcribed"]

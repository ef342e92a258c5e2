"""What did not end ok, as exceptions."""

from __future__ import annotations

import pickle

from tasks.run.not_ok import RunNotOk, SegmentNotOk, answers_in
from tasks.run.summary import Summary

SUMMARY = Summary("r", "dataset", "local", "embedded", None)


def test_run_not_ok_pickles_with_its_result() -> None:
    copy = pickle.loads(pickle.dumps(RunNotOk("1 failed.", (SUMMARY,))))
    assert (str(copy), copy.result) == ("1 failed.", (SUMMARY,))


def test_segment_not_ok_pickles_and_shows_no_answer() -> None:
    copy = pickle.loads(pickle.dumps(SegmentNotOk("cut off", "truncated", ())))
    assert (repr(copy), copy.outcome, copy.answers) == ("SegmentNotOk('cut off')", "truncated", ())


def test_answers_in_leaves_errors_as_they_are() -> None:
    error = ValueError("no")
    assert [answers_in(found) for found in ((), error, SegmentNotOk("", "refused", ()))] == [(), error, ()]

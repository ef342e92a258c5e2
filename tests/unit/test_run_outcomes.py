"""Which failures may pass, so that a later run takes them up."""

from __future__ import annotations

import errno
import os

import pytest

from tasks.errors import EmptyFile, FfmpegFailed, FileChanged, NotReadable
from tasks.media.ffmpeg import Finished, LogLine
from tasks.media.ffmpeg import failure as ffmpeg_failure
from tasks.run.outcomes import failure, segment_outcome, unanswered
from tests.support.dataset_rows import answer, plan, planned

SECTIONS = (
    "## Storyline\n00:00 - 00:29\nA door.\n## Visible Text\nNone.\n## Speakers and Transcript\nNo speech appears.\n"
)


@pytest.mark.parametrize(
    ("error", "may_pass"),
    [
        (EmptyFile("empty"), False),
        (FileChanged("still growing"), True),
        (FfmpegFailed("broken", tail="", may_pass=False), False),
        (FfmpegFailed("killed", tail="", may_pass=True), True),
        (NotReadable("away", may_pass=True), True),
    ],
    ids=str,
)
def test_what_an_error_says_holds_for_a_recording_and_for_a_segment(
    error: FfmpegFailed | NotReadable, may_pass: bool
) -> None:
    assert failure("a.mp4", "probe", error).retryable is may_pass
    assert unanswered(planned(), "failed", error).retryable is may_pass


def test_of_other_errors_those_of_the_machine_may_pass() -> None:
    assert failure("a.mp4", "probe", OSError(errno.EIO, "away")).retryable
    assert not failure("a.mp4", "probe", ValueError("a mistake of ours")).retryable


@pytest.mark.parametrize("fault", ["ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOMEM", "EMFILE"])
def test_ffmpeg_may_get_on_where_it_named_a_fault_of_the_machine(fault: str) -> None:
    words = f"Error opening output file:/work/a.mp4: {os.strerror(getattr(errno, fault))}"
    assert ffmpeg_failure(Finished(b"", (LogLine("error", words),), 1), "cutting").facts["may_pass"]


def test_segment_outcome_quotes_no_answer() -> None:
    looped = answer(text="## Storyline\n00:00 - 00:55\nA dog.\n" + "It says the same thing once more.\n" * 60)
    assert segment_outcome(plan(), [looped]) == (
        "partial", "repeated 60 times in a row: “…”; missing: visible text, speakers and transcript",
    )  # fmt: skip


def test_segment_outcome_of_halves_is_that_of_both() -> None:
    halves = [
        answer(planned(0, 0, 30_000), text="", outcome="refused", reason="inspected"),
        answer(planned(1, 30_000, 60_000), SECTIONS),
    ]
    assert segment_outcome(plan(), halves) == ("partial", "inspected")

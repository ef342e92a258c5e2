"""Which failures may pass, so that a later run takes them up."""

from __future__ import annotations

import errno
import os

import pytest

from tasks.errors import EmptyFile, FfmpegFailed, FileChanged, NotReadable
from tasks.media.ffmpeg import FfmpegResult, LogLine
from tasks.media.ffmpeg import failure as ffmpeg_failure
from tasks.run.failures import failure
from tasks.run.outcomes import segment_outcome, unanswered
from tests.support.dataset_rows import answer, plan, planned

SECTIONS = (
    "## Storyline\n00:00 - 00:29\nDoor.\n## Visible Text\nNone.\n## Speakers and Transcript\nNo speech appears.\n"
)


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (EmptyFile("empty"), False),
        (FileChanged("still growing"), True),
        (FfmpegFailed("broken", tail="", retryable=False), False),
        (FfmpegFailed("killed", tail="", retryable=True), True),
        (NotReadable("away", retryable=True), True),
    ],
    ids=str,
)
def test_what_an_error_says_holds_for_a_recording_and_for_a_segment(
    error: FfmpegFailed | NotReadable, retryable: bool
) -> None:
    assert failure("a.mp4", "probe", error).retryable is retryable
    assert unanswered(planned(), "failed", error).retryable is retryable


def test_of_other_errors_those_of_the_machine_may_pass() -> None:
    assert failure("a.mp4", "probe", OSError(errno.EIO, "away")).retryable
    assert not failure("a.mp4", "probe", ValueError("a mistake of ours")).retryable


@pytest.mark.parametrize("fault", ["ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOMEM", "EMFILE"])
def test_ffmpeg_may_get_on_where_it_named_a_fault_of_the_machine(fault: str) -> None:
    words = f"Error opening output file:/work/a.mp4: {os.strerror(getattr(errno, fault))}"
    assert ffmpeg_failure(FfmpegResult(b"", (LogLine("error", words),), 1), "cutting").retryable


def test_segment_outcome_quotes_no_answer() -> None:
    looped = answer(text="## Storyline\n00:00 - 00:55\nA dog.\n" + "It says the same thing once more.\n" * 60)
    assert segment_outcome(plan(), [looped]) == (
        "partial", "repeated 60 times in a row: “…”; missing: visible text, speakers and transcript",
    )  # fmt: skip


def test_segment_outcome_of_halves_is_that_of_both() -> None:
    refused = answer(planned(0, 0, 30_000), text="", outcome="refused", reason="inspected")
    halves = [refused, answer(planned(1, 30_000, 60_000), SECTIONS)]
    assert segment_outcome(plan(), halves) == ("partial", "inspected")

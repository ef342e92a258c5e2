"""Put short recordings together, so that one task cuts and asks about several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.records import AnalysisPlan, Answer
from tasks.run.job import Job
from tasks.run.segment import SegmentRequest
from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset

SHORT_MS = 30_000
_MOST = 16  # recordings in a task


@dataclass(frozen=True, slots=True)
class ShortRecording:
    """A short recording is a plan of one segment, and what is known of it already."""

    plan: AnalysisPlan
    known: tuple[Answer, ...] = ()
    attempt: int = 1


def is_short(plan: AnalysisPlan) -> bool:
    """Return whether a recording may be asked about together with others."""
    return len(plan.segments) == 1 and plan.recording.duration_ms <= SHORT_MS


def how_many_together(recordings: int, concurrency: int) -> int:
    """Return how many short recordings of so many go into one task.

    Where there are few, each has tasks of its own; else so many that all slots have some to ask about.

    >>> [how_many_together(recordings, concurrency=32) for recordings in (10, 64, 128, 10_000)]
    [1, 2, 4, 8]
    """
    return max(1, min(_MOST, concurrency // 4, recordings // concurrency))


def request_about(job: Job, one: ShortRecording) -> SegmentRequest:
    """Return the request about a short recording."""
    return SegmentRequest(job, one.plan, AnswerStore(Dataset.at(job.dataset)), one.known, one.attempt)


def label_of(recordings: Sequence[ShortRecording]) -> str:
    """Return how several recordings are named: their number, the first and the last."""
    names = [one.plan.recording.name for one in recordings]
    return f"{len(names)} short: {names[0]} to {names[-1]}"

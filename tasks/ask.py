"""Run the task `ask`: ask the model about one segment, and keep each answer.

An answer is on the disk before anything else happens to it.
"""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from prompts.reader import correction_turn
from tasks.errors import MediaError, SegmentError
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment
from tasks.run.job import Job
from tasks.run.outcomes import unanswered
from tasks.run.segment import SegmentRequest
from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset


@task(name="ask", task_run_name="ask {plan.recording.name} {segment.span.label}", cache_policy=NO_CACHE)
def ask(
    job: Job,
    plan: AnalysisPlan,
    segment: PlannedSegment,
    clips: tuple[Clip, ...] | BaseException,
    known: tuple[Answer, ...] = (),
    attempt: int = 1,
) -> tuple[Answer, ...]:
    """Ask about one segment: an answer for each clip, or for each part of it.

    A segment that could not be cut gets the reason. `known` are answers that an earlier attempt had for parts of the
    segment. Raises RunStopped, Interrupted.
    """
    if isinstance(clips, MediaError | SegmentError):
        return (unanswered(segment, "failed", clips),)
    if isinstance(clips, BaseException):
        raise clips
    request = SegmentRequest(job, plan, AnswerStore(Dataset.at(job.dataset)), known, attempt)
    return tuple(answer for clip in clips for answer in request.about(clip, correction_turn))

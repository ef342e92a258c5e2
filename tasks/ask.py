"""Task: ask the model about one segment, and keep its answer on the disk before anything else happens to it."""

from __future__ import annotations

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks import clients
from tasks.errors import MediaError
from tasks.job import Job
from tasks.outcomes import unanswered
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment
from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset


@task(name="ask", task_run_name="ask {plan.recording.name} {segment.span.label}", cache_policy=NO_CACHE)
def ask(
    job: Job,
    plan: AnalysisPlan,
    segment: PlannedSegment,
    clips: tuple[Clip, ...] | BaseException,
    known: tuple[Answer, ...] = (),
) -> tuple[Answer, ...]:
    """One answer per clip; a segment that could not be cut gets the reason.

    `known` are answers that an earlier attempt had for some of the clips. Raises RunStopped, Interrupted.
    """
    if isinstance(clips, MediaError):
        return (unanswered(segment, "failed", clips),)
    if isinstance(clips, BaseException):
        raise clips
    answers = AnswerStore(Dataset(Path(job.dataset)))
    by_id = {answer.segment.segment_id: answer for answer in known}
    return tuple(_answer(job, plan, clip, answers, by_id.get(clip.segment.segment_id)) for clip in clips)


def _answer(job: Job, plan: AnalysisPlan, clip: Clip, answers: AnswerStore, known: Answer | None) -> Answer:
    kept = known or answers.get(clip.segment.segment_id)
    if kept is None:
        with clients.place(job) as client, clients.stopping_at_a_full_disk():
            kept = client.ask(clip, plan.question.instruction)
            last_room = answers.put(kept)
        if last_room is not None:
            clients.halt_all(last_room)  # what is under way still fits, what is new would be paid for and lost
    Path(clip.path).unlink(missing_ok=True)
    return kept

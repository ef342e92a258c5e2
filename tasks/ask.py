"""Ask the model about one segment, in a task.

Each answer is on the disk before anything else happens to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Failed

from prompts.reader import correction_turn, with_roster
from tasks.errors import ReelsheetError
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment
from tasks.run.job import Job
from tasks.run.not_ok import SegmentNotOk
from tasks.run.roster import Earlier, speakers_so_far
from tasks.run.segment import SegmentRequest
from tasks.run.steps import ask_segment
from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset
from tasks.tags import plan_tags, tag_task


@task(
    name="ask",
    task_run_name="ask {plan.recording.name} {segment.span.label}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def ask(
    job: Job,
    plan: AnalysisPlan,
    segment: PlannedSegment,
    clips: tuple[Clip, ...] | BaseException,
    known: tuple[Answer, ...] = (),
    attempt: int = 1,
    earlier: Sequence[Earlier] = (),
) -> tuple[Answer, ...] | State[Any]:
    """Return an answer for each clip, or each part of it.

    A segment that could not be cut gets the reason.

    `known` are answers that an earlier attempt had for parts of the segment, `earlier` what came of earlier segments of
    the recording: the model is told who spoke there. A segment that did not end ok makes the
    task Failed, under the name of its outcome: its result is a SegmentNotOk with the answers, or what stopped the run.
    """
    tag_task(plan_tags(plan))
    if earlier:
        words = with_roster(plan.question.instruction, speakers_so_far(plan, earlier))
        plan = replace(plan, question=replace(plan.question, instruction=words))
    request = SegmentRequest(job, plan, AnswerStore(Dataset.at(job.dataset)), known, attempt)
    found = ask_segment(request, segment, clips, correction_turn)
    if isinstance(found, SegmentNotOk):
        return Failed(name=found.outcome.capitalize(), message=found.message, data=found)
    if isinstance(found, ReelsheetError):
        return Failed(name="Skipped", message=found.message, data=found)
    return found

"""Ask the model about one segment, in a task.

Each answer is on the disk before anything else happens to it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Failed

from prompts.reader import correction_turn, with_roster
from tasks.errors import MediaError, ReelsheetError, SegmentError
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment
from tasks.run.batch import STOPPING_ERRORS
from tasks.run.job import Job
from tasks.run.not_ok import SegmentNotOk
from tasks.run.outcomes import segment_outcome, unanswered
from tasks.run.roster import Earlier, speakers_so_far
from tasks.run.segment import SegmentRequest
from tasks.run.usage import plural
from tasks.store.answers import AnswerStore
from tasks.store.dataset import Dataset
from tasks.system.stage_log import log_stage
from tasks.tags import plan_tags, tag_task

_log = logging.getLogger("reelsheet.ask")


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
    found = ask_segment(SegmentRequest(job, plan, AnswerStore(Dataset.at(job.dataset)), known, attempt), segment, clips)
    if isinstance(found, SegmentNotOk):
        return Failed(name=found.outcome.capitalize(), message=found.message, data=found)
    if isinstance(found, ReelsheetError):
        return Failed(name="Skipped", message=found.message, data=found)
    return found


def ask_segment(
    request: SegmentRequest, segment: PlannedSegment, clips: tuple[Clip, ...] | BaseException
) -> tuple[Answer, ...] | ReelsheetError:
    """Return the answers, a SegmentNotOk that carries them, or what stopped the run.

    It is logged within the task of who calls.
    """
    plan = request.plan
    try:
        answers = _answers(request, segment, clips)
        outcome, reason = segment_outcome(plan, answers)
    except STOPPING_ERRORS as stopped:
        log_stage("ask", plan.recording.uri, "skipped", segment.span.label, stopped.message)
        return stopped
    log_stage("ask", plan.recording.uri, outcome, segment.span.label, "; ".join(filter(None, (reason, _sent(answers)))))
    for answer in answers:
        _log.debug("%s %s answered: %s", plan.recording.name, answer.segment.span.label, answer.text)
    return answers if outcome == "ok" else SegmentNotOk(reason, outcome, answers)


def _answers(
    request: SegmentRequest, segment: PlannedSegment, clips: tuple[Clip, ...] | BaseException
) -> tuple[Answer, ...]:
    if isinstance(clips, MediaError | SegmentError):
        return (unanswered(segment, "failed", clips),)
    if isinstance(clips, BaseException):
        raise clips
    return tuple(answer for clip in clips for answer in request.about(clip, correction_turn))


def _sent(answers: tuple[Answer, ...]) -> str:
    """Count the requests, and how long they took."""
    calls = [call for answer in answers for call in answer.calls]
    return f"{plural(len(calls), 'request')} in {sum(call.latency_ms for call in calls) / 1000:.1f} s" if calls else ""

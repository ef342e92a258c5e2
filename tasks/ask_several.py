"""Cut several short recordings and ask about each, in one task.

A task of Prefect costs processor time in its client and in its server, more than a short recording does: with one task
to cut and one to ask each of them, the slots stayed half empty (`python -m bench.slots`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Failed

from prompts.reader import correction_turn
from tasks.media.cut_together import in_runs, pixels_of
from tasks.records import Clip, PlannedSegment
from tasks.retries import retrying_machine_faults
from tasks.run.job import Job
from tasks.run.not_ok import several_not_ok
from tasks.run.segment import SegmentRequest
from tasks.run.several import ShortRecording, request_about
from tasks.run.steps import ask_segment, cut_segment, cut_together
from tasks.system.stage_log import logged_together
from tasks.tags import plan_tags, tag_task


@task(name="ask several", task_run_name="ask {label}", cache_policy=NO_CACHE, persist_result=False)
def ask_several(
    label: str, job: Job, recordings: tuple[ShortRecording, ...], workdir: str
) -> tuple[Any, ...] | State[Any]:
    """Return what `ask` would about each of several short recordings, in order.

    That is the answers, a SegmentNotOk, or what stopped the run. `label` names them in Prefect. Submit the recordings
    as a `quote`, so that Prefect does not look for futures in them. The log has a line for each. Where one did not end
    ok the task is Failed, and its result a SeveralNotOk.
    """
    del label
    tag_task(dict.fromkeys(tag for one in recordings for tag in plan_tags(one.plan)))
    requests = [request_about(job, one) for one in recordings]
    with logged_together(), ThreadPoolExecutor(len(requests)) as pool:
        found = tuple(each.result() for each in _asked(job, requests, Path(workdir), pool))
    return found if (bad := several_not_ok(found)) is None else Failed(name="Not ok", message=bad.message, data=bad)


def _asked(job: Job, requests: Sequence[SegmentRequest], workdir: Path, pool: ThreadPoolExecutor) -> list[Future[Any]]:
    """Ask about each as soon as it is cut.

    The client's slots decide how many the model gets at once.
    """
    futures = []
    for some in in_runs([(request, pixels_of(request.plan.recording, _segment(request))) for request in requests]):
        for request, clips in zip(some, _cut_together(job, some, workdir), strict=True):
            known = _cut(job, request, workdir) if clips is None else clips
            futures.append(pool.submit(copy_context().run, _ask, request, known))
    return futures


def _cut_together(job: Job, requests: Sequence[SegmentRequest], workdir: Path) -> Sequence[tuple[Clip, ...] | None]:
    try:
        return cut_together(job, [(request.plan, _segment(request)) for request in requests], workdir)
    except Exception:  # each is cut alone then, and it is known whose it is
        return [None] * len(requests)


def _segment(request: SegmentRequest) -> PlannedSegment:
    [segment] = request.plan.segments
    return segment


def _cut(job: Job, request: SegmentRequest, workdir: Path) -> tuple[Clip, ...] | BaseException:
    try:
        return retrying_machine_faults(cut_segment, job, request.plan, _segment(request), workdir)
    except Exception as error:  # it is this recording's alone
        return error


def _ask(request: SegmentRequest, clips: tuple[Clip, ...] | BaseException) -> Any:
    try:
        return ask_segment(request, _segment(request), clips, correction_turn)
    except Exception as error:  # as above
        return error

"""Cut one planned segment into a file that the model can take, in a task."""

from __future__ import annotations

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.records import AnalysisPlan, Clip, PlannedSegment
from tasks.retries import WAITS_S, retry_machine_faults
from tasks.run.job import Job
from tasks.run.steps import cut_segment
from tasks.tags import plan_tags, tag_task


@task(
    name="cut",
    task_run_name="cut {plan.recording.name} {segment.span.label}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def cut(job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: str) -> tuple[Clip, ...]:
    """Cut one segment into a clip, or several where it had to be halved to fit.

    Raises MediaError, RunStopped, Interrupted.
    """
    tag_task(plan_tags(plan))
    return cut_segment(job, plan, segment, Path(workdir))

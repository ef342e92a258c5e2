"""Cut one planned segment into a file that the model can take, in a task."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.errors import MediaError
from tasks.media.hashing import require_same
from tasks.records import AnalysisPlan, Clip, PlannedSegment
from tasks.retries import WAITS_S, retry_machine_faults
from tasks.run import client_pool
from tasks.run.clips import discard, make_clips
from tasks.run.job import Job
from tasks.system.stage_log import log_stage, logged_failure
from tasks.system.workdir import require_there
from tasks.tags import plan_tags, tag_task

# More decoders than cores only slow each other down; the other workers wait for answers meanwhile.
_decoders = threading.BoundedSemaphore(os.cpu_count() or 1)


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

    What is cut is what was probed: FileChanged where the file is gone or another, before, meanwhile or after. Where
    the work folder is gone, that is the MediaError, which may pass.
    """
    tag_task(plan_tags(plan))
    return cut_clips(job, plan, segment, Path(workdir))


def cut_clips(job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path) -> tuple[Clip, ...]:
    """Cut one segment as `cut` does, within the task of who calls."""
    uri, span = plan.recording.uri, segment.span.label
    with logged_failure("cut", uri, span), _decoders:
        client_pool.check(job)  # a run that was stopped cuts nothing more
        require_same(plan.recording)
        try:
            clips = make_clips(job, plan, segment, workdir)
        except (MediaError, OSError):
            require_same(plan.recording)  # that would be why
            require_there(workdir)  # or that
            raise
        try:
            require_same(plan.recording)
        except MediaError:
            for clip in clips:
                discard(clip)
            raise
    log_stage("cut", uri, "ok", span, f"{sum(clip.size_bytes for clip in clips) / 1e6:.2f} MB")
    return clips

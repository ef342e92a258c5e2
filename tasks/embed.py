"""Make the copies of one video that hold its subtitles, in a task."""

from __future__ import annotations

import os
import threading

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.retries import WAITS_S, retry_machine_faults
from tasks.run.job import Job
from tasks.run.subtitle_copies import write_copies
from tasks.run.subtitle_files import SubtitleChoices, SubtitleTarget
from tasks.run.subtitle_writing import Rendered
from tasks.store.dataset import Dataset
from tasks.system.stage_log import log_stage

_encoders = threading.BoundedSemaphore(os.cpu_count() or 1)


@task(
    name="embed",
    task_run_name="embed {name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def embed(job: Job, name: str, target: SubtitleTarget, choices: SubtitleChoices) -> tuple[Rendered, ...]:
    """Make the copies of a recording; none of one without a picture.

    `name` is that of the commit. Raises FfmpegFailed, DatasetNotWritable.
    """
    with _encoders:
        copies = write_copies(Dataset.at(job.dataset), job, name, target, choices)
    for one in copies:
        log_stage("save", one.file.uri, one.file.status, detail=f"{one.file.path} {one.file.reason}".strip())
    return copies

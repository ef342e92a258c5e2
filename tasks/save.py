"""Run the task `save`: read a batch's answers and publish its tables at once."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.retries import WAITS_S, retry_machine_faults
from tasks.run import client_pool
from tasks.run.batch import Batch, BatchResult, SegmentResult, read_batch
from tasks.run.job import Job
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset


@task(
    name="save",
    task_run_name="save {batch.label}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
)
def save(job: Job, batch: Batch, answered: Sequence[Sequence[SegmentResult]]) -> BatchResult:
    """Publish what was answered, by recording and segment.

    Raises DatasetNotWritable: then nothing is published.
    """
    attempts, published = read_batch(job, batch, answered)
    if attempts or published.calls:
        with client_pool.stopping_at_a_full_disk():
            publish_attempts(Dataset.at(job.dataset), attempts, job.run, batch.name, published.calls)
    return published

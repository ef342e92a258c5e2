"""Read a batch's answers and publish its tables, in a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.retries import WAITS_S, retry_machine_faults
from tasks.run import client_pool
from tasks.run.batch import Batch, BatchResult, SegmentAnswers, read_batch
from tasks.run.job import Job
from tasks.run.not_ok import InSeveral, answers_in, one_of_several
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.system.stage_log import log_stage, logged_together
from tasks.tags import plan_tags, tag_task


@task(
    name="save",
    task_run_name="save {batch.label}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def save(
    job: Job, batch: Batch, answered: Sequence[Sequence[SegmentAnswers | InSeveral]], several: Sequence[Any] = ()
) -> BatchResult:
    """Publish what was answered, by recording and segment.

    `several` is what came of tasks that asked about more than one. Raises DatasetNotWritable: then nothing is
    published.
    """
    tag_task(dict.fromkeys(tag for item in batch.items for tag in plan_tags(item.plan)))
    found = [[answers_in(one_of_several(one, several)) for one in some] for some in answered]
    attempts, published = read_batch(job, batch, found)
    if attempts or published.calls:
        with client_pool.stopping_at_a_full_disk():
            publish_attempts(Dataset.at(job.dataset), attempts, job.run, batch.name, published.calls)
    with logged_together():
        for saved in published.saved:
            log_stage("save", saved.uri, saved.outcome, detail=f"{saved.coverage:.0%} covered")
        for failed in published.failures:
            log_stage("save", failed.uri, "failed", detail=failed.message)
    return published

"""What `retry` finds before it starts anything: the failures that are to be asked about again."""

from __future__ import annotations

from collections.abc import Sequence

from config.options import CONCURRENCY
from flows.pipeline.setup import existing_dataset
from tasks.query.retry_selection import RetryGroup, RetryRule, select
from tasks.run.request import RetryRequest
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset


def waiting(request: RetryRequest) -> tuple[RetryGroup, ...]:
    """What there is to ask again, seeing all that killed runs have left. Raises UsageError, DatasetNotWritable."""
    dataset = Dataset.reopen(existing_dataset(request.dataset, request.config_file).root)
    with Claims(dataset) as claims:
        recover(dataset)
        running.record_killed_runs(dataset, claims)  # their settings are needed
    return select(dataset, RetryRule(request.outcomes, request.stages, request.since))


def threads_for(request: RetryRequest, groups: Sequence[RetryGroup]) -> int:
    """How many questions at once the runs may come to."""
    return request.concurrency or max(group.config.get("concurrency") or CONCURRENCY for group in groups)

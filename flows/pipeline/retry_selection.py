"""What `retry` finds before it starts anything: its request, and the failures that are to be asked about again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flows.commands import options
from flows.pipeline.setup import existing_dataset
from tasks.query.retry_selection import OUTCOMES, STAGES, RetryGroup, RetryRule, select
from tasks.run.request import RetryRequest
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.system.dates import moment_of

_COMMON = 16  # questions at once, where nothing was said


def retry_request(given: Mapping[str, Any]) -> RetryRequest:
    """The options of the command as a request. Raises UsageError with the known words for a wrong one."""
    since = given["since"]
    config, workdir = (given[name] and str(given[name]) for name in ("config", "workdir"))
    return RetryRequest(
        dataset=given["dataset"],
        outcomes=options.words("outcome", given["outcome"], OUTCOMES),
        stages=options.words("stage", given["stage"], STAGES),
        since=since and moment_of(since, datetime.now(UTC)),
        max_cost=given["max_cost"],
        concurrency=given["concurrency"],
        requests_per_minute=given["requests_per_minute"],
        tokens_per_minute=given["tokens_per_minute"],
        base_url=given["base_url"],
        workdir=workdir,
        config_file=config,
    )


def waiting(request: RetryRequest) -> tuple[RetryGroup, ...]:
    """What there is to ask again, seeing all that killed runs have left. Raises UsageError, DatasetNotWritable."""
    dataset = Dataset.reopen(existing_dataset(request.dataset, request.config_file).root)
    with Claims(dataset) as claims:
        recover(dataset)
        running.record_killed_runs(dataset, claims)  # their settings are needed
    return select(dataset, RetryRule(request.outcomes, request.stages, request.since))


def threads_for(request: RetryRequest, groups: Sequence[RetryGroup]) -> int:
    """How many questions at once the runs may come to."""
    return request.concurrency or max(group.config.get("concurrency") or _COMMON for group in groups)

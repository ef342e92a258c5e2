"""Asking again what failed and may succeed now: with the settings of the runs that left it, as new attempts."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.steps import at_work, carried_out, concluded, threads
from flows.wiring import Wiring, existing_dataset, wire
from tasks.errors import NotFound
from tasks.media.remote import is_address
from tasks.request import AnalyzeRequest, RetryRequest
from tasks.sources import Found, Source, find_together
from tasks.store.commit import recover
from tasks.store.memory import Memory
from tasks.store.retryable import Again, Rule, select
from tasks.summary import Summary

# What a retry may say anew; all else is as the run was told that left the failure.
_OVERRIDES = (
    *("dataset", "base_url", "workdir", "config_file", "trigger"),
    *("concurrency", "requests_per_minute", "tokens_per_minute", "max_cost"),
)


@flow(name="retry", flow_run_name="retry {request.label}", task_runner=threads(16))
def retry(request: RetryRequest) -> State[tuple[Summary, ...]]:
    """Ask again what the rule chooses: one run for each way in which runs had asked."""
    dataset = existing_dataset(request.dataset, request.config_file)
    recover(dataset)
    groups = select(dataset, Rule(request.outcomes, request.stages, request.since))
    wirings = [wire(_request(again.config, request)) for again in groups]  # before anything is asked
    summaries: list[Summary] = []
    for again, whole in zip(groups, wirings, strict=True):
        wiring = _within_budget(whole, summaries)
        with at_work(wiring) as ledger:
            wanted = {w.uri: w for w in sorted(again.recordings, key=lambda w: w.analysis_id is not None)}
            summaries.append(carried_out(wiring, ledger, located(again, ledger.memory), wanted))
        if summaries[-1].error is not None:
            break
    return concluded(summaries, tuple(summaries))


def _within_budget(wiring: Wiring, before: Sequence[Summary]) -> Wiring:
    """What may be spent holds for all runs of a retry together, as far as they have one currency."""
    job = wiring.job
    if job.max_cost_nano is None or job.price is None:
        return wiring
    spent = sum(summary.spent.cost_nano or 0 for summary in before if summary.currency == job.price.currency)
    return replace(wiring, job=replace(job, max_cost_nano=max(0, job.max_cost_nano - spent)))


def located(again: Again, memory: Memory) -> Found:
    """Where the recordings lie now: where a run has seen their bytes last, or where they were named."""
    places = memory.paths_of(w.media_id for w in again.recordings if w.media_id)
    items, problems = [], []
    for wanted in again.recordings:
        remembered = [place.path for place in places.get(wanted.media_id or "", ()) if place.holds_still()]
        named = os.path.join(again.config.get("cwd", ""), wanted.uri)  # noqa: PTH118 - odd names stay as they are
        source = next(filter(None, (_source(wanted.uri, path) for path in (*remembered, named))), None)
        if again.config.get("together"):
            source = _group(wanted.uri, again.config.get("cwd", "")) or source
        if source is None:
            problems.append((wanted.uri, NotFound(
                f"{wanted.uri} is neither where it was nor where a later run saw it: "
                "name it to `reelsheet analyze`, which goes on from what is answered."
            )))  # fmt: skip
        else:
            items.append(source)
    return Found(tuple(items), problems=tuple(problems))


def _group(uri: str, cwd: str) -> Source | None:
    """The files of a folder or manifest, as they are now: what was changed since is another recording."""
    named = os.path.join(cwd, uri.removeprefix("@"))  # noqa: PTH118
    found = find_together((f"@{named}" if uri.startswith("@") else named,), 0.0, time.time()).items
    return replace(found[0], uri=uri) if len(found) == 1 else None


def _source(uri: str, path: str) -> Source | None:
    if is_address(uri):
        return Source(uri, uri)
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return Source(uri, path, found.st_size, found.st_mtime_ns)


def _request(config: Mapping[str, Any], request: RetryRequest) -> AnalyzeRequest:
    given = request.model_dump(include=set(_OVERRIDES), exclude_none=True)
    taken_over = set(AnalyzeRequest.model_fields) - {"max_cost"}  # what a run might spend is its own affair
    known = {name: value for name, value in config.items() if name in taken_over}
    return AnalyzeRequest(**{**known, "inputs": ("retry",), "settle_s": 0.0, **given})

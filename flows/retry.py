"""Asking again what failed and may succeed now: with the settings of the runs that left it, as new attempts."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.pipeline.overrides import with_question_sets
from flows.pipeline.retry_selection import waiting
from flows.pipeline.run import carry_out, conclude, run_session
from flows.pipeline.setup import ResolvedRun, existing_dataset, resolve
from flows.runtime.task_runner import threads
from tasks.errors import DatasetNotWritable, Interrupted, NotFound, UsageError
from tasks.inputs.file_cache import FileCache
from tasks.inputs.groups import find
from tasks.inputs.overrides import InputOptions
from tasks.inputs.scan import InputProblem, InputScan, Source
from tasks.media import stored
from tasks.media.remote import is_address
from tasks.query.retry_selection import RetryGroup
from tasks.run.request import AnalyzeRequest, RetryRequest
from tasks.run.summary import Summary
from tasks.system.object_store import is_stored

# What a retry may say anew; all else is as the run was told that left the failure.
_OVERRIDES = (
    *("base_url", "workdir", "config_file", "trigger"),
    *("concurrency", "requests_per_minute", "tokens_per_minute", "max_cost"),
)
_PATHS = ("prompt", "config_file", "workdir")


@flow(name="retry", flow_run_name="retry {request.label}", task_runner=threads(16))
def retry(request: RetryRequest) -> State[tuple[Summary, ...]]:
    """Ask again what the rule chooses: one run for each way in which runs had asked."""
    groups = waiting(request)
    there = str(existing_dataset(request.dataset, request.config_file).root)
    summaries: list[Summary] = []
    for group in map(_with_prompt_paths, groups):
        try:
            resolved = _within_budget(
                resolve(_request(group.config, request, there), group.config.get("cwd")), summaries
            )
            with run_session(resolved) as session:
                resolved, found = with_question_sets(resolved, locate(group, session.file_cache))
                summaries.append(carry_out(resolved, session, found, group.recordings))
        except UsageError as error:  # a prompt or a file of settings that is gone is no reason to leave the others
            summaries.append(_not_begun(group, there, error))
        if isinstance(summaries[-1].error, (Interrupted, DatasetNotWritable)):
            break
    return conclude(summaries, tuple(summaries))


def _within_budget(resolved: ResolvedRun, before: Sequence[Summary]) -> ResolvedRun:
    """What may be spent holds for all runs of a retry together, as far as they have one currency."""
    job = resolved.job
    if job.max_cost_nano is None or job.price is None:
        return resolved
    spent = sum(summary.usage.cost_nano or 0 for summary in before if summary.currency == job.price.currency)
    return replace(resolved, job=replace(job, max_cost_nano=max(0, job.max_cost_nano - spent)))


def _not_begun(group: RetryGroup, dataset: str, error: UsageError) -> Summary:
    provider, model = (str(group.config.get(name) or "") for name in ("provider", "model"))
    return Summary("", dataset, provider, model, currency=None, lost=len(group.recordings), error=error)


def locate(group: RetryGroup, file_cache: FileCache) -> InputScan:
    """Where the recordings lie now: where a run has seen their bytes last, or where they were named."""
    known_paths = file_cache.paths_of(w.media_id for w in group.recordings if w.media_id)
    cwd = str(group.config.get("cwd") or "")
    items, problems, looked_at = [], [], time.time()
    for target in group.recordings:
        remembered = [known.path for known in known_paths.get(target.media_id or "", ()) if known.holds_still()]
        named = os.path.join(cwd, target.uri)  # noqa: PTH118 - odd names stay as they are
        source = next(filter(None, (_source(target.uri, path) for path in (*remembered, named))), None)
        if group.config.get("together") or group.config.get("frames") or "#" in target.uri:
            source = _group(target.uri, cwd, group.config) or source
        if source is None:
            gone = NotFound(
                f"{target.uri} is neither where it was nor where a later run saw it: "
                "name it to `reelsheet analyze`, which goes on from what is answered."
            )
            problems.append(InputProblem(target.uri, gone, target.options))
        else:
            items.append(replace(source, options=target.options, tags_json=target.tags_json))
    once = tuple(dict.fromkeys(items))  # of two recordings one may lie over the other
    return InputScan(once, problems=tuple(problems), looked_at=looked_at)


def _group(uri: str, cwd: str, config: Mapping[str, Any]) -> Source | None:
    """The files of a folder, a manifest or a group in it, as they are now: what was changed is another recording."""
    sign = "@" if uri.startswith("@") else ""
    named = sign + os.path.join(cwd, uri.removeprefix("@"))  # noqa: PTH118
    together, fps = bool(config.get("together")), config.get("frames")
    for argument in dict.fromkeys((named, named.rpartition("#")[0])):
        found = find((argument,), 0.0, time.time(), together=together, fps=fps).items if argument else ()
        fitting = [source for source in found if source.members and source.uri == named]
        if len(fitting) == 1:
            return replace(fitting[0], uri=uri)
    return None


def _with_prompt_paths(group: RetryGroup) -> RetryGroup:
    """With the paths of prompts as they are seen from here."""
    cwd = str(group.config.get("cwd") or "")

    def placed(options: InputOptions) -> InputOptions:
        path = os.path.join(cwd, options.prompt or "")  # noqa: PTH118
        return replace(options, prompt=path) if options.prompt and os.path.isfile(path) else options  # noqa: PTH113

    return replace(group, recordings=tuple(replace(one, options=placed(one.options)) for one in group.recordings))


def _source(uri: str, path: str) -> Source | None:
    if is_address(uri):
        return Source(uri, uri)
    if is_stored(path) or is_stored(uri):
        url = path if is_stored(path) else uri
        there = stored.look(url)
        return Source(uri, url, there.stamp.size_bytes, there.stamp.mtime_ns) if there else None
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return Source(uri, path, found.st_size, found.st_mtime_ns)


def _request(config: Mapping[str, Any], request: RetryRequest, dataset: str) -> AnalyzeRequest:
    """The request of the run that left the failure, with what is said anew; names of files count from its folder."""
    taken_over = set(AnalyzeRequest.model_fields) - {"max_cost"}  # what a run might spend is its own affair
    known = {name: value for name, value in config.items() if name in taken_over and value is not None}
    placed = {name: os.path.join(config.get("cwd", ""), known[name]) for name in _PATHS if name in known}  # noqa: PTH118
    if not os.path.isfile(placed.get("prompt", "")):  # noqa: PTH113
        placed.pop("prompt", None)  # the name of one of ours
    given = request.model_dump(include=set(_OVERRIDES), exclude_none=True)
    return AnalyzeRequest(**{**known, **placed, "inputs": ("retry",), "settle_s": 0.0, **given, "dataset": dataset})

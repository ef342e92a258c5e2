"""Choose what a retry asks again, and resolve a run for each way of asking."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flows.pipeline.datasets import existing_dataset
from flows.pipeline.moderation_setup import Moderation, resolve_moderation
from flows.pipeline.setup import ResolvedRun, resolve
from tasks.errors import UsageError
from tasks.inputs.overrides import InputOptions
from tasks.media.remote import is_address
from tasks.query.retry_selection import RetryGroup, RetryRule, select
from tasks.run.request import AnalyzeRequest, ModerateRequest, RetryRequest, SubtitleRequest
from tasks.run.summary import Summary
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.system.object_store import is_stored

# What a retry may say anew; all else is as the run was told that left the failure.
_OVERRIDES = (
    *("base_url", "workdir", "config_file", "trigger"),
    *("concurrency", "requests_per_minute", "tokens_per_minute", "max_cost"),
)
_PATHS = ("prompt", "policy", "style", "words", "known", "glossary", "out", "report", "config_file", "workdir")
_OR_NAMES = ("prompt", "policy", "style")  # of ours, or paths


@dataclass(frozen=True, slots=True)
class FailedRecordings:
    """Failed recordings were asked about in one way, and get a run of their own."""

    group: RetryGroup
    request: RetryRequest
    dataset: str

    def resolve(self, before: Sequence[Summary]) -> ResolvedRun:
        """Resolve the run. Raises UsageError.

        `before` are those of the same retry that are over.
        """
        request = self.subtitle_request if self.is_subtitle else AnalyzeRequest(**self._settings(AnalyzeRequest))
        return _within_budget(resolve(request, self.group.config.get("cwd")), before)

    @property
    def is_subtitle(self) -> bool:
        """Return whether the run that left the failures was to write subtitles."""
        return "formats" in self.group.config

    @property
    def subtitle_request(self) -> SubtitleRequest:
        """Return the request of such a run, with what is new.

        Its inputs are kept, since files below `--out` keep the tree of the folders that were named.
        """
        config = self.group.config
        inputs = tuple(_from(config.get("cwd", ""), name) for name in config.get("inputs") or ()) or ("retry",)
        return SubtitleRequest(**{**self._settings(SubtitleRequest), "inputs": inputs})

    def resolve_moderation(self, before: Sequence[Summary]) -> Moderation:
        """Resolve the run where it judges. Raises UsageError."""
        request = ModerateRequest(**self._settings(ModerateRequest))
        moderation = resolve_moderation(request, self.group.config.get("cwd"))
        return replace(moderation, resolved=_within_budget(moderation.resolved, before))

    def _settings(self, kind: type[AnalyzeRequest | ModerateRequest]) -> dict[str, Any]:
        return _settings(kind, self.group.config, self.request) | {"dataset": self.dataset}

    def not_begun(self, error: UsageError) -> Summary:
        """Return the summary of a run that could not begin."""
        provider, model = (str(self.group.config.get(name) or "") for name in ("provider", "model"))
        lost = len(self.group.recordings)
        return Summary("", self.dataset, provider, model, currency=None, lost=lost, error=error)


def failures_to_retry(request: RetryRequest) -> tuple[FailedRecordings, ...]:
    """Select what there is to ask again, seeing all that killed runs have left.

    Raises UsageError, DatasetNotWritable.
    """
    dataset = Dataset.reopen(existing_dataset(request.dataset, request.config_file).root)
    with Claims(dataset) as claims:
        recover(dataset)
        running.record_killed_runs(dataset, claims)  # their settings are needed
    groups = select(dataset, RetryRule(request.outcomes, request.stages, request.since))
    return tuple(FailedRecordings(_with_prompt_paths(group), request, str(dataset.root)) for group in groups)


def _within_budget(resolved: ResolvedRun, before: Sequence[Summary]) -> ResolvedRun:
    """Leave a run what the ones before it have not spent.

    The limit holds for all runs of a retry together, as far as they have one currency.
    """
    job = resolved.job
    if job.max_cost_nano is None or job.price is None:
        return resolved
    spent = sum(summary.usage.cost_nano or 0 for summary in before if summary.currency == job.price.currency)
    return replace(resolved, job=replace(job, max_cost_nano=max(0, job.max_cost_nano - spent)))


def _with_prompt_paths(group: RetryGroup) -> RetryGroup:
    """Write the paths of prompts as they are seen from here."""
    cwd = str(group.config.get("cwd") or "")

    def resolved(options: InputOptions) -> InputOptions:
        path = os.path.join(cwd, options.prompt or "")  # noqa: PTH118
        return replace(options, prompt=path) if options.prompt and os.path.isfile(path) else options  # noqa: PTH113

    return replace(group, recordings=tuple(replace(one, options=resolved(one.options)) for one in group.recordings))


def _settings(
    kind: type[AnalyzeRequest | ModerateRequest], config: Mapping[str, Any], request: RetryRequest
) -> dict[str, Any]:
    """Return the settings of the run that left the failure, with what is new.

    Names of files count from the folder of that run.
    """
    taken_over = set(kind.model_fields) - {"max_cost"}  # what a run might spend is its own affair
    known = {name: value for name, value in config.items() if name in taken_over and value is not None}
    resolved = {name: os.path.join(config.get("cwd", ""), known[name]) for name in _PATHS if name in known}  # noqa: PTH118
    for name in _OR_NAMES:
        if not os.path.isfile(resolved.get(name, "")):  # noqa: PTH113
            resolved.pop(name, None)  # the name of one of ours
    given = request.model_dump(include=set(_OVERRIDES), exclude_none=True)
    return {**known, **resolved, "inputs": ("retry",), "settle_s": 0.0, **given}


def _from(cwd: str, name: str) -> str:
    """Return an input as it is seen from here."""
    if is_address(name) or is_stored(name):
        return name
    sign = "@" if name.startswith("@") else ""
    return sign + os.path.join(cwd, name.removeprefix("@"))  # noqa: PTH118

"""Run the jobs from Python, as the commands do, without a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.errors import expectation
from flows.pipeline.datasets import ready
from flows.pipeline.preview import Preview, preview
from flows.pipeline.setup import resolve
from flows.pipeline.unchanged import finish_unchanged
from flows.runtime.launch import run_flow
from tasks.errors import UsageError
from tasks.run.request import AnalyzeRequest
from tasks.run.summary import Summary


def analyze(*inputs: str | Path, **options: Any) -> Summary:
    """Analyse recordings and write their tables.

    What is known already is not asked again.

    `inputs` are files, folders, globs, addresses or manifests; `options` those of `reelsheet analyze`, such as
    `dataset`, `language`, `scenario`, `provider`, `max_cost`. The summary tells what each recording came to, also
    where some or all failed. Raises ReelsheetError where nothing could be begun.
    """
    request = _request(inputs, options)
    resolved = resolve(request)
    ready(resolved)
    summary: Summary = finish_unchanged(resolved, request.inputs) or run_flow("analyze", request)
    return summary


def plan(*inputs: str | Path, **options: Any) -> Preview:
    """Return what `analyze` would do; it calls no model.

    That is segments, pixels, tokens and cost of each recording.

    Raises ReelsheetError for a wrong option.
    """
    request = _request(inputs, options)
    return preview(resolve(request), request.inputs)


def _request(inputs: tuple[str | Path, ...], options: dict[str, Any]) -> AnalyzeRequest:
    try:
        return AnalyzeRequest(inputs=tuple(map(str, inputs)), **options)
    except ValidationError as error:
        [details, *_] = error.errors(include_url=False)
        raise UsageError(expectation(details, AnalyzeRequest)) from None

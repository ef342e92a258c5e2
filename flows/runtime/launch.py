"""Starting a flow from the command line: Prefect is loaded only here, set to be quiet, its server at hand."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from flows.output import progress
from tasks.run.request import AnalyzeRequest, RetryRequest
from tasks.run.summary import Summary


def run_flow(name: str, request: AnalyzeRequest | RetryRequest, concurrency: int) -> Any:
    """What the flow `name` of `flows/<name>.py` returns, or raises; it has threads for so many questions at once."""
    from flows.runtime.prefect_server import prefect_server, quiet  # noqa: PLC0415

    os.environ.update(quiet(os.environ))
    progress.use(progress.for_terminal())
    try:
        with prefect_server(os.environ):
            from flows.runtime.task_runner import threads  # noqa: PLC0415

            flow = getattr(import_module(f"flows.{name}"), name).with_options(task_runner=threads(concurrency))
            state = flow(request, return_state=True)
            # The result of a run that did not end well is in its state; `result` would take it for an error.
            whole = isinstance(state.data, (Summary, tuple))
            result = state.data if whole else state.result(raise_on_failure=False)
    finally:
        progress.current().close()
    if isinstance(result, BaseException):
        raise result
    return result

"""Start a flow from the command line.

Prefect is loaded only here, set to be quiet, its server at hand.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from flows.output import progress
from tasks.run.not_ok import RunNotOk
from tasks.run.request import AnalyzeRequest, ModerateRequest, RetryRequest
from tasks.system.allocator import share_heaps


def run_flow(name: str, request: AnalyzeRequest | ModerateRequest | RetryRequest) -> Any:
    """Return what the flow `name` of `flows/<name>.py` does, ended it well or not.

    Raises what it raises otherwise.
    """
    from flows.runtime.prefect_server import prefect_server, quiet  # noqa: PLC0415

    share_heaps(os.environ)
    os.environ.update(quiet(os.environ))
    from flows.runtime.prefect_logs import send_logs_to_prefect  # noqa: PLC0415 - with Prefect, after quiet()

    send_logs_to_prefect()  # before Prefect's own first line
    progress.use(progress.for_terminal())
    try:
        with prefect_server(os.environ):
            # The result goes to the terminal, so that Prefect need not keep it in a file for others.
            flow = getattr(import_module(f"flows.{name}"), name).with_options(persist_result=False)
            result = _result_of(flow, request)
    finally:
        progress.current().close()
    if isinstance(result, RunNotOk):
        return result.result
    if isinstance(result, BaseException):
        raise result
    return result


def _result_of(flow: Any, request: object) -> Any:
    """Run the flow, and return what it came to even without its server."""
    import httpx  # noqa: PLC0415 - with Prefect

    from flows.runtime.lost_server import take_result  # noqa: PLC0415

    try:
        result = flow(request, return_state=True).result(raise_on_failure=False)
    except httpx.TransportError:  # Prefect could not say how the run ended
        result = take_result()
        if result is None:
            raise
        return result
    kept = take_result()
    return result if kept is None else kept

"""Bring a run to its end where Prefect's server has gone away meanwhile.

Its tables are published by then. Prefect would ask the server for a minute at each of its last steps and end with an
exception: 236 s in place of 3, for its own server killed amid a run. So the flow's result is kept here, and Prefect is
told not to wait.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, suppress
from typing import Any

import httpx
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, get_current_settings, temporary_settings
from websockets.exceptions import ConnectionClosed

from flows.output import progress
from tasks.system import cancellation

SENTENCE = (
    "Prefect's server does not answer any more. The run goes on, and all is saved; only Prefect's interface does not "
    "show the rest."
)
WARNING = (
    "Prefect's server went away during the run. All is saved; only Prefect's interface does not show how the run ended."
)
_PATIENCE_S = 5.0

_kept: list[Any] = []
_impatient = ExitStack()  # to the end of the process
_lock = threading.Lock()
_reported: set[str] = set()
_log = logging.getLogger("reelsheet.prefect")


def server_is_lost() -> bool:
    """Return whether the server that a flow run began with answers no more.

    Outside of a flow run there is none to lose.
    """
    url = get_current_settings().api.url
    if FlowRunContext.get() is None or not url:
        return False
    for _ in range(2):
        with suppress(httpx.HTTPError):
            # Certificates take a while to load.
            httpx.get(f"{url}/health", timeout=_PATIENCE_S, verify=not url.startswith("http:"))
            return False
    return True


def report_unsent(error: BaseException) -> None:
    """Report, once, why Prefect's server took no log or event.

    Prefect itself tries on, and writes all of the event each time: 2 kB every 7 s.
    """
    is_lost = isinstance(error, httpx.TransportError | OSError | ConnectionClosed)
    reason = f"{type(error).__name__}: {error}".strip(": ")
    sentence = SENTENCE if is_lost else f"Prefect's server did not take what the run reported ({reason})."
    with _lock:
        if sentence in _reported:
            return
        _reported.add(sentence)
    _log.warning("no log or event can be sent to Prefect's server (%s)", reason)
    progress.current().say(sentence)


def keep_result(result: Any) -> None:
    """Keep the result of the flow under way, whose end no server will take.

    From here on Prefect gives up at once in this thread.
    """
    with _lock:
        _kept.append(result)
    cancellation.leave_without_waiting()  # events that no server will take
    _impatient.enter_context(temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}))


def take_result() -> Any:
    """Return the result that was kept, once; None where there is none."""
    with _lock:
        return _kept.pop() if _kept else None

"""Reach into what Prefect keeps to itself: here, and nowhere else.

tests/integration/test_prefect_internals.py fails when that changes. What Prefect remembers of each task would grow with
the length of a run, so it is let go as soon as it is of no use.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable
from typing import Any

from prefect import Task
from prefect.context import FlowRunContext
from prefect.events.worker import EventsWorker
from prefect.futures import PrefectConcurrentFuture, PrefectFuture
from prefect.logging.handlers import APILogWorker, set_api_log_sink
from prefect.task_runners import ThreadPoolTaskRunner

from tasks.system import cancellation

_MOST_QUEUED = 100  # events that wait to be sent to the server; each holds all that its task knew, some 10 kB
_PATIENCE_S = 20.0
SENDING = "prefect._internal.concurrency"  # the logger of what sends logs and events
_CHATTER = ("Finished in state ", "Task run failed with state: ")


class Threads(ThreadPoolTaskRunner[Any]):
    """These are Prefect's threads, for runs of any length.

    Weighed against ThreadPoolTaskRunner as it is, which keeps 1 kB of every task to the end, the means to cancel it,
    and submits as fast as it can: events that the server has not taken yet hold 10 kB each. It takes some hundred a
    second, which answers from a model never come to, but kept ones do, and a process may not end before all are sent.
    """

    _patient = True

    def submit(self, task: Task[Any, Any], *args: Any, **kwargs: Any) -> PrefectConcurrentFuture[Any]:
        self._let_events_pass()
        future: PrefectConcurrentFuture[Any] = super().submit(task, *args, **kwargs)
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: PrefectFuture[Any]) -> None:
        self._cancel_events.pop(future.task_run_id, None)

    def _let_events_pass(self) -> None:
        lowest, since = queued_events(), time.monotonic()
        while self._patient and (queued := queued_events()) > _MOST_QUEUED and not cancellation.requested():
            if queued < lowest:
                lowest, since = queued, time.monotonic()
            self._patient = time.monotonic() < since + _PATIENCE_S  # what takes nothing is not waited for again
            time.sleep(0.05)


def forget_results() -> None:
    """Let go of the states that Prefect keeps for every result of this run.

    They take some 8 kB a task, and serve to show which task was given a plain result of which other one. Ours are given
    futures, which carry that themselves; so nothing is lost but the memory.
    """
    context = FlowRunContext.get()
    if context is not None:
        context.run_results.clear()


def queued_events() -> int:
    """Return how many events wait to be sent to Prefect's server."""
    workers: Iterable[object] = tuple(getattr(EventsWorker, "_instances", {}).values())
    return sum(len(worker._context_cache) for worker in workers if isinstance(worker, EventsWorker))


def is_chatter(record: logging.LogRecord) -> bool:
    """Tell the lines that Prefect writes about every task from others.

    Ours say better how it ended. An exception that nobody expected keeps its line.
    """
    return record.name == "prefect.task_runs" and record.getMessage().startswith(_CHATTER)


class LogSender(APILogWorker):
    """A log sender sends logs as Prefect's does, and reports failures to `SENDING`.

    Prefect's writes them on standard error by itself.
    """

    async def _handle_batch(self, items: list[dict[str, Any]]) -> None:
        await self._client.create_logs(items)


def use_log_sender() -> None:
    """Send every log by a `LogSender` from now on."""
    set_api_log_sink(lambda log: LogSender.instance().send(log))


def reason_not_sent(record: logging.LogRecord) -> BaseException | None:
    """Return why a log or an event could not be sent.

    It is read out of the line that `SENDING` writes about it. None for other lines, and for whoever looks into Prefect
    with PREFECT_LOGGING_INTERNAL_LEVEL=DEBUG.
    """
    if record.levelno < logging.ERROR or logging.getLogger(SENDING).isEnabledFor(logging.DEBUG):
        return None
    return sys.exc_info()[1]

"""What Prefect remembers of each task: what a long run must not let grow."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from prefect import Task
from prefect.context import FlowRunContext
from prefect.events.worker import EventsWorker
from prefect.futures import PrefectConcurrentFuture, PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from tasks.system import cancellation

_MOST_UNSENT = 100  # events that wait to be told to the server; each holds all that its task knew, some 10 kB
_PATIENCE_S = 20.0


class Threads(ThreadPoolTaskRunner[Any]):
    """Prefect's threads, for runs of any length.

    A task that is done is forgotten; the means to cancel it would stay until the end, 1 kB each. And where Prefect's
    server is far behind with what it is told of the tasks, the next one waits: the server takes some hundred events a
    second, which answers from a model never come to, but kept ones do, and a process may not end before all are told.
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
        lowest, since = _unsent_events(), time.monotonic()
        while self._patient and (unsent := _unsent_events()) > _MOST_UNSENT and not cancellation.requested():
            if unsent < lowest:
                lowest, since = unsent, time.monotonic()
            self._patient = time.monotonic() < since + _PATIENCE_S  # what takes nothing is not waited for again
            time.sleep(0.05)


def forget_results() -> None:
    """Let go of the states that Prefect keeps for every result of this flow run, some 8 kB a task.

    They serve to show which task was given a plain result of which other one. Ours are given futures, which carry that
    themselves; so nothing is lost but the memory.
    """
    context = FlowRunContext.get()
    if context is not None:
        context.run_results.clear()


def _unsent_events() -> int:
    """How many events wait; Prefect has no public word for it."""
    workers: Iterable[object] = tuple(getattr(EventsWorker, "_instances", {}).values())
    return sum(len(worker._context_cache) for worker in workers if isinstance(worker, EventsWorker))

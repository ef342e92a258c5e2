"""Give a run its task runner: threads of this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.context import FlowRunContext

from flows.runtime.prefect_internals import Threads

# Threads mostly wait: a segment under way holds one for its cut or its question, and a batch one for its save.
_THREADS_PER_QUESTION = 3


def threads_for(concurrency: int) -> int:
    """Return how many threads so many questions at once keep busy."""
    return _THREADS_PER_QUESTION * concurrency + 4


@contextmanager
def task_threads(concurrency: int) -> Iterator[None]:
    """Run the tasks that the flow submits inside on threads of their own.

    There are as many as so many questions at once need.

    Weighed against the flow decorator's `task_runner`: Prefect makes that one before it knows the run's parameters,
    so that a scheduled run had 52 threads whatever its `concurrency` was. Outside of a flow nothing changes.
    """
    flow_run = FlowRunContext.get()
    if flow_run is None:
        yield
        return
    with Threads(threads_for(concurrency)) as runner, flow_run.model_copy(update={"task_runner": runner}):
        yield

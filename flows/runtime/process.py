"""Prepare a process for a run, whoever started it.

That is the command, a worker, `serve`, or a call from Python: all go through here, once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pyarrow as pa
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from flows.runtime import signals
from flows.runtime.prefect_logs import send_logs_to_prefect
from flows.runtime.task_runner import task_threads, threads_for
from tasks.system.allocator import share_heaps

_log = logging.getLogger("reelsheet.run")


@contextmanager
def prepared_process(concurrency: int, tags: Iterable[str]) -> Iterator[None]:
    """Give tasks their threads, show their lines in Prefect, and hear signals."""
    set_up_process()
    tag_flow_run(tags)
    allocator = pa.default_memory_pool().backend_name
    _log.info("%d questions at once, %d threads, allocator %s", concurrency, threads_for(concurrency), allocator)
    with task_threads(concurrency), signals.watching():
        yield


def set_up_process() -> None:
    """Give the process what it keeps: an allocator, and Prefect as a log."""
    use_system_allocator()
    share_heaps(os.environ)
    send_logs_to_prefect()


def use_system_allocator() -> None:
    """Let Arrow take its memory from the system.

    Where the environment names another allocator, that one holds.

    Weighed against Arrow's own, mimalloc, which keeps memory for every thread that ever wrote a table, and a run has
    many: 1.36 times the memory with 2,000 recordings instead of 20; so it is 1.16 (`python -m bench.memory`).
    """
    if "ARROW_DEFAULT_MEMORY_POOL" not in os.environ:
        pa.set_memory_pool(pa.system_memory_pool())


def is_deployed() -> bool:
    """Return whether a deployment has started the flow run under way."""
    context = FlowRunContext.get()
    return context is not None and context.flow_run is not None and context.flow_run.deployment_id is not None


def tag_flow_run(tags: Iterable[str]) -> None:
    """Add tags to the flow run under way, beside those that its deployment gave it."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    new = [tag for tag in tags if tag not in context.flow_run.tags]
    if new:
        context.flow_run.tags += new
        with get_client(sync_client=True) as client:
            client.update_flow_run(context.flow_run.id, tags=context.flow_run.tags)

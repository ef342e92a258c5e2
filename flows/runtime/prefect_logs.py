"""The lines of `reelsheet.*` in Prefect, by run and task, in place of what Prefect says of every task."""

from __future__ import annotations

import logging

from prefect.context import FlowRunContext, TaskRunContext
from prefect.logging.handlers import APILogHandler

from flows.runtime.prefect_internals import is_chatter


def send_logs_to_prefect() -> None:
    """From now on Prefect's server is sent what runs and their tasks log, from INFO up. Calling it twice is harmless.

    Weighed against PREFECT_LOGGING_EXTRA_LOGGERS, which Prefect reads when it is imported: a worker has done that
    before any line of ours runs.
    """
    logger = logging.getLogger("reelsheet")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    if not any(isinstance(handler, APILogHandler) for handler in logger.handlers):
        handler = APILogHandler(level=logging.INFO)  # DEBUG lines may quote answers, which stay on this machine
        handler.addFilter(_is_of_a_run)
        logger.addHandler(handler)
    tasks = logging.getLogger("prefect.task_runs")
    if _is_worth_reading not in tasks.filters:
        tasks.addFilter(_is_worth_reading)


def _is_of_a_run(record: logging.LogRecord) -> bool:
    """Whether the line comes from a flow or a task: Prefect takes no other."""
    del record
    return FlowRunContext.get() is not None or TaskRunContext.get() is not None


def _is_worth_reading(record: logging.LogRecord) -> bool:
    return not is_chatter(record)

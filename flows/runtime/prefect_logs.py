"""Show the lines of `reelsheet.*` in Prefect, by run and task.

They stand in place of what Prefect says of every task, and of each line or event that its server did not take.
"""

from __future__ import annotations

import logging

from prefect.context import FlowRunContext, TaskRunContext
from prefect.logging.handlers import APILogHandler

from flows.runtime.lost_server import report_unsent
from flows.runtime.prefect_internals import SENDING, is_chatter, reason_not_sent, use_log_sender
from tasks.errors import ReelsheetError
from tasks.system.stage_log import held_back


def send_logs_to_prefect() -> None:
    """Send what runs and their tasks log from now on to Prefect's server.

    Only lines from INFO up are sent; those that are `logged_together` as one entry. Calling it twice is harmless.

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
    for name in ("prefect.task_runs", "prefect.flow_runs"):
        logging.getLogger(name).addFilter(_is_worth_reading)  # once, however often
    logging.getLogger(SENDING).addFilter(_is_not_of_sending)
    use_log_sender()


def _is_of_a_run(record: logging.LogRecord) -> bool:
    """Tell lines of a flow or a task from others, which Prefect does not take.

    Those of an entry with several lines are held back for it.
    """
    return (FlowRunContext.get() is not None or TaskRunContext.get() is not None) and not held_back(record)


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Tell lines of Prefect that say more than ours do.

    A run that did not end ok, or could not begin, is no unexpected exception: its state has the sentence.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not is_chatter(record) and not isinstance(error, ReelsheetError)


def _is_not_of_sending(record: logging.LogRecord) -> bool:
    """Return whether a line is about anything but what could not be sent.

    That is reported in a sentence of ours: Prefect's line quotes all of the event.
    """
    error = reason_not_sent(record)
    if error is not None:
        report_unsent(error)
    return error is None

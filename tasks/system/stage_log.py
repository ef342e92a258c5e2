"""Log each stage that a recording passes: probed, cut, asked about, saved."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePath

from tasks.errors import Interrupted, OverBudget, ReelsheetError, RunStopped
from tasks.records import Stage

TOGETHER = "reelsheet.together"
_held: ContextVar[list[logging.LogRecord] | None] = ContextVar("held", default=None)


def log_stage(stage: Stage, uri: str, outcome: str, segment: str = "", detail: str = "") -> None:
    """Log what came of a stage, as a warning unless it is "ok".

    In JSON each part is a field of its own. Words of an answer are no `detail`: the line goes to files and to Prefect's
    server.
    """
    level = logging.INFO if outcome == "ok" else logging.WARNING
    line = f"{PurePath(uri).name} {segment}".rstrip() + f": {outcome}" + (f", {detail}" if detail else "")
    fields = {"stage": stage, "recording": uri, "segment": segment, "outcome": outcome}
    logging.getLogger(f"reelsheet.{stage}").log(level, "%s", line, extra=fields)


@contextmanager
def logged_failure(stage: Stage, uri: str, segment: str = "") -> Iterator[None]:
    """Log an error of ours that ends the stage, and raise it.

    One that stops the run as a whole is not logged here.
    """
    try:
        yield
    except (RunStopped, OverBudget, Interrupted):
        raise
    except ReelsheetError as error:
        log_stage(stage, uri, "failed", segment, error.message)
        raise


@contextmanager
def logged_together() -> Iterator[None]:
    """Let Prefect have what is logged inside as one entry, with a line for each.

    With an entry for each, a run over 2,000 short recordings took 10.7 s of the processor in Prefect's server in place
    of 6.3 (`python -m bench.slots`). Wherever else lines are shown, they are so at once. It holds for threads with a
    copy of the context, too.
    """
    held: list[logging.LogRecord] = []
    before = _held.set(held)
    try:
        yield
    finally:
        _held.reset(before)
        if held:
            level = max(record.levelno for record in held)
            logging.getLogger(TOGETHER).log(level, "%s", "\n".join(record.getMessage() for record in held))


def held_back(record: logging.LogRecord) -> bool:
    """Hold a line back for the entry that it is a part of; False: there is none."""
    held = _held.get()
    if held is None:
        return False
    held.append(record)
    return True


def stands_alone(record: logging.LogRecord) -> bool:
    """Tell a line from an entry of several, each of which was shown already."""
    return record.name != TOGETHER

"""Log each stage that a recording passes: probed, cut, asked about, saved."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from tasks.errors import Interrupted, OverBudget, ReelsheetError, RunStopped
from tasks.records import Stage


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

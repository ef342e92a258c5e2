"""Show the lines of `reelsheet.*` on the terminal, and write them to a file."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

from tasks.errors import UsageError
from tasks.system.stage_log import stands_alone

LogForm = Literal["text", "json"]


def set_up_logs(verbosity: int, file: Path | None, form: LogForm) -> None:
    """Show what is logged on standard error: from 1 on each stage, from 2 on all.

    `file` gets the lines of each stage at 0, too. Raises UsageError where it cannot be written.
    """
    logger = logging.getLogger("reelsheet")
    logger.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
    logger.addHandler(logging.NullHandler())  # else Python prints warnings that nobody has asked for
    if verbosity:
        shown = _StandardError()
        shown.setFormatter(_formatter(form, "%(asctime)s %(name)s - %(message)s", "%H:%M:%S"))
        shown.addFilter(stands_alone)
        logger.addHandler(shown)
    if file is not None:
        logger.addHandler(_written(file, form))


class _StandardError(logging.Handler):
    """Write to what is standard error at the moment.

    While a progress bar is drawn, that is above it.
    """

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def _written(file: Path, form: LogForm) -> logging.Handler:
    try:
        handler = logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--log-file {file} cannot be written ({error.strerror}): name another file.") from error
    handler.addFilter(stands_alone)
    handler.setFormatter(_formatter(form, "%(asctime)s %(levelname)s %(name)s - %(message)s", "%Y-%m-%dT%H:%M:%SZ"))
    return handler


def _formatter(form: LogForm, line: str, moment: str) -> logging.Formatter:
    """Return a formatter.

    JSON has time, level, logger, message, and a field for each part of a stage.
    """
    if form == "json":
        names = {"levelname": "level", "name": "logger"}
        fields = ["levelname", "name", "message"]
        return JsonFormatter(fields, rename_fields=names, timestamp="time", json_ensure_ascii=False)
    formatter = logging.Formatter(line, moment)
    if moment.endswith("Z"):
        formatter.converter = time.gmtime
    return formatter

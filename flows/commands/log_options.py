"""Give the commands that log the options that say where to."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from flows.commands.options import Command
from tasks.system.streams import outlive_readers

_HEADING = "Logs"
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        help="show each stage of each recording; twice: also the answers",
        rich_help_panel=_HEADING,
    ),
]
LogFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="append each stage of each recording to a file", rich_help_panel=_HEADING),
]
LogFormat = Annotated[
    Literal["text", "json"], typer.Option(metavar="FORM", help="of these lines: text or json", rich_help_panel=_HEADING)
]


def with_log_options(command: Command) -> Command:
    """Give a command the options about logs; they are obeyed before it runs."""
    own = inspect.signature(command)

    @functools.wraps(command)
    def called(*, verbose: int, log_file: Path | None, log_format: Literal["text", "json"], **given: Any) -> None:
        from flows.output.logs import set_up_logs

        outlive_readers()
        set_up_logs(verbose, log_file, log_format)
        command(**given)

    shared = [_parameter("verbose", Verbose, 0), _parameter("log_file", LogFile, None)]
    shared.append(_parameter("log_format", LogFormat, "text"))
    called.__signature__ = own.replace(parameters=[*own.parameters.values(), *shared])  # type: ignore[attr-defined]
    return called


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)

"""Assemble the command line: `reelsheet COMMAND`, also `python -m flows.cli`.

Each command stands in `flows/commands/` under its name, the options that commands share in `config/options.py`. What a
command works with is loaded when it is called, and Prefect only by the jobs, so that help comes at once.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.analyze import analyze
from flows.commands.ask import ask
from flows.commands.catalog import models, scenarios
from flows.commands.compact import compact
from flows.commands.decide import accept, prefer
from flows.commands.doctor import doctor
from flows.commands.forget import forget
from flows.commands.log_options import with_log_options
from flows.commands.moderate import moderate
from flows.commands.own_name import own_name
from flows.commands.plan import plan, probe
from flows.commands.query import query
from flows.commands.reparse import reparse
from flows.commands.retry import retry
from flows.commands.review import review_app
from flows.commands.serve import serve
from flows.commands.subtitle import subtitle
from flows.commands.usage import UsageProblem, complain, explain, is_thread_limit
from tasks.errors import ReelsheetError
from tasks.run.summary import exit_status_of
from tasks.system.cancellation import leave_on_interrupt

_NAME = "reelsheet"

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Turns recordings into tables: video and audio, through a Qwen-Omni model, to Parquet.",
    epilog=f"Start with: `{own_name()} analyze talk.mp4 --language en` and then "  # noqa: S608 - words, no query
    f"`{own_name()} query 'SELECT * FROM current_transcript'`",
)
_JOBS = (analyze, subtitle, moderate, ask, plan, probe, query, retry, reparse, compact, accept, prefer, forget)
for command in (*_JOBS, models, scenarios, doctor):
    app.command()(with_log_options(command) if command in (analyze, subtitle, moderate, retry) else command)
engine_app = typer.Typer(no_args_is_help=True, help="The embedded model, as a server of its own.")
engine_app.command()(serve)
app.add_typer(engine_app, name="engine")
app.add_typer(review_app, name="review")


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"{_NAME} {version(_NAME)}\n")
        raise typer.Exit


@app.callback()
def _of_every_command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before the command."""


def main() -> int | None:
    """Run a command to its documented exit status.

    What a user can mend ends in one sentence, never in a traceback.
    """
    leave_on_interrupt()  # until a step takes over that has something to end in good order
    try:
        status: int | None = app(prog_name=_NAME, standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()  # here, where it can be told that it fails
    except ReelsheetError as error:
        status = complain(error.message, exit_status_of(error))
    except UsageProblem as error:
        status = complain(explain(error), 2)
    except (RuntimeError, BlockingIOError) as error:
        if not is_thread_limit(error):
            raise
        status = complain(
            "This user may start no further processes and threads here. What was done is saved: raise the limit "
            "(ulimit -u), or ask less at once (--concurrency).",
            2,
        )
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename:
            raise
        with Path(os.devnull).open("wb") as nowhere:  # for what still waits to be written
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        status = complain("The output has no space left where it is written to. What was done is saved.", 2)
    return status


if __name__ == "__main__":
    sys.exit(main())

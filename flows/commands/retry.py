"""Run `reelsheet retry`: ask again what failed and may succeed now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from flows.commands.options import Json, takes
from flows.output.console import print_json, stdout_console
from tasks.run.request import RetryRequest

if TYPE_CHECKING:
    from rich.console import Console

    from tasks.run.summary import Summary


@takes(RetryRequest)
def retry(request: RetryRequest, as_json: Json = False) -> None:
    """Ask again what failed and may succeed now.

    Model, prompt, scenario and policy are those of the runs that left it. All other answers are taken over, what was
    judged is judged anew, and subtitles are written. What comes of it is the next attempt at the recording, which the
    ready views then show; the old one stays in the tables. With `--outcome` also what asking again is not expected to
    mend.
    `--json` prints {"runs": […]}, one object for each way of asking.
    Examples: `reelsheet retry` · `reelsheet retry --outcome refused --since 3d` ·
    `reelsheet retry --outcome failed --stage probe`
    """
    from flows.pipeline.retry_selection import failures_to_retry
    from flows.runtime.launch import run_flow

    done: Sequence[Summary] = run_flow("retry", request) if failures_to_retry(request) else ()
    if as_json:
        print_json({"runs": [summary.as_json() for summary in done]})
    else:
        print_retries(stdout_console(), done)
    raise typer.Exit(max((summary.exit_status for summary in done), default=0))


def print_retries(console: Console, runs: Sequence[Summary]) -> None:
    """Print what a retry came to: a run for each way in which had been asked."""
    from flows.commands.moderate_output import print_moderation
    from flows.commands.run_output import print_files, print_summary

    for run in runs:
        (print_summary if run.moderation is None else print_moderation)(console, run)
        print_files(console, run)
    if not runs:
        console.print("There is nothing to ask again.")

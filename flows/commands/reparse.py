"""Run `reelsheet reparse`: read the answers that are kept again."""

from __future__ import annotations

import typer

from config.options import DatasetOptions
from flows.commands.options import Json, takes
from flows.commands.usage import tidy_interrupts
from flows.output.console import print_conclusion, print_json, stdout_console


@takes(DatasetOptions)
def reparse(options: DatasetOptions, as_json: Json = False) -> None:
    """Read the answers that are there again, without asking.

    It is for a reelsheet that reads them better. Of every analysis the newest attempt is read, and the one that the
    ready views show. Where that gives other rows, they become a new attempt, which the views then show; the old rows
    stay in the tables. Examples: `reelsheet reparse` · `reelsheet reparse --dataset /data/talks --json`
    """
    from flows.pipeline.reparse import reparse as read_again

    with tidy_interrupts():
        done = read_again(options.dataset)
    if as_json:
        print_json(done.as_json())
    else:
        print_conclusion(stdout_console(), done.warnings, done.sentence)
    if done.rebuilt.unread:
        raise typer.Exit(1)

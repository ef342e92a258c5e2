"""Run `reelsheet prefer` and `accept`: what a person decides about the tables."""

from __future__ import annotations

from typing import Annotated

import typer

from config.options import DatasetOptions
from flows.commands.options import Json, takes
from flows.output.console import print_json, stdout_console


@takes(DatasetOptions)
def prefer(
    options: DatasetOptions,
    analysis: Annotated[str, typer.Argument(metavar="ID", help="the analysis_id, or its beginning")],
    clear: Annotated[bool, typer.Option("--clear", help="prefer it no longer")] = False,
    as_json: Json = False,
) -> None:
    """Have the ready views show an analysis first.

    That is so whatever else is newer or more complete. It is shown in its line (the same scenario, prompt,
    language and model) and is the best of its recording (`is_best`). Examples: `reelsheet query "SELECT
    analysis_id, uri, prompt, language, model FROM current_analyses"` · `reelsheet prefer 1a2b3c` · `reelsheet
    prefer 1a2b3c --clear`
    """
    from flows.pipeline.datasets import dataset_to_change
    from flows.pipeline.setup import new_run
    from tasks.maintenance.decisions import prefer as decide

    done = decide(dataset_to_change(options.dataset), analysis, new_run("manual", {"command": "prefer"}), clear=clear)
    if as_json:
        print_json(done)
        return
    now = "is preferred no longer" if clear else "is shown first"
    stdout_console().print(f"The analysis {done['analysis_id']} of {done['uri']} {now}.", markup=False)


@takes(DatasetOptions)
def accept(
    options: DatasetOptions,
    failure: Annotated[str, typer.Argument(metavar="ID", help="a segment, analysis or recording, or the input's name")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="why nothing is to be done")],
    as_json: Json = False,
) -> None:
    """Accept failures as known, so that later runs no longer end with them.

    They leave `open_failures` until something fails anew. Who accepted what, and why, stays in `decisions`.
    Examples: `reelsheet query "SELECT segment_id, uri, outcome, message FROM open_failures"` ·
    `reelsheet accept 1a2b3c --reason "no speech at all"`
    """
    from flows.pipeline.datasets import dataset_to_change
    from flows.pipeline.setup import new_run
    from tasks.maintenance.decisions import accept as decide
    from tasks.run.usage import plural

    done = decide(dataset_to_change(options.dataset), failure, reason, new_run("manual", {"command": "accept"}))
    if as_json:
        print_json(done)
        return
    stdout_console().print(f"{plural(len(done), 'failure')} accepted: {reason}", markup=False)

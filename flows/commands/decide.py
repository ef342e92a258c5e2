"""`reelsheet prefer`: which analysis the views show first."""

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
    """Have the ready views show an analysis first, whatever else is newer or more complete.

    It is shown in its line (the same scenario, prompt, language and model) and is the best of its recording
    (`is_best`). Examples: `reelsheet query "SELECT analysis_id, uri, prompt, language, model FROM current_analyses"` ·
    `reelsheet prefer 1a2b3c` · `reelsheet prefer 1a2b3c --clear`
    """
    from flows.pipeline.setup import dataset_to_change, new_run
    from tasks.maintenance.decisions import prefer as decide

    done = decide(dataset_to_change(options.dataset), analysis, new_run("manual", {"command": "prefer"}), clear=clear)
    if as_json:
        print_json(done)
        return
    now = "is preferred no longer" if clear else "is shown first"
    stdout_console().print(f"The analysis {done['analysis_id']} of {done['uri']} {now}.", markup=False)

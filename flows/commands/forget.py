"""Run `reelsheet forget`: take a recording or a run out of the dataset."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from config.options import DatasetOptions
from flows.commands.options import Json, takes
from flows.commands.usage import tidy_interrupts
from flows.output.console import print_json, print_table, stdout_console


@takes(DatasetOptions)
def forget(
    options: DatasetOptions,
    name: Annotated[str, typer.Argument(metavar="MEDIA|RUN", help="a recording's uri or media_id, or a run_id")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    as_json: Json = False,
) -> None:
    """Take a recording, or what a run has written, out of every table.

    With it go raw answers and voices on the disk, the subtitles that were written of it unless somebody edited them,
    and what is remembered of the file. The file itself stays, and is asked about anew when it is named again. Killed on
    the way, it goes on with the next command that writes.
    Examples: `reelsheet forget talks/ann.mp4 --dry-run` · `reelsheet forget 1a2b3c4d` ·
    `reelsheet forget 20261122T173000Z-a1b2c3`
    """
    from flows.pipeline.datasets import dataset_to_change
    from tasks.maintenance.forget import chosen, would_go
    from tasks.maintenance.forget import forget as take_out
    from tasks.run.usage import plural
    from tasks.store import running
    from tasks.store.claims import Claims

    dataset = dataset_to_change(options.dataset)
    what = chosen(dataset, name)
    if dry_run:
        found = would_go(dataset, what)
    else:
        with tidy_interrupts(), Claims(dataset) as claims:
            running.record_killed_runs(dataset, claims)
            found = take_out(dataset, claims, what)
    rows = {table: count for table, count in found.rows.items() if count}
    if as_json:
        print_json({"dry_run": dry_run, **asdict(found)})
        return
    console = stdout_console()
    print_table(console, ("table", "rows"), rows.items())
    counted = [
        *((sum(rows.values()), "row"), (found.answers, "raw answer"), (found.voices, "voice")),
        *([(len(found.files), "subtitle file")] if found.files else []),
    ]
    total = ", ".join(plural(*one) for one in counted)
    for path in found.kept_files:
        console.print(f"Kept: {path} was edited since it was written; remove it yourself.", markup=False)
    console.print(f"{'Would forget' if dry_run else 'Forgotten'}: {total} of {name}.", markup=False)

"""Run `reelsheet compact`: merge the small files of closed months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from flows.commands.options import Json, takes
from flows.commands.usage import tidy_interrupts
from flows.output.console import print_conclusion, print_json, print_table, stdout_console
from tasks.run.request import CompactRequest

if TYPE_CHECKING:
    from rich.console import Console

    from flows.pipeline.compact import CompactionResult


@takes(CompactRequest)
def compact(request: CompactRequest, as_json: Json = False) -> None:
    """Merge the many small files that runs leave into few large ones.

    These are several times smaller and faster. All months before this one are merged, each table by itself; a month
    that is merged already costs nothing. Runs may be under way, and readers too: a table has the same rows before and
    after. `--json` tells of each what was merged.
    Examples: `reelsheet compact` · `reelsheet compact --dataset /data/talks --json` · `reelsheet compact --open-month`
    """
    from flows.pipeline.compact import merge_files

    with tidy_interrupts():
        done = merge_files(request.dataset, open_month=request.open_month)
    if as_json:
        print_json(done.as_json())
    else:
        print_compaction(stdout_console(), done)
    raise typer.Exit(done.exit_status)


def print_compaction(console: Console, done: CompactionResult) -> None:
    """Print what was merged, a line for each table and month."""
    from tasks.run.usage import mb

    merged = done.compacted.merged
    if merged:
        heads = ("month", "table", "rows", "files", "now", "MB", "now")
        print_table(console, heads, [
            (m.month, m.table, f"{m.rows:,}", m.files_before, m.files_after, mb(m.bytes_before), mb(m.bytes_after))
            for m in merged
        ])  # fmt: skip
    print_conclusion(console, done.warnings, done.sentence)

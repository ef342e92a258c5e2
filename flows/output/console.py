"""Words and tables for people: what `analyze` and `query` print, and what every command prints with."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from flows.pipeline.setup import Wiring
from tasks.records import Failure
from tasks.store.query import Relation, as_rows
from tasks.summary import Saved, Summary, mb, money

if TYPE_CHECKING:  # it brings pandas along, for which `query` and `--help` need not wait
    from flows.commands.compact import Outcome

_LONGEST_CELL = 400
_MOST_RECORDINGS = 40
_NUMBER = re.compile(r"-?[\d,]*(\.\d+)?")


def on_stdout(otherwise_wide: int = 1000) -> Console:
    """A console as wide as the terminal, or, in a file or a pipe, so wide that nothing need be folded."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else otherwise_wide)


def table(console: Console, heads: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """Print rows under heads; numbers stand right. Nothing is cut off: what does not fit is folded."""
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    body = [[_cell(value) for value in row] for row in rows]
    for place, head in enumerate(heads):
        numeric = bool(body) and all(_NUMBER.fullmatch(row[place]) for row in body)
        drawn.add_column(head, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        drawn.add_row(*row)
    console.print(drawn, markup=False)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def print_json(value: Any, out: TextIO | None = None) -> None:
    """One JSON value on standard output or in a file, and nothing else."""
    (out or sys.stdout).write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def told(console: Console, warnings: Iterable[str], sentence: str) -> None:
    """What a command came to, in one sentence, after what the reader should know."""
    for warning in warnings:
        console.print(f"Note: {warning}", markup=False)
    console.print(sentence, markup=False)


# --- analyze ---------------------------------------------------------------------------------------------------


def chosen(console: Console, wiring: Wiring) -> None:
    """Who will be asked, and why."""
    job = wiring.job
    console.print(
        f"{job.model.name} at {job.provider.name} ({wiring.settings.provider_reason}), scenario {job.scenario.name}, "
        f"tables in {job.dataset}",
        markup=False,
    )


def summary(console: Console, run: Summary) -> None:
    """What a run came to."""
    for warning in run.warnings:
        console.print(f"Note: {warning}", markup=False)
    if run.saved:
        heads = ("recording", "outcome", "coverage", "segments", "tokens in", "out")
        # What needs a look comes first; a large run's good recordings are in the tables.
        shown = sorted(run.saved, key=lambda saved: saved.outcome == "ok")[:_MOST_RECORDINGS]
        table(console, heads, map(_saved_row, shown))
        if len(run.saved) > len(shown):
            console.print(f"… and {len(run.saved) - len(shown)} more in the table analyses.", markup=False)
    for complaint in run.complaints[:_MOST_RECORDINGS]:
        console.print(f"Not ok: {complaint}", markup=False)
    failures(console, run.failures)
    if run.spent.requests:
        table(console, ("tokens", "estimated", "actual"), [*run.by_modality, _cost_row(run)])
    if run.error is None:
        cost = f" Cost: {money(run.spent.cost_nano, run.currency)}." if run.spent.requests else ""
        console.print(f"{run.sentence}{cost}", markup=False)
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"reelsheet: {run.sentence}", markup=False)


def _cost_row(run: Summary) -> tuple[str, str, str]:
    return "cost", money(run.estimate.cost_nano, run.currency), money(run.spent.cost_nano, run.currency)


def retried(console: Console, runs: Sequence[Summary]) -> None:
    """What a retry came to: a run for each way in which had been asked."""
    for run in runs:
        summary(console, run)
    if not runs:
        console.print("There is nothing to ask again.")


def _saved_row(saved: Saved) -> tuple[Any, ...]:
    segments, tokens = sum(saved.segments.values()), saved.spent.tokens
    return saved.uri, saved.outcome, f"{saved.coverage:.0%}", segments, f"{tokens.input:,}", f"{tokens.output:,}"


def failures(console: Console, found: Sequence[Failure]) -> None:
    """What could not be done, a line each."""
    for failed in found:
        where = "" if failed.uri in failed.message else f"{failed.uri}: "
        console.print(f"Failed: {where}{failed.message}", markup=False)


# --- compact ---------------------------------------------------------------------------------------------------


def compacted(console: Console, done: Outcome) -> None:
    """What was merged, a line for each table and month."""
    merged = done.compacted.merged
    if merged:
        heads = ("month", "table", "rows", "files", "now", "MB", "now")
        table(console, heads, [
            (m.month, m.table, f"{m.rows:,}", m.files_before, m.files_after, mb(m.bytes_before), mb(m.bytes_after))
            for m in merged
        ])  # fmt: skip
    told(console, done.warnings, done.sentence)


# --- query -----------------------------------------------------------------------------------------------------


def rows(console: Console, result: pa.Table) -> None:
    """A query's result as a table."""
    table(console, result.column_names, [list(row.values()) for row in as_rows(result)])


def dictionary(console: Console, described: Sequence[Relation], as_json: bool) -> None:
    """The tables and views, and what their columns mean."""
    if as_json:
        print_json([asdict(relation) for relation in described])
        return
    for relation in described:
        console.print(f"\n[bold]{relation.name}[/bold] {'(view)' if relation.is_view else ''} {relation.about}")
        table(
            console,
            ("column", "type", "unit", "meaning"),
            [(c.name, c.kind, c.unit, c.told()) for c in relation.columns],
        )

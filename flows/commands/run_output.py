"""What `analyze`, `retry`, `compact` and `query --list` print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from flows.output.console import print_conclusion, print_json, print_table
from flows.pipeline.setup import ResolvedRun
from tasks.query.sql import Relation
from tasks.records import Failure
from tasks.run.summary import SavedRecording, Summary, mb, money

if TYPE_CHECKING:  # it brings pandas along, for which `query` and `--help` need not wait
    from flows.commands.compact import Outcome

_MOST_RECORDINGS = 40


def print_choice(console: Console, resolved: ResolvedRun) -> None:
    """Who will be asked, and why."""
    job = resolved.job
    console.print(
        f"{job.model.name} at {job.provider.name} ({resolved.settings.provider_reason}), scenario {job.scenario.name}, "
        f"tables in {job.dataset}",
        markup=False,
    )


def print_summary(console: Console, run: Summary) -> None:
    """What a run came to."""
    for warning in run.warnings:
        console.print(f"Note: {warning}", markup=False)
    if run.saved:
        heads = ("recording", "outcome", "coverage", "segments", "tokens in", "out")
        # What needs a look comes first; a large run's good recordings are in the tables.
        shown = sorted(run.saved, key=lambda saved: saved.outcome == "ok")[:_MOST_RECORDINGS]
        print_table(console, heads, map(_saved_row, shown))
        if len(run.saved) > len(shown):
            console.print(f"… and {len(run.saved) - len(shown)} more in the table analyses.", markup=False)
    for complaint in run.complaints[:_MOST_RECORDINGS]:
        console.print(f"Not ok: {complaint}", markup=False)
    print_failures(console, run.failures)
    if run.usage.requests:
        print_table(console, ("tokens", "estimated", "actual"), [*run.by_modality, _cost_row(run)])
    if run.error is None:
        cost = f" Cost: {money(run.usage.cost_nano, run.currency)}." if run.usage.requests else ""
        console.print(f"{run.sentence}{cost}", markup=False)
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"reelsheet: {run.sentence}", markup=False)


def _cost_row(run: Summary) -> tuple[str, str, str]:
    return "cost", money(run.estimate.cost_nano, run.currency), money(run.usage.cost_nano, run.currency)


def print_retries(console: Console, runs: Sequence[Summary]) -> None:
    """What a retry came to: a run for each way in which had been asked."""
    for run in runs:
        print_summary(console, run)
    if not runs:
        console.print("There is nothing to ask again.")


def _saved_row(saved: SavedRecording) -> tuple[Any, ...]:
    segments, tokens = sum(saved.segments.values()), saved.usage.tokens
    return saved.uri, saved.outcome, f"{saved.coverage:.0%}", segments, f"{tokens.input:,}", f"{tokens.output:,}"


def print_failures(console: Console, found: Sequence[Failure]) -> None:
    """What could not be done, a line each."""
    for failed in found:
        where = "" if failed.uri in failed.message else f"{failed.uri}: "
        console.print(f"Failed: {where}{failed.message}", markup=False)


def print_compaction(console: Console, done: Outcome) -> None:
    """What was merged, a line for each table and month."""
    merged = done.compacted.merged
    if merged:
        heads = ("month", "table", "rows", "files", "now", "MB", "now")
        print_table(console, heads, [
            (m.month, m.table, f"{m.rows:,}", m.files_before, m.files_after, mb(m.bytes_before), mb(m.bytes_after))
            for m in merged
        ])  # fmt: skip
    print_conclusion(console, done.warnings, done.sentence)


def print_dictionary(console: Console, described: Sequence[Relation], as_json: bool) -> None:
    """The tables and views, and what their columns mean."""
    if as_json:
        print_json([asdict(relation) for relation in described])
        return
    for relation in described:
        console.print(f"\n[bold]{relation.name}[/bold] {'(view)' if relation.is_view else ''} {relation.about}")
        print_table(
            console,
            ("column", "type", "unit", "meaning"),
            [(c.name, c.kind, c.unit, c.description()) for c in relation.columns],
        )

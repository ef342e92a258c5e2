"""Read the answers that the dataset holds again, without Prefect.

No model is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config.settings import load_settings
from flows.output import progress
from flows.pipeline.datasets import use_failpoints
from flows.pipeline.machine import config_errors, use_machine
from flows.pipeline.setup import new_run
from tasks.answer.parse import parse_answer
from tasks.maintenance.reparse import ReparseResult, rebuild
from tasks.records import RunState, Tokens
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import publish_run, recover
from tasks.store.dataset import Dataset
from tasks.tables.analysis import Parser
from tasks.tables.rows import RunInfo, RunTotals, run_row

_NO_COSTS = RunTotals({}, {}, requests=0, tokens=Tokens(), cost_nano=0, currency=None)


@dataclass(frozen=True, slots=True)
class Reparsed:
    """A result says what came of a reparse."""

    dataset: str
    rebuilt: ReparseResult

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        counts = self.rebuilt
        return {
            "dataset": self.dataset,
            "analyses": counts.analyses,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
            "busy": counts.busy,
            "warnings": list(self.warnings),
        }

    @property
    def sentence(self) -> str:
        counts = self.rebuilt
        if not counts.analyses:
            return f"There is nothing to read again: {self.dataset} holds no analysis."
        read = _analyses(counts.analyses)
        if not counts.changed:
            return f"Read {read} again: the tables in {self.dataset} stay as they are."
        return f"Read {read} again: {counts.changed} changed, as new attempts in {self.dataset}; the old ones stay."

    @property
    def warnings(self) -> tuple[str, ...]:
        """Name the analyses that were left as they are, and why."""
        busy, broken, unread = self.rebuilt.busy, self.rebuilt.broken, self.rebuilt.unread
        told = []
        if busy:
            told.append(f"Another run is at {_analyses(busy)}: reparse again once it has ended.")
        if broken:
            told.append(
                f"Left alone: {_analyses(broken)} without segments, or without a recording in the "
                "table media; files are missing from the dataset."
            )
        if unread:
            told.append(
                f"Left alone: {_analyses(len(unread))} whose answers could not be read: {'; '.join(unread[:3])}."
            )
        return tuple(told)


def reparse(dataset: str | None, parse: Parser = parse_answer) -> Reparsed:
    """Read every analysis' newest answers again, and those that the views show.

    What differs is published as new attempts.

    Raises UsageError where there is no dataset, DatasetNotWritable.
    """
    with config_errors():
        settings = load_settings(None, dataset=dataset)
    use_machine(settings)
    use_failpoints(settings)
    there = Dataset.reopen(settings.dataset)
    run = new_run("manual", {"command": "reparse"})
    with Claims(there) as claims:
        recover(there)
        running.record_killed_runs(there, claims)
        running.begin(there, run, claims)
        progress.use(progress.for_terminal())
        try:
            with _recorded(there, run):
                rebuilt = rebuild(there, run, claims, parse, _report_progress)
        finally:
            progress.current().close()
    return Reparsed(str(there.root), rebuilt)


@contextmanager
def _recorded(dataset: Dataset, run: RunInfo) -> Iterator[None]:
    """Publish the run's own row, also where it is interrupted.

    Of one that ends otherwise the next run tells.
    """
    try:
        yield
    except KeyboardInterrupt:
        _end(dataset, run, "interrupted")
        raise
    _end(dataset, run, "completed")


def _end(dataset: Dataset, run: RunInfo, state: RunState) -> None:
    publish_run(dataset, {"runs": [run_row(run, state, _NO_COSTS, datetime.now(UTC))]}, run)
    running.end(dataset, run.run_id)


def _report_progress(done: int, of: int) -> None:
    if of == 1:  # it is over already
        return
    report = progress.current()
    if done == 1:
        report.begin("parts read again", of)
    report.advance()


def _analyses(count: int) -> str:
    return f"{count} analys{'is' if count == 1 else 'es'}"

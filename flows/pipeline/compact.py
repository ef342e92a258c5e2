"""Merge the small files of closed months into few large ones, without Prefect."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from config.settings import load_settings
from flows.output import progress
from flows.pipeline.datasets import use_failpoints
from flows.pipeline.machine import config_errors, use_machine
from tasks.maintenance.compact import Compacted, Tools, compact
from tasks.run.usage import mb
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset

_ANY_MONTH = "9999-99"


@dataclass(frozen=True, slots=True)
class CompactionResult:
    """A result says what `compact` merged, and what it left."""

    dataset: str
    compacted: Compacted

    @property
    def exit_status(self) -> int:
        return 1 if self.compacted.failed else 0

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "dataset": self.dataset,
            **self.totals(),
            "merged": [asdict(merged) for merged in self.compacted.merged],
            "warnings": list(self.warnings),
        }

    def totals(self) -> dict[str, int]:
        """Sum up what was merged."""
        names = ("rows", "files_before", "files_after", "bytes_before", "bytes_after")
        return {name: sum(getattr(merged, name) for merged in self.compacted.merged) for name in names}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Name the files that stayed as they are, and why."""
        if self.compacted.busy:
            return (f"Another compaction is at work in {self.dataset}: nothing was done here.",)
        return self.compacted.failed

    @property
    def sentence(self) -> str:
        total = self.totals()
        if not self.compacted.merged:
            closed = "" if self.warnings else ": no closed month of a table has several small files"
            return f"Nothing was merged in {self.dataset}{closed}."
        files = f"{total['files_before']:,} files are now {total['files_after']:,}"
        return f"{files}, and {mb(total['bytes_before'])} MB are {mb(total['bytes_after'])} MB: {self.dataset}."


def merge_files(dataset: str | None, *, open_month: bool = False) -> CompactionResult:
    """Merge the small files of every month before this one, in UTC.

    With `open_month` those of this month, too. Raises UsageError where there is no dataset, DatasetNotWritable.
    """
    with config_errors():
        settings = load_settings(None, dataset=dataset)
    use_machine(settings)
    use_failpoints(settings)
    there = Dataset.reopen(settings.dataset)
    before = _ANY_MONTH if open_month else f"{datetime.now(UTC):%Y-%m}"
    with Claims(there) as claims:
        recover(there)
        running.record_killed_runs(there, claims)  # the files of a run that was killed may be merged
        progress.use(progress.for_terminal())
        try:
            return CompactionResult(str(there.root), compact(there, claims, before, Tools(progress=_report_progress)))
        finally:
            progress.current().close()


def _report_progress(done: int, of: int) -> None:
    report = progress.current()
    if done == 1:
        report.begin("tables merged", of)
    report.advance()

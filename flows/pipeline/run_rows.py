"""Make a run's own rows from its summary. Pure but for the clock.

They go to `runs`, `inputs`, `media` and `failures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tasks.inputs.changes import InputRow
from tasks.records import Recording
from tasks.run.summary import Summary
from tasks.tables.rows import Rows, RunInfo, RunTotals, failure_row, input_row, media_row, run_row


def run_rows(run: RunInfo, summary: Summary, recordings: Sequence[Recording], inputs: Sequence[InputRow]) -> Rows:
    """Make the rows of a run that is over."""
    totals = RunTotals(
        recordings=summary.recordings,
        segments=summary.segments,
        requests=summary.usage.requests,
        tokens=summary.usage.tokens,
        cost_nano=summary.usage.cost_nano,
        currency=summary.currency,
    )
    failed = [failure for failure in summary.failures if failure.segment_id is None]
    return {
        "runs": [run_row(run, summary.state, totals, datetime.now(UTC))],
        "inputs": [input_row(run.run_id, *seen) for seen in inputs],
        "media": [media_row(recording) for recording in recordings],
        "failures": [failure_row(failure, run.run_id) for failure in failed],
    }

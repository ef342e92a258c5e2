"""Attempts published one by one, as a run with batches of a single recording does it."""

from __future__ import annotations

from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.tables.rows import Rows, RunInfo


def publish_analysis(dataset: Dataset, rows: Rows, run: RunInfo) -> bool:
    """Publish one attempt in files of its own; False: another run had finished the analysis meanwhile."""
    [analysis] = rows["analyses"]
    return bool(publish_attempts(dataset, [rows], run, f"{analysis['analysis_id']}-{analysis['attempt']}"))

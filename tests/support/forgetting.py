"""A recording forgotten without waiting for readers; also by a process that is to be killed."""

from __future__ import annotations

from pathlib import Path

from tasks.maintenance.compact import Tools
from tasks.maintenance.forget import Removed, chosen, forget
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import activate

QUICK = Tools(patience_s=0)


def forgotten(dataset: Dataset, name: str) -> Removed:
    """Take it out of the dataset."""
    with Claims(dataset) as claims:
        recover(dataset)
        running.record_killed_runs(dataset, claims)
        return forget(dataset, claims, chosen(dataset, name), QUICK)


def dying_forget(folder: Path, name: str, *points: str) -> None:
    """Take it out in a process of its own, which dies at the fail points."""
    activate(points)
    forgotten(Dataset.open(folder), name)

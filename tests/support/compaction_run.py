"""A compaction of every month, to be killed. With `renames`, two folders cannot be exchanged in one step."""

from __future__ import annotations

from pathlib import Path

from tasks.maintenance.compact import Compacted, Tools, compact
from tasks.maintenance.merge import Sizes
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.exchange import exchange
from tasks.store.failpoints import activate

RENAMES = "renames"
SMALL = Sizes(file_bytes=2_000, group_rows=7, group_bytes=4_000, part_bytes=2_500, batch_bytes=900)
"""Sizes at which a handful of rows goes through every step, and into several files."""


def cannot_exchange(one: Path, other: Path) -> bool:
    """As on a file system that takes two renames."""
    return False


def compacted(dataset: Dataset, before: str = "9999-12", *, exchanging: bool = True, sizes: Sizes = SMALL) -> Compacted:
    """The months before `before` merged, without waiting for readers."""
    tools = Tools(sizes, exchange if exchanging else cannot_exchange, patience_s=0)
    with Claims(dataset) as claims:
        recover(dataset)
        running.record_killed_runs(dataset, claims)
        return compact(dataset, claims, before, tools)


def dying_compaction(folder: Path, *words: str) -> None:
    """The compaction in a process of its own, which dies at the fail points among the words."""
    activate(set(words) - {RENAMES})
    compacted(Dataset.open(folder), exchanging=RENAMES not in words)

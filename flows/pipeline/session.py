"""The dataset of a run, open: what is published, what is remembered of files, and who asks about what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flows.pipeline.setup import Wiring, ready
from tasks.inputs.file_cache import Memory
from tasks.store import begun
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.history import History


@dataclass(frozen=True, slots=True)
class Ledger:
    """For the thread that opened it."""

    dataset: Dataset
    history: History
    memory: Memory
    claims: Claims


@contextmanager
def opened(wiring: Wiring) -> Iterator[Ledger]:
    """The dataset, with what killed runs left in it finished or undone. Raises UsageError, DatasetNotWritable."""
    dataset = ready(wiring)
    with Claims(dataset) as claims:
        recover(dataset)
        begun.bury(dataset, claims)
        begun.begin(dataset, wiring.job.run, claims)
        with History(dataset) as history, Memory(dataset) as memory:
            yield Ledger(dataset, history, memory, claims)

"""Open the dataset of a run: its history, its memory of files, its claims."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flows.pipeline.datasets import ready
from flows.pipeline.setup import ResolvedRun
from tasks.inputs.file_cache import FileCache
from tasks.store import running
from tasks.store.claims import Claims
from tasks.store.commit import recover
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.store.layout import FORGET_NOTE


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Hold what earlier runs left in a dataset, for the thread that opened it."""

    dataset: Dataset
    history: History
    file_cache: FileCache


@dataclass(frozen=True, slots=True)
class Session(Knowledge):
    """Hold the dataset of a run, open for writing."""

    claims: Claims


@contextmanager
def open_knowledge(dataset: Dataset) -> Iterator[Knowledge]:
    """Open what is known, for reading.

    What a killed run has decided and not published is not seen.
    """
    with History(dataset) as history, FileCache(dataset) as file_cache:
        yield Knowledge(dataset, history, file_cache)


@contextmanager
def open_session(resolved: ResolvedRun) -> Iterator[Session]:
    """Open the dataset, with what killed runs left in it finished or undone.

    Raises UsageError, DatasetNotWritable.
    """
    dataset = ready(resolved)
    with Claims(dataset) as claims:
        recover(dataset)
        running.record_killed_runs(dataset, claims)
        running.begin(dataset, resolved.job.run, claims)
        _finish_forgetting(dataset, claims)  # only now: whoever forgets looks for runs that have begun
        with History(dataset) as history, FileCache(dataset) as file_cache:
            yield Session(dataset, history, file_cache, claims)


def _finish_forgetting(dataset: Dataset, claims: Claims) -> None:
    if dataset.storage.folder is None or not dataset.storage.exists(FORGET_NOTE):
        return
    from tasks.maintenance.forget import finish  # noqa: PLC0415 - brings DuckDB along, and hardly ever has to

    finish(dataset, claims)

"""Reading while files are merged: what was listed may be gone when it is opened, and is then read anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from tasks.store.dataset import Dataset
from tasks.tables.schemas import TABLES

T = TypeVar("T")

_TIMES = 10


def read_consistently(dataset: Dataset, read: Callable[[], T]) -> T:
    """What `read` gives; once more where the folder of a month became another one meanwhile.

    Listing a folder and opening what it listed are two steps, and between them a compaction may put another folder in
    its place. What was read then is an error as a rule, and could lack rows. Raises what `read` raises.
    """
    if not isinstance(dataset.root, Path):  # where nothing is merged
        return read()
    for _ in range(_TIMES):
        before = _months(dataset)
        try:
            found = read()
        except Exception:  # each reader has its own word for a file that is gone; what is not due to that is raised
            if _months(dataset) == before:
                raise
        else:
            if _months(dataset) == before:
                return found
    return read()


def _months(dataset: Dataset) -> dict[str, int]:
    """The folders of the tables' months, each with what tells it from another of its name."""
    found: dict[str, int] = {}
    for table in TABLES:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(dataset.table(table)) as months:
            found |= {month.path: month.inode() for month in months}
    return found

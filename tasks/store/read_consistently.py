"""Read while files are merged.

What was listed may be gone when it is opened, and is then read anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tasks.store.dataset import Dataset

T = TypeVar("T")

_TIMES = 10


def read_consistently(dataset: Dataset, read: Callable[[], T]) -> T:
    """Return what `read` gives, once more where a month's folder was replaced.

    Listing a folder and opening what it listed are two steps, and between them a compaction may put another folder in
    its place. What was read then is an error as a rule, and could lack rows. Raises what `read` raises.
    """
    for _ in range(_TIMES):
        before = dataset.storage.month_versions()
        try:
            found = read()
        except Exception:  # each reader has its own word for a file that is gone; what is not due to that is raised
            if dataset.storage.month_versions() == before:
                raise
        else:
            if dataset.storage.month_versions() == before:
                return found
    return read()

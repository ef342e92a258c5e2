"""A dataset in which one publishes while another merges, in a process of its own.

Commits are numbered from FIRST on. Each line that it prints says how many tables a compaction has merged.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from tasks.maintenance.compact import Tools, compact
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tests.support.dataset_rows import attempt_rows, run

COMPACTIONS = 3
COMMITS_EACH = 4  # while a compaction works
PATIENCE_S = 0.3


def publish(dataset: Dataset, numbers: Iterable[int]) -> None:
    """Commits of one analysis each, with two utterances."""
    for number in numbers:
        rows = attempt_rows(f"a{number:04}", media_id=f"{number * 37 % 1000:064}")
        publish_attempts(dataset, [rows], run(), f"run-1-{number:05d}")


def keep_busy(folder: Path, first: int) -> None:
    dataset = Dataset.open(folder)
    with Claims(dataset) as claims:
        for start in range(first, first + COMPACTIONS * COMMITS_EACH, COMMITS_EACH):
            writer = threading.Thread(target=publish, args=(dataset, range(start, start + COMMITS_EACH)))
            writer.start()
            done = compact(dataset, claims, "9999-12", Tools(patience_s=PATIENCE_S))
            writer.join()
            sys.stdout.write(f"{len(done.merged)}\n")

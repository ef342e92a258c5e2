"""Number the attempts that are about to be published, and name their files.

It also finds which recordings are new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count

from tasks.store.dataset import Dataset
from tasks.store.index import Index
from tasks.tables.rows import Row, Rows, RunInfo
from tasks.tables.schemas import TABLES


@dataclass(frozen=True, slots=True)
class AttemptNumber:
    """An attempt number says where an attempt goes."""

    analysis_id: str
    attempt: int  # as wanted, or the next number that is free
    free: bool  # otherwise this run's attempt has the number already, or the finished one of another run
    ours: bool  # the number is, or will be, this run's


def attempt_numbers(index: Index, analyses: Sequence[Row], run: RunInfo) -> list[AttemptNumber]:
    """Return a number for each row of `analyses`.

    After the unfinished attempt of another run comes the next number.
    """
    there = {(found.analysis_id, found.attempt): found for found in index.attempts(a["analysis_id"] for a in analyses)}
    numbers = []
    for analysis in analyses:
        analysis_id, number = analysis["analysis_id"], analysis["attempt"]
        while (found := there.get((analysis_id, number))) and found.run_id != run.run_id and found.unfinished:
            number += 1
        ours = found is None or found.run_id == run.run_id
        numbers.append(AttemptNumber(analysis_id, number, free=found is None, ours=ours))
    return numbers


def numbered(rows: Rows, attempt: int) -> Rows:
    """Return the rows of an attempt with this number.

    >>> numbered({"storyline": [{"seq": 1, "attempt": 1}]}, 2)
    {'storyline': [{'seq': 1, 'attempt': 2}]}
    """
    return {
        table: [{**row, "attempt": attempt} if "attempt" in row else row for row in table_rows]
        for table, table_rows in rows.items()
    }


def unseen(index: Index, media: Iterable[Row]) -> list[Row]:
    """Return the recordings that are not in the dataset yet, each once.

    Its first sight stays.
    """
    first: dict[str, Row] = {}
    for row in media:
        first.setdefault(row["media_id"], row)
    known = index.uris(first)
    return [row for media_id, row in first.items() if media_id not in known]


def free_name(dataset: Dataset, name: str, tables: Iterable[str] = tuple(TABLES)) -> str:
    """Return the name, or where a file has it, one that is free.

    No file is ever replaced by other rows.
    """
    wanted = tuple(tables)
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(free for free in names if not dataset.holds(wanted, free))

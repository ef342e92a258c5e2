"""Read the newest attempt at every analysis with all its rows, part by part.

It is never the whole dataset at once. With it comes the attempt that the views show of the analysis, where that is an
older one with fewer gaps.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType

import duckdb
import pyarrow.compute as pc

from tasks.query.sql import connect
from tasks.records import Outcome
from tasks.store.dataset import Dataset
from tasks.store.index import Index, Indexed
from tasks.store.read_consistently import read_consistently
from tasks.store.reading import read_columns, read_rows
from tasks.tables.from_rows import OF_RECORDING
from tasks.tables.rows import Row, Rows
from tasks.tables.schemas import FACT_TABLES, TABLES

ATTEMPTS_AT_ONCE = 256
SEGMENTS_AT_ONCE = 1024
UNANSWERED: tuple[Outcome, ...] = ("failed", "skipped")

_READ = tuple(table for table in FACT_TABLES if table != "calls")


@dataclass(frozen=True, slots=True)
class PublishedAttempt:
    """A published attempt has its rows in every fact table but `calls`."""

    analysis_id: str
    rows: Rows
    recording: Row | None  # the columns of `media` that `recording_of` reads; None where the row is missing
    shown: Rows | None = None  # those of the older attempt that the views show instead; None: they show the newest

    @property
    def is_whole(self) -> bool:
        read = [self.rows] if self.shown is None else [self.rows, self.shown]
        return bool(self.recording) and all(rows["segments"] and len(rows["analyses"]) == 1 for rows in read)


class NewestAttempts:
    """The newest attempts are those as of the moment when this is made.

    A context manager. Recover the dataset first. Files may be merged meanwhile: where an attempt lies is looked up
    when it is read.
    """

    def __init__(self, dataset: Dataset, at_once: int = ATTEMPTS_AT_ONCE) -> None:
        self._dataset, self._storage, self._at_once = dataset, dataset.storage, at_once
        self._index = Index(dataset)
        self._ahead = sqlite3.connect("")  # a file of its own where it grows large, gone with the connection
        self._ahead.execute("CREATE TABLE found (path, media_id, analysis_id)")
        self._ahead.executemany("INSERT INTO found VALUES (?, ?, ?)", self._index.newest())
        # In the order of the files, and of the rows in them: what is read together lies together.
        self._ahead.execute("CREATE TABLE ahead AS SELECT analysis_id FROM found ORDER BY path, media_id, analysis_id")
        self._ahead.execute("DROP TABLE found")
        (count,) = self._ahead.execute("SELECT count(*) FROM ahead").fetchone()
        self.parts = range(0, count, at_once)
        """The newest attempts, as many together as are worth reading together."""
        self._media = read_consistently(dataset, lambda: _recordings_known(dataset))

    def within(self, part: int) -> Iterator[list[PublishedAttempt]]:
        """Yield the newest attempts of one of the parts, in groups that are not too long."""
        rows = self._ahead.execute(
            "SELECT analysis_id FROM ahead WHERE rowid > ? AND rowid <= ?", [part, part + self._at_once]
        )
        ids = [analysis_id for (analysis_id,) in rows]
        sizes = read_consistently(self._dataset, partial(self._sizes, ids))
        for some in _fitting(ids, sizes):
            yield read_consistently(self._dataset, partial(self._read, some))

    def numbers(self, analysis_ids: Collection[str]) -> dict[str, int]:
        """Return the newest attempt at each analysis by now, of any run."""
        self._index.refresh()
        return {analysis_id: found.attempt for analysis_id, found in self._newest(analysis_ids).items()}

    def close(self) -> None:
        self._index.close()
        self._ahead.close()
        self._media.close()

    def __enter__(self) -> NewestAttempts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _newest(self, analysis_ids: Collection[str]) -> dict[str, Indexed]:
        return {found.analysis_id: found for found in self._index.attempts(analysis_ids)}  # the newest comes last

    def _sizes(self, analysis_ids: Sequence[str]) -> Counter[str]:
        """Count the segments of the analyses, in all attempts that lie in the same files."""
        attempts = list(self._newest(analysis_ids).values())
        files = self._files("segments", attempts)
        found = read_columns(self._storage, files, "segments", ["analysis_id"], _only(attempts))
        return Counter(analysis_id for (analysis_id,) in found)

    def _files(self, table: str, attempts: Iterable[Indexed]) -> list[str]:
        """Return the files that hold rows of the attempts.

        They are those of their commits, or the merged ones of their months.
        """
        found: dict[str, None] = {}
        for month, name in dict.fromkeys((attempt.month, attempt.file.stem) for attempt in attempts):
            found |= dict.fromkeys(self._dataset.holding(table, month, name))
        return list(found)

    def _shown(self, analysis_ids: Collection[str]) -> dict[str, Indexed]:
        """Return the attempt that the views show of each analysis, if not the newest."""
        attempts: dict[str, list[Indexed]] = defaultdict(list)
        for found in self._index.attempts(analysis_ids):
            attempts[found.analysis_id].append(found)
        doubtful = [found for of in attempts.values() if len(of) > 1 and of[-1].outcome != "ok" for found in of]
        if not doubtful:
            return {}
        unanswered = pc.field("outcome").isin(UNANSWERED) & _only(doubtful)
        files = self._files("segments", doubtful)
        gaps = set(read_columns(self._storage, files, "segments", ("analysis_id", "attempt"), unanswered))
        best: dict[str, tuple[int, Indexed]] = {}
        for found in doubtful:  # the newest of each analysis comes last
            rank = gap_rank(found.outcome, (found.analysis_id, found.attempt) in gaps)
            if found.analysis_id not in best or rank <= best[found.analysis_id][0]:
                best[found.analysis_id] = rank, found
        return {name: found for name, (_, found) in best.items() if found != attempts[name][-1]}

    def _read(self, analysis_ids: Sequence[str]) -> list[PublishedAttempt]:
        newest, shown = self._newest(analysis_ids), self._shown(analysis_ids)
        attempts = [*newest.values(), *shown.values()]
        rows: dict[tuple[str, int], Rows] = {
            (found.analysis_id, found.attempt): {table: [] for table in _READ} for found in attempts
        }
        for table in _READ:
            files = self._files(table, attempts)
            for row in read_rows(self._storage, files, table, TABLES[table].names, _only(attempts)):
                if of := rows.get((row["analysis_id"], row["attempt"])):
                    of[table].append(row)
        recordings = self._recordings(row["media_id"] for of in rows.values() for row in of["analyses"])
        return [
            PublishedAttempt(
                name,
                of := rows[name, found.attempt],
                next((recordings.get(row["media_id"]) for row in of["analyses"]), None),
                rows[name, shown[name].attempt] if name in shown else None,
            )
            for name, found in newest.items()
        ]

    def _recordings(self, media_ids: Iterable[str]) -> dict[str, Row]:
        found = self._media.execute("SELECT * FROM known WHERE list_contains($1, media_id)", [list(media_ids)])
        names = [column[0] for column in found.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def gap_rank(outcome: Outcome, unanswered: bool) -> int:
    """Rank how much an attempt lacks, as the view `best_attempts` does.

    Of the attempts at an analysis the views show the newest of those that lack least. `unanswered` says whether a
    segment's outcome is one of UNANSWERED.

    >>> gap_rank("failed", False), gap_rank("partial", True), gap_rank("ok", False)
    (2, 1, 0)
    """
    return 2 if outcome == "failed" else int(unanswered)


def _only(attempts: Sequence[Indexed]) -> pc.Expression:
    """Select their rows, and those of other attempts at the same analyses.

    The range leaves out most of a merged file.
    """
    media = [attempt.media_id for attempt in attempts]
    within = (pc.field("media_id") >= min(media)) & (pc.field("media_id") <= max(media))
    return within & pc.field("analysis_id").isin([attempt.analysis_id for attempt in attempts])


def _recordings_known(dataset: Dataset) -> duckdb.DuckDBPyConnection:
    connection = connect(dataset, ["media"])
    # Some hundred bytes a recording; of a group also its files and their lengths.
    columns = [*OF_RECORDING, "CASE WHEN id_basis = 'group' THEN probe_json ELSE '' END AS probe_json"]
    connection.execute(f"CREATE TEMP TABLE known AS SELECT {', '.join(columns)} FROM media")  # noqa: S608 - ours
    return connection


def _fitting(analysis_ids: Sequence[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Group the analyses so that no group is too long.

    One that alone is too long is a group.
    """
    group: list[str] = []
    segments = 0
    for analysis_id in analysis_ids:
        size = sizes[analysis_id]
        if group and segments + size > SEGMENTS_AT_ONCE:
            yield group
            group, segments = [], 0
        group.append(analysis_id)
        segments += size
    if group:
        yield group

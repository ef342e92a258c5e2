"""Index which attempts and recordings are published, and in which file.

It lies next to the tables, and is only a cache. `.reelsheet/index.sqlite` follows the names of the files: a new file
is read once, the rows of one that is gone are dropped. A name is enough, since no file is ever changed in place.
Where files were merged into one, whoever merges says so (`moved`), and nothing is read anew.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from tasks.errors import DatasetNotWritable
from tasks.records import Outcome
from tasks.store.cache import discard, is_damaged, open_cache
from tasks.store.dataset import Dataset
from tasks.store.failpoints import failpoint
from tasks.store.layout import is_merged, month_of, stem_of
from tasks.store.read_consistently import read_consistently
from tasks.store.reading import read_columns

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL);
CREATE INDEX files_by_path ON files (path);
CREATE TABLE attempts (
    analysis_id TEXT NOT NULL, attempt INTEGER NOT NULL, run_id TEXT NOT NULL, media_id TEXT NOT NULL,
    outcome TEXT NOT NULL, unfinished INTEGER NOT NULL, file INTEGER NOT NULL,
    PRIMARY KEY (analysis_id, attempt, file)
) WITHOUT ROWID;
CREATE INDEX attempts_by_media ON attempts (media_id);
CREATE TABLE media (
    media_id TEXT NOT NULL, uri TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (media_id, file)
) WITHOUT ROWID;
"""
_FOLLOWED = ("media", "analyses")
_IN_MEMORY = Path(":memory:")
_IDS_AT_ONCE = 500  # in one statement
_FILES_AT_ONCE = 200  # in one transaction
_LISTINGS = 5  # so often may files vanish while they are read, as they do when files are merged
_NEWEST = (  # SQLite takes the columns beside max() from the row that has the maximum
    "SELECT path, media_id, analysis_id FROM (SELECT analysis_id, media_id, file, max(attempt) FROM attempts "
    "WHERE analysis_id > ? GROUP BY analysis_id ORDER BY analysis_id LIMIT 5000) JOIN files ON id = file "
    "ORDER BY analysis_id"
)
_UNANSWERED = [[("outcome", "=", "skipped")], [("outcome", "=", "failed"), ("retryable", "=", True)]]

Pair = tuple[str, int]  # analysis_id, attempt


@dataclass(frozen=True, slots=True)
class Indexed:
    """An indexed attempt at an analysis is published."""

    analysis_id: str
    attempt: int
    run_id: str
    media_id: str
    outcome: Outcome
    unfinished: bool  # some segment was skipped, or failed in a way that asking again may mend
    file: PurePosixPath  # of `analyses`, from the dataset's root

    @property
    def month(self) -> str:
        """Return the folder of its month, `month=2026-10`.

        In every table the rows of an attempt lie in the same month.
        """
        return self.file.parent.name


class Index:
    """The index has what is published, as of the last `refresh`.

    The first question does one. Threads may share it. A missing or damaged file is made anew, and where none can be
    used the index is held in memory: that takes time, and is never an error.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._path = dataset.index
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._close: Callable[[], object] = lambda: None

    def refresh(self) -> None:
        """Take in the files that are new, and drop what stood in those that are gone."""
        self._ask(self._follow)

    def attempts(self, analysis_ids: Iterable[str]) -> Iterator[Indexed]:
        """Return every attempt at these analyses, the newest of each analysis last."""
        rows = self._look_up(
            "SELECT analysis_id, attempt, run_id, media_id, outcome, unfinished, path "
            "FROM attempts JOIN files ON id = file WHERE analysis_id IN ({}) ORDER BY analysis_id, attempt",
            analysis_ids,
        )
        for analysis_id, attempt, run_id, media_id, outcome, unfinished, path in rows:
            yield Indexed(analysis_id, attempt, run_id, media_id, outcome, bool(unfinished), PurePosixPath(path))

    def newest(self) -> Iterator[tuple[str, str, str]]:
        """Yield path, media_id and analysis_id of the newest attempts.

        Some thousands are read at a time.
        """
        last = ""

        def look(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
            return connection.execute(_NEWEST, [last]).fetchall()

        while some := self._ask(look):
            yield from some
            last = some[-1][2]

    def done(self, analysis_ids: Iterable[str]) -> set[str]:
        """Return those whose newest attempt left nothing to ask."""
        rows = self._look_up(  # SQLite takes the column beside max() from the row that has the maximum
            "SELECT analysis_id, unfinished, max(attempt) FROM attempts WHERE analysis_id IN ({}) GROUP BY analysis_id",
            analysis_ids,
        )
        return {analysis_id for analysis_id, unfinished, _ in rows if not unfinished}

    def uris(self, media_ids: Iterable[str]) -> dict[str, str]:
        """Return where these recordings were first seen, of those that are published."""
        rows = self._look_up(
            "SELECT media_id, uri FROM media JOIN files ON id = file WHERE media_id IN ({}) ORDER BY path DESC",
            media_ids,
        )
        return dict(rows)  # the oldest month comes last, and stays

    def not_ok(self, analysis_ids: Iterable[str]) -> set[str]:
        """Return those whose newest attempt did not end ok."""
        rows = self._look_up(  # SQLite takes the column beside max() from the row that has the maximum
            "SELECT analysis_id, outcome, max(attempt) FROM attempts WHERE analysis_id IN ({}) GROUP BY analysis_id",
            analysis_ids,
        )
        return {analysis_id for analysis_id, outcome, _ in rows if outcome != "ok"}

    def several(self, media_ids: Iterable[str]) -> set[str]:
        """Return those of these recordings about which there are several analyses."""
        asked = "SELECT DISTINCT media_id, analysis_id FROM attempts WHERE media_id IN ({})"
        analyses = Counter(media_id for media_id, _ in self._look_up(asked, media_ids))
        return {media_id for media_id, count in analyses.items() if count > 1}

    def moved(self, old: Collection[str], new: str) -> None:
        """Note that files were merged into one: what is known of them holds for it.

        All are paths from the dataset's root. Unless some of them was never read, or the new one was already: then it
        is as if nobody had said so.
        """

        def move(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                if _numbers(connection, [new]) or not all(_numbers(connection, [path]) for path in old):
                    return
                connection.executemany("UPDATE files SET path = ? WHERE path = ?", ((new, path) for path in old))

        self._ask(move)

    def close(self) -> None:
        with self._lock:
            self._close()
            self._connection = None

    # --- the database ----------------------------------------------------------------------------------------

    def _look_up(self, sql: str, ids: Iterable[str]) -> list[tuple[Any, ...]]:
        wanted = list(ids)

        def look(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            found: list[tuple[Any, ...]] = []
            for some in _parts(wanted, _IDS_AT_ONCE):
                found += connection.execute(sql.format(_marks(some)), some)
            return found

        return self._ask(look)

    def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` gives, be it from an index that had to be made anew."""
        with self._lock:
            for ahead in (2, 1, 0):  # as it is; made anew; in memory
                try:
                    return work(self._opened())
                except sqlite3.Error as error:
                    if not ahead:
                        raise
                    self._leave(error if ahead == 2 else None)
        raise AssertionError

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = open_cache(self._path, _SCHEMA)
            self._close = weakref.finalize(self, connection.close)
            self._connection = connection
            self._follow(connection)
        return self._connection

    def _leave(self, error: sqlite3.Error | None) -> None:
        self.close()
        if error is not None and is_damaged(error):
            discard(self._path)
        else:
            self._path = _IN_MEMORY

    # --- following the files -----------------------------------------------------------------------------------

    def _follow(self, connection: sqlite3.Connection) -> None:
        for ahead in reversed(range(_LISTINGS)):
            try:
                return self._take_in(connection)
            except FileNotFoundError as error:
                if not ahead:
                    raise DatasetNotWritable(
                        f"A file of the dataset is listed and not there ({error}): put it back, or remove its name."
                    ) from error
        return None

    def _take_in(self, connection: sqlite3.Connection) -> None:
        known = {path for (path,) in connection.execute("SELECT DISTINCT path FROM files")}
        there = read_consistently(self._dataset, lambda: set(self._listed()))
        merged = cache(lambda month: self._unanswered(self._dataset.names("segments", month)))
        for paths in _parts(sorted(there - known), _FILES_AT_ONCE):
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                for path in paths:
                    self._add(connection, path, merged)
                failpoint("index.reading")
            failpoint("index.read")
        if gone := sorted(known - there):
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                _drop(connection, _numbers(connection, gone))  # not those of files that were moved meanwhile

    def _listed(self) -> Iterator[str]:
        """List the files of the tables that are followed, from the root."""
        for table in _FOLLOWED:
            yield from self._dataset.storage.table_files(table)

    def _add(self, connection: sqlite3.Connection, path: str, merged: Callable[[str], set[Pair]]) -> None:
        if _numbers(connection, [path]):
            return  # another process was faster
        number = connection.execute("INSERT INTO files (path) VALUES (?)", [path]).lastrowid
        if path.startswith("media/"):
            seen = read_columns(self._dataset.storage, [path], "media", ("media_id", "uri"))
            connection.executemany("INSERT OR IGNORE INTO media VALUES (?, ?, ?)", ((*row, number) for row in seen))
        else:
            rows = ((*row, number) for row in self._attempts_in(path, merged))
            connection.executemany("INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def _attempts_in(self, file: str, merged: Callable[[str], set[Pair]]) -> Iterator[tuple[str | int, ...]]:
        """Return the attempts of a file of `analyses`.

        Which of them are unfinished stands in their segments.
        """
        month, name = month_of(file), stem_of(file)
        own = self._dataset.holding("segments", month, name)
        shared = is_merged(name) or any(is_merged(stem_of(found)) for found in own)
        unanswered = cache(lambda: merged(month) if shared else self._unanswered(own))
        columns = ("analysis_id", "attempt", "run_id", "media_id", "outcome")
        for analysis_id, attempt, run_id, media_id, outcome in read_columns(
            self._dataset.storage, [file], "analyses", columns
        ):
            unfinished = outcome != "ok" and (analysis_id, attempt) in unanswered()
            yield analysis_id, attempt, run_id, media_id, outcome, unfinished

    def _unanswered(self, files: Sequence[str]) -> set[Pair]:
        return set(read_columns(self._dataset.storage, files, "segments", ("analysis_id", "attempt"), _UNANSWERED))


def _drop(connection: sqlite3.Connection, files: Sequence[int]) -> None:
    for some in _parts(files, _IDS_AT_ONCE):
        marks = _marks(some)
        for table, column in (("attempts", "file"), ("media", "file"), ("files", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {column} IN ({marks})", some)  # noqa: S608 - our names


def _numbers(connection: sqlite3.Connection, paths: Iterable[str]) -> list[int]:
    found: list[int] = []
    for some in _parts(list(paths), _IDS_AT_ONCE):
        found += (n for (n,) in connection.execute(f"SELECT id FROM files WHERE path IN ({_marks(some)})", some))  # noqa: S608
    return found


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]

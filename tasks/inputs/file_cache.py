"""Remember what earlier runs found out about files.

So an unchanged file is neither hashed nor probed nor planned again. Only a cache, `.reelsheet/memory.sqlite`: without
it every file is read once more, and nothing is asked twice. Missing, damaged or out of reach, it starts empty without
a word. Any number of processes may use it, and within one process any thread, one at a time.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tasks.errors import ReelsheetError
from tasks.inputs.scan import Source
from tasks.media import stored
from tasks.store.cache import discard, is_damaged, open_cache
from tasks.store.dataset import Dataset
from tasks.system.object_store import is_stored

T = TypeVar("T")
Key = str | bytes

_SCHEMA = """
    CREATE TABLE files (
        path, size INTEGER, mtime_ns INTEGER, media_id TEXT, since_ns INTEGER, PRIMARY KEY (path, media_id)
    ) WITHOUT ROWID;
    CREATE INDEX files_by_media ON files (media_id);
    CREATE TABLE analyses (
        fingerprint TEXT, media_id TEXT, analysis_id TEXT, PRIMARY KEY (fingerprint, media_id)
    ) WITHOUT ROWID
"""
_AT_ONCE = 500  # keys in one look-up
_OTHER_CONTENT = -1  # as a size: other bytes have been seen at this path since

# The time of a change is told in steps: some milliseconds on ext4 and XFS, a second on older network shares, two on
# FAT. A file that was written to in the very step in which it was hashed may be written to again within that step, and
# then shows the same size and time with other bytes. So what was young when the run looked is hashed once more.
_STEP_NS = 2_000_000_000
_WRONG_CLOCK_NS = 86_400_000_000_000  # so far in the future, a time is no recent change; a new one will differ from it


@dataclass(frozen=True, slots=True)
class KnownPath:
    """A known path once held a recording's bytes."""

    path: str
    size_bytes: int
    mtime_ns: int | None  # None: too young to be trusted

    def holds_still(self) -> bool:
        """Return whether the file there looks as it did."""
        if is_stored(self.path):
            return self._is_stored_still()
        try:
            found = os.stat(self.path)  # noqa: PTH116 - may hold odd bytes
        except OSError:
            return False
        return found.st_size == self.size_bytes and self.mtime_ns in (None, found.st_mtime_ns)

    def _is_stored_still(self) -> bool:
        try:
            there = stored.look(self.path)
        except ReelsheetError:
            return False
        known = None if there is None else there.stamp
        return known is not None and known.size_bytes == self.size_bytes and self.mtime_ns in (None, known.mtime_ns)


class FileCache:
    """A file cache holds what a dataset's runs learned about files.

    Close it, or use it as a context manager.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._path = dataset.storage.cache_dir / "memory.sqlite"
        self._connection = open_cache(self._path, _SCHEMA)
        self._opened_ns = time.time_ns()

    def media_ids(self, sources: Iterable[Source]) -> dict[str, str]:
        """Return the media_id of each file, by path, where the file is as remembered.

        Its size and time of change decide.
        """
        by_key = {_key(source.path): source for source in sources}

        def look(connection: sqlite3.Connection) -> dict[str, str]:
            found = {}
            asked = "SELECT path, size, mtime_ns, media_id FROM files WHERE path"
            for key, size, mtime_ns, media_id in _rows_in(connection, asked, list(by_key)):
                source = by_key[key]
                if source.size_bytes == size and source.mtime_ns == mtime_ns:
                    found[source.path] = media_id
            return found

        return self._try(look, {})

    def remember(self, read: Iterable[tuple[Source, str]], looked_at: float) -> None:
        """Remember files and their media_ids.

        `looked_at` is when the run looked at their times, in seconds since the epoch.
        """
        rows = [
            (_key(source.path), source.size_bytes, _trusted(source.mtime_ns, looked_at), media_id, self._opened_ns)
            for source, media_id in read
            if source.size_bytes is not None and source.mtime_ns is not None
        ]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(
                    "UPDATE files SET size = ?, mtime_ns = NULL WHERE path = ? AND media_id <> ?",
                    ((_OTHER_CONTENT, key, media_id) for key, _, _, media_id, _ in rows),
                )
                connection.executemany(
                    "INSERT INTO files (path, size, mtime_ns, media_id, since_ns) VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns",
                    rows,
                )

        self._try(write, None)

    def paths_of(self, media_ids: Iterable[str]) -> dict[str, list[KnownPath]]:
        """Return where each recording was seen before this cache was opened.

        It may be there still or not.
        """

        def look(connection: sqlite3.Connection) -> dict[str, list[KnownPath]]:
            found: dict[str, list[KnownPath]] = {}
            asked = "SELECT media_id, path, size, mtime_ns FROM files WHERE since_ns < ? AND media_id"
            for media_id, key, size, mtime_ns in _rows_in(connection, asked, _distinct(media_ids), self._opened_ns):
                found.setdefault(media_id, []).append(KnownPath(os.fsdecode(key), size, mtime_ns))
            return found

        return self._try(look, {})

    def analyses(self, fingerprint: str, media_ids: Iterable[str]) -> dict[str, str]:
        """Return the analysis_id of each recording, analysed under this fingerprint.

        By media_id; tasks/run/fingerprint.py makes the fingerprint.
        """

        def look(connection: sqlite3.Connection) -> dict[str, str]:
            asked = "SELECT media_id, analysis_id FROM analyses WHERE fingerprint = ? AND media_id"
            return dict(_rows_in(connection, asked, _distinct(media_ids), fingerprint))

        return self._try(look, {})

    def analyses_of(self, media_ids: Iterable[str]) -> set[str]:
        """Return the analysis_ids that planning gave for these recordings."""

        def look(connection: sqlite3.Connection) -> set[str]:
            asked = "SELECT analysis_id FROM analyses WHERE media_id"
            return {analysis_id for (analysis_id,) in _rows_in(connection, asked, _distinct(media_ids))}

        return self._try(look, set())

    def forget(self, media_ids: Iterable[str]) -> None:
        """Drop all that is remembered of these recordings."""
        ids = [(media_id,) for media_id in media_ids]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany("DELETE FROM files WHERE media_id = ?", ids)
                connection.executemany("DELETE FROM analyses WHERE media_id = ?", ids)

        self._try(write, None)

    def remember_analyses(self, fingerprint: str, analyses: Mapping[str, str]) -> None:
        """Remember the analysis_ids that planning under a fingerprint gives."""
        rows = [(fingerprint, media_id, analysis_id) for media_id, analysis_id in analyses.items()]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO analyses (fingerprint, media_id, analysis_id) VALUES (?, ?, ?)", rows
                )

        self._try(write, None)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> FileCache:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _try(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return what `work` gives, or `otherwise` where the cache does not let it.

        A damaged cache begins anew.
        """
        try:
            return work(self._connection)
        except sqlite3.ProgrammingError:
            raise  # our own mistake
        except sqlite3.DatabaseError as error:
            if is_damaged(error):
                self._connection.close()
                discard(self._path)
                self._connection = open_cache(self._path, _SCHEMA)
            return otherwise


def _rows_in(
    connection: sqlite3.Connection, asked: str, keys: Sequence[Key], *before: Key | int
) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a query that ends with a column, for some of its keys."""
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        yield from connection.execute(f"{asked} IN ({','.join('?' * len(some))})", (*before, *some))


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _key(path: str) -> Key:
    """Return a path as SQLite keeps it: as bytes where it may be no UTF-8."""
    return path if path.isascii() else os.fsencode(path)


def _trusted(mtime_ns: int, looked_at: float) -> int | None:
    """Return the time of change, unless another change might show the same."""
    age_ns = int(looked_at * 1e9) - mtime_ns
    return None if -_WRONG_CLOCK_NS < age_ns < _STEP_NS else mtime_ns

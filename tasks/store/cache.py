"""Open SQLite files that hold only what can be found out again.

They open in whatever state they are, never with an error. A connection may be used by any thread, but by one at a
time: whoever shares it between threads holds a lock of his own. Several processes may use the same file; each waits
for the others' writes, some milliseconds as a rule.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import suppress
from pathlib import Path

_WAIT_S = 20  # for another process that is writing
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BESIDE = ("", "-wal", "-shm", "-journal")  # a database and the files that belong to it


def open_cache(path: Path, schema: str) -> sqlite3.Connection:
    """Open the cache at `path` with the tables of `schema`.

    The schema has statements that end with a semicolon. A missing or damaged file, and one of another schema, starts
    empty; where the file cannot be used (no permission, a full or read-only disk, a folder of that name), the cache
    lives in memory and is gone with the process. Writing statements begin a transaction by themselves; `with
    connection:` commits it.
    """
    for _ in range(2):
        try:
            return _opened(str(path), schema)
        except sqlite3.DatabaseError as error:
            if not is_damaged(error):
                break
            discard(path)
    return _opened(":memory:", schema)


def is_damaged(error: sqlite3.Error) -> bool:
    """Return whether the file itself is broken: then discard it.

    A file that is merely locked, full or out of reach is not.
    """
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED  # the low byte is the kind of the error


def discard(path: Path) -> None:
    """Remove a damaged cache.

    A process that still has it open goes on with a file that nobody else sees.
    """
    for ending in _BESIDE:
        with suppress(OSError):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def _opened(name: str, schema: str) -> sqlite3.Connection:
    # IMMEDIATE: a transaction that began by reading could not wait for another process's write, and would fail.
    connection = sqlite3.connect(name, timeout=_WAIT_S, isolation_level="IMMEDIATE", check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")  # readers and a writer don't wait for each other
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the newest rows, never break the file
        _ensure(connection, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def _ensure(connection: sqlite3.Connection, schema: str) -> None:
    """Make the tables as this version of the schema has them.

    Those of another version are dropped.
    """
    version = zlib.crc32(schema.encode()) & 0x7FFF_FFFF
    if _version(connection) == version:
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if _version(connection) == version:  # another process was faster
            return
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for (table,) in tables.fetchall():
            connection.execute(f'DROP TABLE "{table}"')
        for statement in schema.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)

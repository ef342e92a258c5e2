"""Find the subtitle files of a recording, to be removed with it.

A file is ours by the hash of its content. One that somebody edited since is theirs, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from duckdb import DuckDBPyConnection

from tasks.errors import NotWritten
from tasks.sidecars.files import sha256_at

WrittenFile = tuple[str, str]  # path, SHA-256 of a content that was written there


def files_written(connection: DuckDBPyConnection, media_ids: Sequence[str]) -> tuple[WrittenFile, ...]:
    """Return every content that was written at a path for these recordings."""
    sql = "SELECT DISTINCT path, sha256 FROM subtitles WHERE list_contains($1, media_id) ORDER BY ALL"
    return tuple(connection.execute(sql, [list(media_ids)]).fetchall())


def parted(files: Iterable[WrittenFile]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part the paths at which a file lies.

    First those where it is as it was written, then those where it is somebody else's by now.
    """
    contents: dict[str, set[str]] = {}
    for path, sha256 in files:
        contents.setdefault(path, set()).add(sha256)
    ours: list[str] = []
    others: list[str] = []
    for path, known in contents.items():
        found = _sha256_at(path)
        if found is not None:
            (ours if found in known else others).append(path)
    return tuple(ours), tuple(others)


def _sha256_at(path: str) -> str | None:
    try:
        return sha256_at(path)
    except NotWritten:  # it cannot be read, so nobody knows whose it is
        return ""

"""Find what earlier runs left open: segments not ok, files not readable."""

from __future__ import annotations

from collections.abc import Collection

from tasks.records import Failure
from tasks.store.dataset import Dataset
from tasks.store.read_consistently import read_consistently

_COLUMNS = (
    "uri, media_id, segment_id, stage, error_class, message, retryable, attempts, occurred_at, outcome"  # as Failure
)


def open_segments(dataset: Dataset, analysis_ids: Collection[str]) -> tuple[Failure, ...]:
    """Return what is open of these analyses, in the order of time."""
    if not analysis_ids:
        return ()
    sql = f"SELECT {_COLUMNS} FROM open_failures WHERE list_contains($1, analysis_id)"  # noqa: S608 - our names
    from tasks.query.sql import connect  # noqa: PLC0415 - brings DuckDB along, which unchanged files spare

    def ask() -> tuple[Failure, ...]:
        with connect(dataset, ["open_failures"]) as connection:
            return tuple(Failure(*row) for row in connection.execute(sql, [sorted(analysis_ids)]).fetchall())

    return read_consistently(dataset, ask)


def unreadable(dataset: Dataset, media_ids: Collection[str]) -> frozenset[str]:
    """Return the recordings that could not be read, which asking cannot mend.

    The bytes name them, so that a file that has changed is another one. One that merely lacks the sound that was chosen
    can be read, and so can the bytes of one that went away or may not be read, wherever they are next.
    """
    if not media_ids or "failures" not in dataset.storage.filled_tables():
        return frozenset()
    from tasks.query.sql import connect  # noqa: PLC0415 - as above

    sql = """
        SELECT DISTINCT media_id FROM failures ANTI JOIN media USING (media_id)
        WHERE segment_id IS NULL AND stage = 'probe' AND NOT retryable AND list_contains($1, media_id)
              AND error_class NOT IN ('NoSuchTrack', 'NotFound', 'NotReadable')
    """

    def ask() -> frozenset[str]:
        with connect(dataset, ["failures", "media"]) as connection:
            return frozenset(media_id for (media_id,) in connection.execute(sql, [sorted(media_ids)]).fetchall())

    return read_consistently(dataset, ask)

"""Erase a recording, or a run, from the dataset.

It goes out of every table, and its answers, voices and subtitle files off the disk.

What is to go is written to `.reelsheet/forget.json` first: from then on it will go, by this process or by the next one
that writes. Then, table by table, `analyses` first: the files of each month that hold such rows are written anew
without them beside the table, under names that no file had, and the month's folder is exchanged as a compaction does
it (tasks/maintenance/compact.py), so that readers see the old rows or none. Last go raw answers, voices, hashes, the
subtitle files that nobody has edited (tasks/maintenance/forget_files.py) and what is remembered of the files. Each step
finds nothing left to do where an earlier process has done it.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from tasks.errors import UsageError
from tasks.identity import segment_id
from tasks.inputs.file_cache import FileCache
from tasks.maintenance.compact import Tools, recover_with
from tasks.maintenance.forget_files import WrittenFile, files_written, parted
from tasks.query.sql import connect
from tasks.records import Span
from tasks.store.claims import Claims
from tasks.store.commit import COMPACTION_CLAIM
from tasks.store.dataset import Dataset
from tasks.store.disk import make_folder, sync_folder
from tasks.store.exchange import swap, work_folder
from tasks.store.failpoints import failpoint
from tasks.store.frame_hashes import file_of
from tasks.store.index import Index
from tasks.store.layout import ANSWERS, FORGET_NOTE, HIDDEN, MERGED, MERGING, VOICES
from tasks.store.read_consistently import read_consistently
from tasks.store.reading import parquet_dataset
from tasks.store.running import under_way
from tasks.store.storage import explained
from tasks.tables.schemas import TABLES

KEPT = "What is to be forgotten is written down: forget it again, or run again, and it goes."
BUSY = "A run is under way, and may be asking about it: forget it once the run has ended."
SHORTEST = 6  # characters of an id's beginning


@dataclass(frozen=True, slots=True)
class Forgotten:
    """This names what is to go by ids and names.

    So it can be found once its rows are gone.
    """

    media_ids: tuple[str, ...] = ()
    run_id: str | None = None  # else only the rows of this run, and of the recordings that only it has seen
    uris: tuple[str, ...] = ()  # of the recordings, for rows from before they could be read
    analysis_ids: tuple[str, ...] = ()
    segment_ids: tuple[str, ...] = ()
    voice_paths: tuple[str, ...] = ()
    written_files: tuple[WrittenFile, ...] = ()  # subtitles of the recordings

    def rows(self, table: str) -> pc.Expression | None:
        """Return the rows of a table that are to go; None: it has no such rows."""
        names = TABLES[table].names
        if self.run_id is not None and "run_id" in names:
            return pc.field("run_id").isin(_strings([self.run_id]))
        if "media_id" not in names:
            return None
        of_media = pc.field("media_id").isin(_strings(self.media_ids))
        if "uri" not in names or self.run_id is not None:
            return of_media
        return of_media | (pc.field("media_id").is_null() & pc.field("uri").isin(_strings(self.uris)))


@dataclass(frozen=True, slots=True)
class Removed:
    """This counts what went, or would go."""

    what: Forgotten
    rows: dict[str, int]  # by table
    answers: int = 0  # raw answers that were not published yet
    voices: int = 0
    files: tuple[str, ...] = ()  # subtitles as they were written
    kept_files: tuple[str, ...] = ()  # that were edited since, so that they stay


def _strings(values: Iterable[str]) -> pa.Array:
    return pa.array(list(values), pa.string())


def chosen(dataset: Dataset, name: str) -> Forgotten:
    """Find what a name means.

    It is a recording's media_id, its beginning or its uri; or a run_id.

    Raises UsageError where it is nothing, or several recordings.
    """

    def ask() -> Forgotten:
        with connect(dataset) as connection:
            found = connection.execute(
                "SELECT DISTINCT media_id FROM (SELECT media_id, uri FROM media "
                "UNION SELECT media_id, uri FROM inputs) WHERE media_id IS NOT NULL "
                "AND (uri = $1 OR (len($1) >= $2 AND starts_with(media_id, $1)))",
                [name, SHORTEST],
            ).fetchall()
            media_ids = tuple(media_id for (media_id,) in found)
            run = connection.execute("SELECT run_id FROM runs WHERE run_id = $1", [name]).fetchone()
            if (run is None and len(media_ids) != 1) or (run is not None and media_ids):
                raise UsageError(
                    f"A recording or a run was expected, and {name!r} is the name of {len(media_ids) or 'none'}: give "
                    f"the uri, the media_id or {SHORTEST} characters of its beginning, or a whole run_id."
                )
            which = "run_id = $1" if run else "media_id = $1"
            key = name if run else media_ids[0]

            def column(sql: str) -> tuple[str, ...]:
                return tuple(sorted(value for (value,) in connection.execute(sql, [key]).fetchall() if value))

            voices = column(f"SELECT DISTINCT voice_path FROM segments WHERE {which}")  # noqa: S608 - our names
            if run:
                shared = column("SELECT DISTINCT voice_path FROM segments WHERE run_id <> $1")
                alone = column(
                    "SELECT DISTINCT media_id FROM (SELECT media_id, run_id FROM inputs UNION ALL "
                    "SELECT media_id, run_id FROM analyses) GROUP BY media_id HAVING bool_and(run_id = $1)"
                )
                voices = tuple(sorted(set(voices) - set(shared)))
                return Forgotten(alone, name, voice_paths=voices, written_files=files_written(connection, alone))
            return Forgotten(
                media_ids,
                uris=column(f"SELECT uri FROM media WHERE {which} UNION SELECT uri FROM inputs WHERE {which}"),  # noqa: S608
                analysis_ids=column("SELECT DISTINCT analysis_id FROM analyses WHERE media_id = $1"),
                segment_ids=column("SELECT DISTINCT segment_id FROM segments WHERE media_id = $1"),
                voice_paths=voices,
                written_files=files_written(connection, media_ids),
            )

    what = read_consistently(dataset, ask)
    if what.media_ids and what.run_id is None:
        with FileCache(dataset) as cache:  # also what was asked about and is not published
            known = {*what.analysis_ids, *cache.analyses_of(what.media_ids)}
        return replace(what, analysis_ids=tuple(sorted(known)))
    return what


def would_go(dataset: Dataset, what: Forgotten) -> Removed:
    """Count what would go, and change nothing."""
    root = _folder(dataset)
    rows = {table: sum(n for _, n in _holding(root, table, what)) for table in TABLES}
    answers, voices = len(list(_answers(root, what))), len(list(_voices(root, what)))
    return Removed(what, rows, answers, voices, *parted(what.written_files))


def forget(dataset: Dataset, claims: Claims, what: Forgotten, tools: Tools | None = None) -> Removed:
    """Take it out.

    Ended at any instant, it goes on with whoever calls this or `finish` next.

    Raises UsageError while a run or a compaction is under way, DatasetNotWritable.
    """
    root = _folder(dataset)
    if under_way(dataset):
        raise UsageError(BUSY)
    finish(dataset, claims, tools)
    if not claims.take(COMPACTION_CLAIM):
        raise UsageError("Files are being merged: forget it once that has ended.")
    try:
        with explained(dataset.storage, KEPT):
            recover_with(dataset, claims)
            removed = would_go(dataset, what)
            dataset.storage.write(FORGET_NOTE, json.dumps(asdict(what)).encode())
            if under_way(dataset):  # a run that begins from now on sees the note
                dataset.storage.remove(FORGET_NOTE)
                raise UsageError(BUSY)
            failpoint("forget.decided")
            _carry_out(dataset, root, what, tools or Tools())
    finally:
        claims.release(COMPACTION_CLAIM)
    return removed


def finish(dataset: Dataset, claims: Claims, tools: Tools | None = None) -> bool:
    """Go on with what a killed process had begun to forget. False: there is nothing.

    Raises UsageError where another process is at it, DatasetNotWritable.
    """
    root = dataset.storage.folder
    if root is None or not (root / FORGET_NOTE).exists():
        return False
    if not claims.take(COMPACTION_CLAIM):
        raise UsageError("Something is being forgotten in this dataset, or merged: run again once that has ended.")
    try:
        with explained(dataset.storage, KEPT):
            recover_with(dataset, claims)
            what = TypeAdapter(Forgotten).validate_json((root / FORGET_NOTE).read_bytes())
            _carry_out(dataset, root, what, tools or Tools())
    finally:
        claims.release(COMPACTION_CLAIM)
    return True


# --- the steps ---------------------------------------------------------------------------------------------------


def _carry_out(dataset: Dataset, root: Path, what: Forgotten, tools: Tools) -> None:
    began = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    exchanged = False
    for table in sorted(TABLES, key=lambda name: name != "analyses"):
        months: dict[Path, list[str]] = {}
        for file, _ in _holding(root, table, what):
            months.setdefault(file.parent, []).append(file.name)
        for month, names in months.items():
            _without(dataset, table, month, names, what, tools, began)
            exchanged = True
    failpoint("forget.emptied")
    if exchanged:
        time.sleep(tools.patience_s)  # whoever had begun to list an old folder has done so
    dataset.storage.clear_merging()
    for file in (*_answers(root, what), *_voices(root, what), *(root / file_of(one) for one in what.media_ids)):
        file.unlink(missing_ok=True)
    for path in parted(what.written_files)[0]:
        with suppress(OSError):  # on a disk that cannot be written any more
            Path(path).unlink(missing_ok=True)
    failpoint("forget.unlinked")
    with FileCache(dataset) as cache, closing(Index(dataset)) as index:
        if what.run_id is None:
            cache.forget(what.media_ids)
        index.refresh()
    with dataset.publishing():
        dataset.write_views()
    failpoint("forget.finished")
    (root / FORGET_NOTE).unlink(missing_ok=True)
    sync_folder(root / HIDDEN)


def _without(
    dataset: Dataset, table: str, month: Path, names: list[str], what: Forgotten, tools: Tools, began: str
) -> None:
    """Exchange a month's folder for one without the rows."""
    work = work_folder(dataset.storage.folder / MERGING, table, month.name)  # type: ignore[operator]
    if work.exists():
        shutil.rmtree(work)
    new = work / "new"
    make_folder(new)
    for number, name in enumerate(names):
        _rewrite(month / name, new / f"{MERGED}-{table}-{began}-{number:04d}.parquet", table, what)
    failpoint("forget.rewritten")
    with dataset.publishing():
        for name in set(os.listdir(month)).difference(names):  # noqa: PTH208 - names alone
            os.link(month / name, new / name, follow_symlinks=False)
        new.chmod(month.stat().st_mode & 0o7777)
        failpoint("forget.linked")
        swap(month, new, tools.exchange)
    failpoint("forget.exchanged")


def _rewrite(old: Path, new: Path, table: str, what: Forgotten) -> None:
    """Write the rows that stay, if any, durably."""
    going = what.rows(table)
    assert going is not None
    source = parquet_dataset([str(old)])
    if source.count_rows(filter=~going) == 0:
        return
    with pq.ParquetWriter(new, pq.read_schema(old), compression="zstd") as writer:
        for batch in source.to_batches(filter=~going, batch_size=65_536):
            if batch.num_rows:
                writer.write_batch(batch)
    with new.open("rb") as written:
        os.fsync(written.fileno())


def _holding(root: Path, table: str, what: Forgotten) -> Iterator[tuple[Path, int]]:
    """Find the files of a table that hold rows that are to go, and how many."""
    going = what.rows(table)
    if going is None:
        return
    for file in sorted((root / table).glob("month=*/*.parquet")):
        count = parquet_dataset([str(file)]).count_rows(filter=going)
        if count:
            yield file, count


def _answers(root: Path, what: Forgotten) -> Iterator[Path]:
    """Find raw answers that are not published.

    A killed run may have left them in any state.
    """
    known = set(what.segment_ids)
    for file in _files(root / ANSWERS):
        named = file.name.partition(".")[0]
        if named in known or named in what.analysis_ids or _span_is_ours(file, named, what.analysis_ids):
            yield file


def _span_is_ours(file: Path, named: str, analysis_ids: Iterable[str]) -> bool:
    try:
        span = json.loads(file.read_bytes())["segment"]["span"]
        given = Span(int(span["start_ms"]), int(span["end_ms"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return any(segment_id(analysis_id, given) == named for analysis_id in analysis_ids)


def _voices(root: Path, what: Forgotten) -> Iterator[Path]:
    known, paths = set(what.segment_ids), {root / path for path in what.voice_paths}
    for file in _files(root / VOICES):
        if file in paths or file.name.partition("-")[0] in known:
            yield file


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _folder(dataset: Dataset) -> Path:
    if dataset.storage.folder is None:
        raise UsageError(
            f"Rows are taken out of a folder, and {dataset.root} lies in an object store, where no folder can take the "
            "place of another: copy the dataset to a folder, forget it there, and copy it to another address."
        )
    return dataset.storage.folder

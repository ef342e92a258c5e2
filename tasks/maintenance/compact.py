"""Merge the small files of each month into few large ones.

Readers see the old files or the new ones. For each table and month:

1. The rows are merged into new files under `.reelsheet/merging/`, while others may publish.
2. With the publishing lock, for milliseconds: files that stay as they are, or have come meanwhile, are linked into the
   new folder, and it is exchanged with the old one, in one step.
3. The old files are removed, once whoever had begun to list them has done so.

Left alone are files of runs under way, which may replace them, and merged files that are full. What a killed compaction
leaves lies under `.reelsheet/merging/` and is no longer needed, whatever instant it died at: `recover` removes it.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from tasks.errors import UsageError
from tasks.maintenance.merge import Sizes, Unmergeable, Written, found_in, merge
from tasks.store.claims import Claims
from tasks.store.commit import COMPACTION_CLAIM, recover
from tasks.store.dataset import Dataset
from tasks.store.disk import make_folder
from tasks.store.exchange import Exchange, can_exchange, exchange, swap, work_folder
from tasks.store.failpoints import failpoint
from tasks.store.index import Index
from tasks.store.layout import MERGED, MERGING, is_merged
from tasks.store.running import under_way
from tasks.store.storage import explained
from tasks.tables.schemas import TABLES

UNCHANGED = "The tables hold the same rows as before."
# There the answers of single analyses are looked up, and a group is read as a whole.
_GROUP_BYTES = {"segments": 8 << 20}
_MONTH = re.compile(r"month=\d{4}-\d\d")
_INDEXED = ("media", "analyses")
_PATIENCE_S = 2.0  # longer than anybody takes from opening a folder to the end of its list, and
_PATIENCE_PER_FILE_S = 0.0002  # where it is long, so much more for each name


@dataclass(frozen=True, slots=True)
class Merged:
    """This is one month of a table, merged."""

    table: str
    month: str  # 2026-10
    rows: int  # in the files that were merged
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class Compacted:
    """A compaction came to this."""

    merged: tuple[Merged, ...] = ()
    failed: tuple[str, ...] = ()  # sentences about months that stay as they were
    busy: bool = False  # another compaction is under way: nothing was done


@dataclass(frozen=True, slots=True)
class Tools:
    """Tools do the steps of a compaction; tests take others."""

    sizes: Sizes = field(default_factory=Sizes)
    exchange: Exchange = exchange
    patience_s: float = _PATIENCE_S
    progress: Callable[[int, int], None] | None = None  # called with how many folders of how many are done


def compact(dataset: Dataset, claims: Claims, before: str, tools: Tools | None = None) -> Compacted:
    """Merge the small files of every month before `before`, such as 2026-11.

    Recovers the dataset first. Ended at any instant and called again, it goes on where it was. Raises
    DatasetNotWritable; UsageError where this file system cannot exchange folders and a run is under way.
    """
    folder = dataset.storage.folder
    if folder is None:
        raise UsageError(
            f"Files are merged in a folder, and {dataset.root} lies in an object store, where no folder can take the "
            "place of another: copy the dataset to a folder, compact it there, and copy it to another address."
        )
    if not claims.take(COMPACTION_CLAIM):
        return Compacted(busy=True)
    try:
        with explained(dataset.storage, UNCHANGED), closing(Index(dataset)) as index:
            recover_with(dataset, claims)
            return _Compaction(dataset, folder, index, tools or Tools()).run(before)
    finally:
        claims.release(COMPACTION_CLAIM)


def recover_with(dataset: Dataset, claims: Claims) -> None:
    """Recover the dataset, and remove what other compactions have left.

    The claim is ours.
    """
    assert claims.held(COMPACTION_CLAIM)
    recover(dataset)
    dataset.storage.clear_merging()


def loose(files: Mapping[str, int], running: Collection[str], full: int) -> list[str]:
    """Choose the files of a folder that are worth merging, by their names and sizes.

    These are all that are not full, if several; those of runs under way are left out.

    >>> loose({"a.parquet": 5, "b.parquet": 500, "run-1-00000.parquet": 5}, ["run-1"], 100)
    ['a.parquet', 'b.parquet']
    """
    own = tuple(f"{run_id}{end}" for run_id in running for end in (".", "-"))
    small = [
        name
        for name, size in files.items()
        if name.endswith(".parquet") and not (is_merged(name) and size >= full) and not name.startswith(own)
    ]
    return sorted(small) if len(small) > 1 else []


class _Compaction:
    def __init__(self, dataset: Dataset, root: Path, index: Index, tools: Tools) -> None:
        self._dataset, self._root, self._index, self._tools = dataset, root, index, tools
        self._merging = root / MERGING
        self._began = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        self._exchanges = True
        self._old: list[tuple[Path, float]] = []  # folders to be removed, and when that may be

    def run(self, before: str) -> Compacted:
        merged: list[Merged] = []
        failed: list[str] = []
        ahead = [(table, month, names) for table, month in self._closed(before) if (names := self._loose(table, month))]
        if not ahead:
            return Compacted()
        make_folder(self._merging)
        self._exchanges = can_exchange(self._merging, self._tools.exchange)
        try:
            self._check_exchange()
            for done, (table, month, names) in enumerate(ahead, 1):
                try:
                    merged.append(self._month(table, month, names))
                except (Unmergeable, OSError, pa.ArrowInvalid) as error:
                    if isinstance(error, OSError) and error.errno is not None:  # the disk, not a damaged file
                        raise
                    failed.append(f"{table} of {month.removeprefix('month=')} stays as it is: {error}")
                self._remove_old()
                if self._tools.progress:
                    self._tools.progress(done, len(ahead))
        finally:
            self._remove_all()
        return Compacted(tuple(merged), tuple(failed))

    def _closed(self, before: str) -> Iterator[tuple[str, str]]:
        """List the tables' months, month by month."""
        found = [(path.name, table) for table in TABLES for path in (self._root / table).glob("month=*")]
        closed = (pair for pair in sorted(found) if _MONTH.fullmatch(pair[0]) and pair[0] < f"month={before}")
        yield from ((table, month) for month, table in closed)

    def _loose(self, table: str, month: str) -> list[str]:
        with os.scandir(self._root / table / month) as entries:
            files = {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
        # Only now: the marker of a run is there before its first file.
        return loose(files, under_way(self._dataset), self._tools.sizes.file_bytes)

    def _check_exchange(self) -> None:
        """Refuse two renames while a run is under way.

        It could look in between, and ask anew about what it does not see.
        """
        if not self._exchanges and under_way(self._dataset):
            raise UsageError(
                f"A run is under way, and the file system of {self._root} cannot exchange two folders in one "
                f"step: compact again once it has ended. {UNCHANGED}"
            )

    # --- one month of one table ------------------------------------------------------------------------------------

    def _month(self, table: str, month: str, names: list[str]) -> Merged:
        month_folder = self._root / table / month
        new = work_folder(self._merging, table, month) / "new"
        files = [month_folder / name for name in names]
        failpoint("compaction.merging")
        written = self._written(table, files, new)
        sizes = [file.stat().st_size for file in files]
        merged = Merged(
            table=table,
            month=month.removeprefix("month="),
            rows=written.rows,
            files_before=len(files),
            files_after=len(written.files),
            bytes_before=sum(sizes),
            bytes_after=sum(file.stat().st_size for file in written.files),
        )
        failpoint("compaction.merged")
        self._swap(table, month_folder, new, names)
        return merged

    def _written(self, table: str, files: list[Path], new: Path) -> Written:
        found = found_in(table, files)
        scratch = new.with_name("parts")
        make_folder(new)
        make_folder(scratch)

        def name(number: int) -> Path:
            return new / f"{MERGED}-{table}-{self._began}-{number:04d}.parquet"

        sizes = self._tools.sizes
        sizes = replace(sizes, group_bytes=min(sizes.group_bytes, _GROUP_BYTES.get(table, sizes.group_bytes)))
        written = merge(found, files, scratch, name, sizes)
        pa.default_memory_pool().release_unused()
        if written.rows != found.rows:
            raise RuntimeError(f"{written.rows} rows came of {found.rows}: nothing was changed.")
        return written

    def _swap(self, table: str, month_folder: Path, new: Path, names: list[str]) -> None:
        outcome = sorted(file.name for file in new.iterdir())
        if table in _INDEXED:
            self._index.refresh()
        with self._dataset.publishing():
            there = set(os.listdir(month_folder))  # noqa: PTH208 - names alone
            if gone := set(names) - there:
                raise Unmergeable(f"{min(gone)} went away while it was merged.")
            for name in there.difference(names):
                if (month_folder / name).is_dir():
                    raise Unmergeable(f"{month_folder / name} is a folder, and only files belong there.")
                os.link(month_folder / name, new / name, follow_symlinks=False)
            new.chmod(month_folder.stat().st_mode & 0o7777)
            self._check_exchange()
            failpoint("compaction.linked")
            old = swap(month_folder, new, self._tools.exchange)
            failpoint("compaction.exchanged")
            if table in _INDEXED and len(outcome) == 1:
                folder = f"{table}/{month_folder.name}"
                self._index.moved([f"{folder}/{name}" for name in names], f"{folder}/{outcome[0]}")
            failpoint("compaction.followed")
        patience_s = self._tools.patience_s * (1 + len(there) * _PATIENCE_PER_FILE_S / _PATIENCE_S)
        self._old.append((old, time.monotonic() + patience_s))

    def _remove_old(self) -> None:
        """Remove the folders that nobody can still be listing."""
        for folder, due in self._old:
            if due <= time.monotonic():
                shutil.rmtree(folder.parent)
        self._old = [(folder, due) for folder, due in self._old if folder.parent.exists()]

    def _remove_all(self) -> None:
        time.sleep(max(0.0, max((due for _, due in self._old), default=0.0) - time.monotonic()))
        failpoint("compaction.removing")
        with self._dataset.publishing():
            self._dataset.storage.undo_half_exchange()  # where a rename failed, or Ctrl-C came between two
        self._dataset.storage.clear_merging()
        failpoint("compaction.done")

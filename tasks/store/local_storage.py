"""Store a dataset in a folder of this machine.

Files are renamed into place, and locks keep writers apart.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tasks.errors import UsageError
from tasks.store import disk, exchange
from tasks.store.layout import ANSWERS, BROKEN, COMMITS, HIDDEN, MERGING, RESERVE, STAGING
from tasks.store.storage import ArrowFiles
from tasks.tables.schemas import TABLES

T = TypeVar("T")
R = TypeVar("R")

RESERVE_BYTES = 1 << 20  # given up when the disk is full, so that answers already paid for still fit


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """The storage in a folder decides a commit by renaming its folder.

    See `Storage`.
    """

    root: Path

    @property
    def folder(self) -> Path:
        return self.root

    @property
    def cache_dir(self) -> Path:
        return self.root / HIDDEN

    @property
    def work_dir(self) -> Path:
        return self.root

    # --- whether it can be used ----------------------------------------------------------------------------------

    def is_missing(self) -> bool:
        return not self.root.exists()

    def check_readable(self) -> None:
        if not os.path.isdir(self.root):  # noqa: PTH112 - Path.is_dir raises where it may not look
            found = "a file was found" if os.path.lexists(self.root) else "nothing is there"
            raise UsageError(
                f"A dataset folder was expected at {self.root}, {found}: "
                "name one with --dataset, or make one with `reelsheet analyze`."
            )
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise UsageError(
                f"The dataset folder {self.root} cannot be read: no permission. Change it, or name another."
            )

    def check_writable(self) -> None:
        hidden = self.root / HIDDEN
        if hidden.is_dir() and not self.exists(RESERVE):
            disk.write_durably(self.root / RESERVE, bytes(RESERVE_BYTES))
            return
        probe = disk.temporary_name((hidden if hidden.is_dir() else self.root) / "probe")
        disk.write_durably(probe, b"reelsheet" * 512)
        disk.forget(probe)

    def what_is_wrong(self, error: Exception) -> str | None:
        return disk.what_is_wrong(self.root, error) if isinstance(error, OSError) else None

    # --- files by their names ------------------------------------------------------------------------------------

    def exists(self, name: str) -> bool:
        return (self.root / name).exists()

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes, point: str = "") -> None:
        path = self.root / name
        disk.make_folder(path.parent)
        disk.write_durably(path, content, point)

    def write_visible(self, name: str, content: bytes) -> None:
        scratch = disk.temporary_name(self.root / HIDDEN / name)  # not in the root, where it would be seen
        disk.write_synced(scratch, content)
        scratch.replace(self.root / name)
        disk.sync_folder(self.root)

    def move(self, source: str, target: str) -> None:
        (self.root / source).replace(self.root / target)

    def remove(self, name: str) -> None:
        disk.forget(self.root / name)

    def make_folder(self, name: str) -> None:
        disk.make_folder(self.root / name)

    def remove_folder(self, name: str) -> bool:
        folder = self.root / name
        if not folder.is_dir():
            return False
        shutil.rmtree(folder)
        return True

    def sync(self, folder: str) -> None:
        disk.sync_folder(self.root / folder)

    def names(self, folder: str, *, large: bool = False) -> list[str]:  # noqa: ARG002 - a listing costs the same
        return disk.names(self.root / folder)

    def folders(self, parent: str) -> list[str]:
        return [name for name in sorted(self.names(parent)) if (self.root / parent / name).is_dir()]

    def each(self, work: Callable[[T], R], things: Iterable[T]) -> list[R]:
        return [work(thing) for thing in things]

    # --- the tables ----------------------------------------------------------------------------------------------

    def table_files(self, table: str) -> Iterator[str]:
        for month in self.names(table):
            if month.startswith("month="):
                found = self.names(f"{table}/{month}")
                yield from (f"{table}/{month}/{name}" for name in found if name.endswith(".parquet"))

    def filled_tables(self) -> set[str]:
        return {table for table in TABLES if _has_files(self.root / table)}

    def month_versions(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for table in TABLES:
            with suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.root / table) as months:
                found |= {month.path: month.inode() for month in months}
        return found

    def arrow_files(self, names: Sequence[str]) -> ArrowFiles:
        return ArrowFiles([str(self.root / name) for name in names])

    def snapshot(self) -> None:
        return None

    # --- writers -------------------------------------------------------------------------------------------------

    def acquire_lease(self) -> None:
        """Do nothing: locks and claims keep the writers of a disk apart."""

    def release_lease(self) -> None:
        """Do nothing."""

    def check_lease(self) -> None:
        """Do nothing."""

    def answer_names(self) -> None:
        return None

    def free_reserve(self) -> None:
        with suppress(OSError):
            # A name goes before its room is free. Emptied first, the reserve has no room any more once it is gone.
            os.truncate(self.root / RESERVE, 0)
            (self.root / RESERVE).unlink(missing_ok=True)

    def take_in(self, name: str) -> None:
        """Do nothing: it is written where it stays."""

    def remove_abandoned(self) -> None:
        for folder in (HIDDEN, *(f"{ANSWERS}/{name}" for name in self.names(ANSWERS))):
            disk.remove_abandoned(self.root / folder)

    # --- the steps of a commit -------------------------------------------------------------------------------------

    def stage(self, name: str, content: bytes) -> None:
        disk.write_synced(self.root / name, content)

    def seal(self, commit: str, manifest: bytes) -> None:
        staged = self.root / STAGING / commit
        disk.write_synced(staged / "commit.json", manifest)  # it becomes decided by being renamed with the folder
        disk.sync_folder(staged)

    def decide(self, commit: str, manifest: bytes) -> None:  # noqa: ARG002 - it is in the folder
        (self.root / STAGING / commit).rename(self.root / COMMITS / commit)

    def decided_files(self, commit: str) -> str:
        return f"{COMMITS}/{commit}"

    def is_whole(self, commit: str, moves: Mapping[str, str]) -> bool:  # noqa: ARG002
        return True  # a folder that was renamed is

    def set_aside(self, commit: str) -> bool:
        decided = self.root / COMMITS / commit
        if not any(decided.glob("*.parquet")):
            return False
        self.make_folder(BROKEN)
        decided.rename(self.root / BROKEN / commit)
        return True

    # --- merging -------------------------------------------------------------------------------------------------

    def undo_half_exchange(self) -> None:
        exchange.put_back(self.root / MERGING, self.root)

    def merging_left(self) -> bool:
        return (self.root / MERGING).is_dir()

    def clear_merging(self) -> None:
        exchange.clear(self.root / MERGING)


def _has_files(table: Path) -> bool:
    """Look at no more names than necessary: there may be thousands."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(table) as months:
        for month in months:
            if month.name.startswith("month="):
                with os.scandir(month) as files:
                    if any(file.name.endswith(".parquet") for file in files):
                        return True
    return False

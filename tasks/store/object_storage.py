"""Store a dataset in an object store.

Objects are put whole and copied into place, and a lease keeps writers apart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tasks.errors import ReelsheetError, UsageError
from tasks.store import lease, objects
from tasks.store.disk import temporary_name
from tasks.store.failpoints import failpoint
from tasks.store.layout import ANSWERS, COMMITS, HIDDEN, STAGING
from tasks.store.local_cache_dir import local_cache_dir
from tasks.store.storage import ArrowFiles
from tasks.system.object_store import reason_of
from tasks.tables.schemas import TABLES

if TYPE_CHECKING:
    from upath import UPath

T = TypeVar("T")
R = TypeVar("R")

_listing = threading.Lock()


@dataclass(frozen=True, slots=True)
class ObjectStorage:
    """The storage in an object store decides a commit by putting its manifest.

    See `Storage`. A store has no folders, renames nothing, keeps an object from the moment it answers, and is never
    full.
    """

    root: UPath

    @property
    def folder(self) -> None:
        return None

    @property
    def cache_dir(self) -> Path:
        return local_cache_dir(self.root)

    @property
    def work_dir(self) -> Path:
        return self.cache_dir

    # --- whether it can be used ----------------------------------------------------------------------------------

    def is_missing(self) -> bool:
        return False

    def check_readable(self) -> None:
        try:
            found = objects.names_above(self.root)
        except Exception as error:  # whatever the storage library makes of it
            raise UsageError(
                f"The dataset {self.root} cannot be read: {reason_of(error)}. Check its address, the endpoint and the "
                "credentials."
            ) from error
        if not found:
            raise UsageError(
                f"A dataset was expected at {self.root}, nothing is there: name one with --dataset, or make one with "
                "`reelsheet analyze`."
            )

    def check_writable(self) -> None:
        probe = temporary_name(self.root / HIDDEN / "probe")
        objects.put(probe, b"reelsheet" * 512)
        objects.remove([probe])

    def what_is_wrong(self, error: Exception) -> str | None:
        """Take what is neither ours nor a mistake of ours for an error of the store.

        A storage library raises what it likes.
        """
        if isinstance(error, (ReelsheetError, ValueError)) and not isinstance(error, OSError):
            return None
        return (
            f"The dataset {self.root} cannot be used: {reason_of(error)}. Check its address, the endpoint and the "
            "credentials."
        )

    # --- files by their names ------------------------------------------------------------------------------------

    def exists(self, name: str) -> bool:
        return bool((self.root / name).exists())

    def read(self, name: str) -> bytes:
        content: bytes = (self.root / name).read_bytes()
        return content

    def write(self, name: str, content: bytes, point: str = "") -> None:
        if point:
            failpoint(point)
        objects.put(self.root / name, content)

    def write_visible(self, name: str, content: bytes) -> None:
        objects.put(self.root / name, content)

    def move(self, source: str, target: str) -> None:
        """Copy and remove, as an object has only one name.

        Ended between copy and removal, moving it once more is harmless.
        """
        objects.copy(self.root / source, self.root / target)
        objects.remove([self.root / source])

    def remove(self, name: str) -> None:
        objects.remove([self.root / name])

    def make_folder(self, name: str) -> None:
        """Do nothing."""

    def remove_folder(self, name: str) -> bool:
        found = [self.root / name / below for below in objects.below(self.root / name)]
        objects.remove(found)
        return bool(found)

    def sync(self, folder: str) -> None:
        """Do nothing."""

    def names(self, folder: str, *, large: bool = False) -> list[str]:
        base = self.root / folder if folder else self.root
        return objects.names_above(base) if large else objects.names(base)

    def folders(self, parent: str) -> list[str]:
        return self.names(parent)

    def each(self, work: Callable[[T], R], things: Iterable[T]) -> list[R]:
        return objects.at_once(work, things)

    # --- the tables ----------------------------------------------------------------------------------------------

    def table_files(self, table: str) -> Iterator[str]:
        for name in objects.below(self.root / table):
            month, _, file = name.partition("/")
            if month.startswith("month=") and "/" not in file and file.endswith(".parquet"):
                yield f"{table}/{name}"

    def filled_tables(self) -> set[str]:
        return TABLES.keys() & set(objects.names_above(self.root))  # where nothing is, there is no folder either

    def month_versions(self) -> Mapping[str, int]:
        return {}

    def arrow_files(self, names: Sequence[str]) -> ArrowFiles:
        return ArrowFiles([(self.root / name).path for name in names], self.root.fs)

    def snapshot(self) -> Any:
        return objects.snapshot(self.root)

    # --- writers -------------------------------------------------------------------------------------------------

    def acquire_lease(self) -> None:
        lease.hold(self.root)

    def release_lease(self) -> None:
        lease.give_back(self.root)

    def check_lease(self) -> None:
        if (mine := lease.held(self.root)) is not None:
            mine.check()

    def answer_names(self) -> set[str] | None:
        if (mine := lease.held(self.root)) is None:
            return None
        with _listing:
            if mine.answers is None:
                mine.answers = {name.rpartition("/")[2] for name in objects.below(self.root / ANSWERS)}
            return mine.answers

    def free_reserve(self) -> None:
        """Do nothing."""

    def take_in(self, name: str) -> None:
        written = self.work_dir / name
        objects.put(self.root / name, written.read_bytes())
        written.unlink()

    def remove_abandoned(self) -> None:
        """Do nothing."""

    # --- the steps of a commit -------------------------------------------------------------------------------------

    def stage(self, name: str, content: bytes) -> None:
        objects.put(self.root / name, content)

    def seal(self, commit: str, manifest: bytes) -> None:
        """Do nothing: what is staged is durable, and the manifest decides."""

    def decide(self, commit: str, manifest: bytes) -> None:
        objects.put(self.root / COMMITS / commit / "commit.json", manifest)

    def decided_files(self, commit: str) -> str:
        return f"{STAGING}/{commit}"

    def is_whole(self, commit: str, moves: Mapping[str, str]) -> bool:
        """Look twice: a request that was given up may still decide later.

        It may decide what was undone meanwhile.
        """
        staged = set(self.names(self.decided_files(commit)))
        return all(name in staged or self.exists(target) for name, target in moves.items())

    def set_aside(self, commit: str) -> bool:  # noqa: ARG002 - the files are where they were staged
        return False

    # --- merging -------------------------------------------------------------------------------------------------

    def undo_half_exchange(self) -> None:
        """Do nothing: no folder can take another's name, so nothing is merged."""

    def merging_left(self) -> bool:
        return False

    def clear_merging(self) -> None:
        """Do nothing."""

"""Define what differs between a folder of this machine and an object store.

`Storage` says what a dataset needs; `LocalStorage` and `ObjectStorage` do it, and nothing else asks which of them is
there. Names are paths from the dataset's root with forward slashes, as `segments/month=2026-10/run-1.parquet`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tasks.errors import DatasetNotWritable
from tasks.system.object_store import AnyPath

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ArrowFiles:
    """pyarrow opens files by this protocol."""

    paths: list[str]
    filesystem: Any = None  # None: that of this machine


class Storage(Protocol):
    """A storage is what a dataset needs of where it lies.

    Making one touches nothing. Methods that touch the storage raise OSError, or whatever a storage library makes of
    its troubles; `what_is_wrong` knows both.
    """

    # --- where it lies -------------------------------------------------------------------------------------------

    @property
    def root(self) -> AnyPath:
        """Return the folder, or the address in an object store."""
        ...

    @property
    def folder(self) -> Path | None:
        """Return the root, where it is a folder of this machine.

        In it files can be linked and folders exchanged.
        """
        ...

    @property
    def cache_dir(self) -> Path:
        """Return the folder of this machine for caches and locks."""
        ...

    @property
    def work_dir(self) -> Path:
        """Return the folder of this machine for files that are written bit by bit.

        They have their names there; then `take_in` them.
        """
        ...

    # --- whether it can be used ----------------------------------------------------------------------------------

    def is_missing(self) -> bool:
        """Return whether the root has still to be made."""
        ...

    def check_readable(self) -> None:
        """Raise UsageError where there is no dataset to be read."""
        ...

    def check_writable(self) -> None:
        """Write a little, so that a missing permission or a full disk shows now.

        Keep the reserve, where one helps.
        """
        ...

    def what_is_wrong(self, error: Exception) -> str | None:
        """Explain an error of this storage in one sentence; None: it is no such error."""
        ...

    # --- files by their names ------------------------------------------------------------------------------------

    def exists(self, name: str) -> bool: ...

    def read(self, name: str) -> bytes:
        """Read a file. Raises FileNotFoundError."""
        ...

    def write(self, name: str, content: bytes, point: str = "") -> None:
        """Write a file that is whole, durable and listed on return.

        One that could not be written leaves nothing. `point` names a fail point just before the name shows the new
        content.
        """
        ...

    def write_visible(self, name: str, content: bytes) -> None:
        """Write a file in the root, where readers may look while it is written."""
        ...

    def move(self, source: str, target: str) -> None:
        """Give a file another name, in place of what has it.

        Again is harmless. Raises FileNotFoundError.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a file, which may be gone already.

        What killed writers may have left of it goes, too.
        """
        ...

    def make_folder(self, name: str) -> None:
        """Make a folder and those above it, each durable in the one that holds it."""
        ...

    def remove_folder(self, name: str) -> bool:
        """Remove a folder with all that is in it.

        False: it was not there.
        """
        ...

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable, as they are now."""
        ...

    def names(self, folder: str, *, large: bool = False) -> list[str]:
        """Return the names in a folder, in no order; none where it is not there.

        `large`: much may lie below it.
        """
        ...

    def folders(self, parent: str) -> list[str]:
        """Return the names of the folders in a folder, in order.

        Not much lies below it.
        """
        ...

    def each(self, work: Callable[[T], R], things: Iterable[T]) -> list[R]:
        """Do the work for each thing, at once where each is a request.

        Raises what the first that fails raises.
        """
        ...

    # --- the tables ----------------------------------------------------------------------------------------------

    def table_files(self, table: str) -> Iterator[str]:
        """Return the Parquet files of a table, in no order."""
        ...

    def filled_tables(self) -> set[str]:
        """Return the tables that have files."""
        ...

    def month_versions(self) -> Mapping[str, int]:
        """Return what tells a month's folder from another of its name.

        It is empty where none is ever replaced.
        """
        ...

    def arrow_files(self, names: Sequence[str]) -> ArrowFiles: ...

    def snapshot(self) -> Any:
        """Return a file system for one question, which lists nothing twice.

        None: that of this machine.
        """
        ...

    # --- writers -------------------------------------------------------------------------------------------------

    def acquire_lease(self) -> None:
        """Keep other machines from writing, where no lock does.

        Raises DatasetNotWritable where another writes.
        """
        ...

    def release_lease(self) -> None: ...

    def check_lease(self) -> None:
        """Raise DatasetNotWritable where another may have taken over meanwhile."""
        ...

    def answer_names(self) -> set[str] | None:
        """Return the file names of all raw answers; None: look at each.

        They are known where nobody else writes any and each look costs a request. The set is shared: whoever keeps
        another answer adds its name. None: look for each.
        """
        ...

    def free_reserve(self) -> None:
        """Give up the reserve on a full disk; again is harmless."""
        ...

    def take_in(self, name: str) -> None:
        """Move a finished file from `work_dir` to the dataset, where these differ."""
        ...

    def remove_abandoned(self) -> None:
        """Remove what killed writers have left unfinished, once it is a day old."""
        ...

    # --- the steps of a commit, in the order of commit.py ------------------------------------------------------------

    def stage(self, name: str, content: bytes) -> None:
        """Write a file of a commit; its bytes are durable on return.

        Its name is once the commit is sealed.
        """
        ...

    def seal(self, commit: str, manifest: bytes) -> None:
        """Make the staged files of a commit ready to be decided."""
        ...

    def decide(self, commit: str, manifest: bytes) -> None:
        """Let a sealed commit be one that will be finished.

        This is the point of no return, in one step. Where the storage gives no answer, whoever finishes commits next
        sees what it did.
        """
        ...

    def decided_files(self, commit: str) -> str:
        """Return the folder from which a decided commit's files go to their tables."""
        ...

    def is_whole(self, commit: str, moves: Mapping[str, str]) -> bool:
        """Return whether each file of a decided commit is there or in its table.

        `moves` has their names and targets.
        """
        ...

    def set_aside(self, commit: str) -> bool:
        """Keep the files of a decided commit whose manifest cannot be read.

        False: it has none.
        """
        ...

    # --- merging -------------------------------------------------------------------------------------------------

    def undo_half_exchange(self) -> None:
        """Put back a month's folder that a killed compaction had taken away.

        Only while publishing.
        """
        ...

    def merging_left(self) -> bool:
        """Return whether a compaction is under way or has left something."""
        ...

    def clear_merging(self) -> None:
        """Remove what compactions have left.

        Only for who has their claim.
        """
        ...


@contextmanager
def explained(storage: Storage, kept: str = "") -> Iterator[None]:
    """Turn an error of the storage into DatasetNotWritable.

    A sentence says what is wrong, one what is kept.
    """
    try:
        yield
    except Exception as error:
        wrong = storage.what_is_wrong(error)
        if wrong is None:
            raise
        raise DatasetNotWritable(f"{wrong} {kept}".strip(), errno=getattr(error, "errno", None)) from error

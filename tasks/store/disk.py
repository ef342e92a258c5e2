"""Durable writes: what a name shows is either whole and on the disk, or not there.

In an object store the same functions put objects, which have no folders, and nothing to be synced.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar, cast

from tasks.errors import DatasetNotWritable, ReelsheetError
from tasks.store import objects
from tasks.store.failpoints import failpoint
from tasks.system.object_store import AnyPath, reason_of

T = TypeVar("T")
P = TypeVar("P", bound=AnyPath)

FULL = (errno.ENOSPC, errno.EDQUOT)
ABANDONED_AFTER_S = 86_400  # the writing of a file takes seconds


def sync_folder(folder: AnyPath) -> None:
    """Make renames and removals inside the folder durable."""
    if not isinstance(folder, Path):
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_synced(path: AnyPath, content: bytes) -> None:
    """Write a file whose bytes are on the disk when this returns; its name is once the folder is synced."""
    if not isinstance(path, Path):
        objects.put(path, content)
        return
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def make_folder(folder: AnyPath) -> None:
    """The folder and those above it, each durable in the one that holds it."""
    if not isinstance(folder, Path) or folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def temporary_name(path: P) -> P:
    """A name beside `path` that no other writer takes, and that no reader looks for."""
    return cast("P", path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.tmp"))


def write_durably(path: AnyPath, content: bytes, point: str = "") -> None:
    """Write under a temporary name, sync, rename, sync the folder. Raises OSError and then leaves nothing behind.

    `point` names a fail point between writing and renaming; of an object it is before all that.
    """
    if not isinstance(path, Path):
        if point:
            failpoint(point)
        objects.put(path, content)
        return
    scratch = temporary_name(path)
    try:
        write_synced(scratch, content)
        if point:
            failpoint(point)
        scratch.replace(path)
    except OSError:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def move(source: P, target: P) -> None:
    """Give a file another name, in place of what has it. Raises FileNotFoundError where there is no such file.

    Of an object, which has only one name, a copy is made first: ended in between, moving it once more is harmless.
    """
    if isinstance(source, Path):
        source.replace(target)
    else:
        objects.copy(source, target)
        objects.remove([source])


def each_in(folder: AnyPath, work: Callable[[T], object], things: Iterable[T]) -> None:
    """Do the work for each thing: in turn on a disk, several at a time where each is a request to a store."""
    if isinstance(folder, Path):
        for thing in things:
            work(thing)
    else:
        objects.at_once(work, things)


def names(folder: AnyPath) -> list[str]:
    """What lies in a folder, in no order; nothing where there is none."""
    try:
        if isinstance(folder, Path):
            return os.listdir(folder)  # noqa: PTH208 - names alone; thousands of paths take their time
        return objects.names(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def remove_folder(folder: AnyPath) -> bool:
    """Remove a folder of ours with all that is in it. False: it was not there."""
    if isinstance(folder, Path):
        if not folder.is_dir():
            return False
        shutil.rmtree(folder)
        return True
    found = [folder / name for name in objects.below(folder)]
    objects.remove(found)
    return bool(found)


def unfinished(file: Path) -> list[Path]:
    """What killed writers of this file have left beside it."""
    # No pattern: Python compiles one for each name and keeps tens of thousands of them.
    with suppress(FileNotFoundError):
        start = f"{file.name}."
        return [p for p in file.parent.iterdir() if p.name.startswith(start) and p.name.endswith(".tmp")]
    return []


def remove_abandoned(folder: Path) -> None:
    """Remove what killed writers of any file have left in a folder. That of the last day stays: its writer may live."""
    now = time.time()
    for name in names(folder):
        if name.endswith(".tmp"):
            leftover = folder / name
            with suppress(OSError):  # another run removes it, or it is another user's
                if now - leftover.stat().st_mtime > ABANDONED_AFTER_S:
                    leftover.unlink()


def forget(file: AnyPath) -> None:
    """Remove a file that was written durably, and what killed writers may have left of it; it may be gone."""
    if isinstance(file, Path):
        for leftover in unfinished(file):
            leftover.unlink(missing_ok=True)
        file.unlink(missing_ok=True)
    else:
        objects.remove([file])


@contextmanager
def explained(root: AnyPath, kept: str = "") -> Iterator[None]:
    """Turn what the disk or the store says into DatasetNotWritable: a sentence on what is wrong, one on what is kept.

    A disk raises OSError; a storage library raises what it likes.
    """
    try:
        yield
    except OSError as error:
        raise DatasetNotWritable(f"{what_is_wrong(root, error)} {kept}".strip(), errno=error.errno) from error
    except Exception as error:
        if isinstance(root, Path) or isinstance(error, (ReelsheetError, ValueError)):
            raise
        raise DatasetNotWritable(f"{_not_reached(root, error)} {kept}".strip()) from error


def what_is_wrong(root: AnyPath, error: OSError) -> str:
    """One sentence for people."""
    if not isinstance(root, Path):
        return _not_reached(root, error)
    if error.errno in FULL:
        return f"The disk that holds the dataset {root} is full: free some space, or choose another --dataset."
    if error.errno == errno.EROFS:
        return f"The dataset {root} lies on a disk that is read-only: choose another --dataset."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"The dataset folder {root} cannot be written: no permission. Change it, or choose another --dataset."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"A folder was expected at {error.filename or root}, a file was found: choose another --dataset."
    return f"The dataset {root} cannot be written ({error.strerror or error}): mend that, or choose another --dataset."


def _not_reached(root: AnyPath, error: Exception) -> str:
    why = reason_of(error)
    return f"The dataset {root} cannot be used: {why}. Check its address, the endpoint and the credentials."

"""Write durably on a disk of this machine.

What a name shows is either whole and on the disk, or not there.
"""

from __future__ import annotations

import errno
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeVar, cast

from tasks.store.failpoints import failpoint

if TYPE_CHECKING:
    from upath import UPath

P = TypeVar("P", bound="PurePath | UPath")

FULL = (errno.ENOSPC, errno.EDQUOT)
ABANDONED_AFTER_S = 86_400  # the writing of a file takes seconds


def sync_folder(folder: Path) -> None:
    """Make renames and removals inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file whose bytes are on the disk when this returns.

    Its name is once the folder is synced.
    """
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def make_folder(folder: Path) -> None:
    """Make the folder and those above it, each durable in the one that holds it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def temporary_name(path: P) -> P:
    """Make up a name in the folder of `path` that no other writer takes.

    No reader looks for it.
    """
    return cast("P", path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.tmp"))


def write_durably(path: Path, content: bytes, point: str = "") -> None:
    """Write under a temporary name, sync, rename, sync the folder.

    Raises OSError and then leaves nothing behind. `point` names a fail point between writing and renaming.
    """
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


def names(folder: Path) -> list[str]:
    """List the names in a folder, in no order; nothing where there is none."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - names alone; thousands of paths take their time
    except (FileNotFoundError, NotADirectoryError):
        return []


def unfinished(file: Path) -> list[Path]:
    """Find what killed writers of this file have left in its folder."""
    # No pattern: Python compiles one for each name and keeps tens of thousands of them.
    with suppress(FileNotFoundError):
        start = f"{file.name}."
        return [p for p in file.parent.iterdir() if p.name.startswith(start) and p.name.endswith(".tmp")]
    return []


def remove_abandoned(folder: Path) -> None:
    """Remove what killed writers of any file have left in a folder.

    That of the last day stays: its writer may live.
    """
    now = time.time()
    for name in names(folder):
        if name.endswith(".tmp"):
            leftover = folder / name
            with suppress(OSError):  # another run removes it, or it is another user's
                if now - leftover.stat().st_mtime > ABANDONED_AFTER_S:
                    leftover.unlink()


def forget(file: Path) -> None:
    """Remove a file that was written durably; it may be gone.

    What killed writers may have left of it goes, too.
    """
    for leftover in unfinished(file):
        leftover.unlink(missing_ok=True)
    file.unlink(missing_ok=True)


def what_is_wrong(root: Path, error: OSError) -> str:
    """Explain in one sentence why a dataset's folder cannot be written."""
    if error.errno in FULL:
        return f"The disk that holds the dataset {root} is full: free some space, or choose another --dataset."
    if error.errno == errno.EROFS:
        return f"The dataset {root} lies on a disk that is read-only: choose another --dataset."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"The dataset folder {root} cannot be written: no permission. Change it, or choose another --dataset."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"A folder was expected at {error.filename or root}, a file was found: choose another --dataset."
    return f"The dataset {root} cannot be written ({error.strerror or error}): mend that, or choose another --dataset."

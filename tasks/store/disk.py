"""Durable writes: what a name shows is either whole and on the disk, or not there."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tasks.errors import DatasetNotWritable
from tasks.store.failpoints import failpoint

FULL = (errno.ENOSPC, errno.EDQUOT)


def sync_folder(folder: Path) -> None:
    """Make renames and removals inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file whose bytes are on the disk when this returns; its name is once the folder is synced."""
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def make_folder(folder: Path) -> None:
    """The folder and those above it, each durable in the one that holds it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def temporary_name(path: Path) -> Path:
    """A name beside `path` that no other writer takes, and that no reader looks for."""
    return path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.tmp")


def write_durably(path: Path, content: bytes, point: str = "") -> None:
    """Write under a temporary name, sync, rename, sync the folder. Raises OSError and then leaves nothing behind.

    `point` names a fail point between writing and renaming.
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


@contextmanager
def explained(root: Path, kept: str = "") -> Iterator[None]:
    """Turn an OSError into DatasetNotWritable: one sentence on what is wrong, and one on what is kept."""
    try:
        yield
    except OSError as error:
        raise DatasetNotWritable(f"{what_is_wrong(root, error)} {kept}".strip(), errno=error.errno) from error


def what_is_wrong(root: Path, error: OSError) -> str:
    """One sentence for people."""
    if error.errno in FULL:
        return f"The disk that holds the dataset {root} is full: free some space, or choose another --dataset."
    if error.errno == errno.EROFS:
        return f"The dataset {root} lies on a disk that is read-only: choose another --dataset."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"The dataset folder {root} cannot be written: no permission. Change it, or choose another --dataset."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"A folder was expected at {error.filename or root}, a file was found: choose another --dataset."
    return f"The dataset {root} cannot be written ({error.strerror or error}): mend that, or choose another --dataset."

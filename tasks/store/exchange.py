"""Exchange two folders of one file system at once.

So who looks finds the one or the other. Linux does it in one step (`renameat2` with RENAME_EXCHANGE, on ext4, XFS,
btrfs, tmpfs and others). Elsewhere it takes two renames, between which the folder is out of sight; `put_back` mends
what dying in between has left.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tasks.store.disk import make_folder, sync_folder
from tasks.store.failpoints import failpoint

Exchange = Callable[[Path, Path], bool]

_HERE = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.EPERM)
_ASIDE = "old"


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places.

    False: the kernel or the file system cannot. Raises OSError.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one))


def can_exchange(folder: Path, exchange: Exchange) -> bool:
    """Return whether it works on the file system of `folder`, tried out."""
    one, other = folder / "one", folder / "other"
    for path in (one, other):
        make_folder(path)
    try:
        return exchange(one, other)
    finally:
        one.rmdir()
        other.rmdir()


def swap(current: Path, new: Path, exchange: Exchange) -> Path:
    """Put the folder `new` where `current` is, durably.

    Returns where the old one lies now. Raises OSError.
    """
    sync_folder(new)
    old = new
    if not exchange(current, new):
        old = new.parent / _ASIDE
        current.rename(old)
        failpoint("compaction.aside")
        new.rename(current)
    sync_folder(current.parent)
    sync_folder(new.parent)
    return old


def put_back(merging: Path, root: Path) -> None:
    """Undo the first of two renames, where somebody died between them.

    Only for who has the publishing lock.
    """
    for work in work_folders(merging):
        current = root / work.name.replace(".", "/", 1)
        if (work / _ASIDE).is_dir() and not current.exists():
            (work / _ASIDE).rename(current)
            sync_folder(current.parent)


def work_folder(merging: Path, table: str, month: str) -> Path:
    """Return the work folder of a table's month (`month=2026-10`).

    The new folder is made in it, and the old one waits there to be removed.
    """
    return merging / f"{table}.{month}"


def work_folders(merging: Path) -> list[Path]:
    return sorted(merging.glob("*.month=*")) if merging.is_dir() else []


def clear(merging: Path) -> None:
    """Remove all that compactions have left.

    Only for who has the claim.
    """
    if merging.is_dir():
        shutil.rmtree(merging)
        sync_folder(merging.parent)

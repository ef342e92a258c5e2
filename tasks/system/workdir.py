"""Manage the work folder, where a run's temporary files lie.

These are clips until they are answered, and copies of stored objects while they are probed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from tasks.errors import MediaError, UsageError

_PREFIX = "reelsheet-clips-"
_LOCK = "in-use.lock"

_parent: Path | None = None  # None: the system's temporary folder


def use_workdir(parent: Path) -> None:
    """Set where copies lie; the composition root does, once."""
    global _parent  # noqa: PLW0603 - one process, one place
    _parent = parent


def copy_folder() -> AbstractContextManager[Path]:
    """Make a work folder for a copy that goes at once, next to the run's clips.

    Raises UsageError.
    """
    return work_folder(_parent or Path(tempfile.gettempdir()))


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """Make a new folder under `parent`, which goes afterwards.

    The folders that killed runs left there go now. Raises UsageError where `parent` is no folder that can be written.
    """
    try:
        with _alone(parent):
            _remove_abandoned(parent)
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            # The system frees the lock when we die, however we die: that tells an abandoned folder from one in use.
            lock = FileLock(folder / _LOCK)
            lock.acquire()
    except OSError as error:
        raise UsageError(
            f"A folder for clips was expected at {parent}, and none can be made there ({error.strerror}): "
            "name another --workdir."
        ) from error
    try:
        yield folder
    finally:
        lock.release()
        with suppress(OSError):
            _remove(folder)


def require_there(folder: Path) -> None:
    """Raise MediaError, retryable, where the folder of a running run was removed."""
    if not folder.is_dir():
        raise MediaError(
            f"The folder for clips {folder} is gone, and was needed until the end of the run: run again.",
            retryable=True,
        )


def remove_abandoned(parent: Path) -> None:
    """Remove the folders that killed runs left, for a run that needs none itself."""
    with suppress(OSError), _alone(parent):
        _remove_abandoned(parent)


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Keep others from making or removing folders there.

    So none is seen between its making and its lock.
    """
    handle = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        # Another user's folder cannot be locked, and one that is in use is locked already.
        with suppress(Timeout, OSError), FileLock(folder / _LOCK, timeout=0):
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: until then nobody else removes it, too."""
    for path in folder.iterdir():
        if path.name != _LOCK:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)

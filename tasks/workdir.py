"""The folder in which a run's clips lie until they are answered."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from tasks.errors import UsageError

_PREFIX = "reelsheet-clips-"
_LOCK = "in-use.lock"


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """A new folder under `parent`, gone afterwards; the folders that killed runs left there go now.

    Raises UsageError where `parent` is no folder that can be written.
    """
    try:
        _remove_abandoned(parent)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    except OSError as error:
        raise UsageError(
            f"A folder for clips was expected at {parent}, and none can be made there ({error.strerror}): "
            "name another --workdir."
        ) from error
    # The system frees the lock when we die, however we die: that tells an abandoned folder from one in use.
    lock = FileLock(folder / _LOCK)
    try:
        with lock:
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        # Another user's folder cannot be locked, and one that is in use is locked already.
        with suppress(Timeout, OSError):
            if not (folder / _LOCK).exists():
                continue  # being made just now
            with FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)

"""Claim analyses: who asks about one, among all runs that write to a dataset.

They may be in this process and in others.

A claim is a lock on one byte of `.reelsheet/claims.lock`, at an offset that follows from its name. The system frees
it when its holder dies, by whatever death. Such locks hold between processes; between threads a set within the
process does the same. Closing any descriptor of the file would drop every lock of the process, so the process has a
single one, and nothing else may open the file.

Where the dataset lies in an object store, the file lies on this machine, and the lease keeps others out (lease.py).

Weighed against filelock 4.2, which needs a file and a descriptor a name: 1,000 names took it 300 to 390 ms and 1,000
descriptors, and left 1,000 files; here 7 to 58 ms and one descriptor. Publishing, with its one name, uses filelock.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tasks.errors import DatasetNotWritable
from tasks.store.dataset import Dataset
from tasks.store.disk import make_folder
from tasks.store.storage import explained

_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


@dataclass(slots=True)
class _LockFile:
    """A lock file is this process' one descriptor, and the bytes that it has locked."""

    descriptor: int
    users: int = 0
    locked: set[int] = field(default_factory=set)


_guard = threading.Lock()
_files: dict[tuple[int, int], _LockFile] = {}  # by device and inode


class Claims:
    """The claims of one run end with `close`, and with the process.

    Threads may share them. Meant for some hundreds at a time, since the system looks through all locks of the file at
    each new one. Raises DatasetNotWritable where the dataset cannot be written, lies on a file system without locks,
    or in an object store where another process writes to it.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._storage = dataset.storage
        self._held: set[str] = set()
        with explained(self._storage):
            self._storage.acquire_lease()
            with _guard:
                self._key = _opened(dataset.claims)
                self._file = _files[self._key]
                self._file.users += 1
        self._closed = False

    def take(self, name: str) -> bool:
        """Claim a name, without waiting.

        False: it is held, by another process or in this one, be it by this run.
        """
        offset = _byte_offset(name)
        with explained(self._storage), _guard:
            if self._closed:
                raise ValueError("These claims are closed: nothing can be claimed any more.")
            if offset in self._file.locked or not self._lock(offset):
                return False
            self._file.locked.add(offset)
            self._held.add(name)
            return True

    def held(self, name: str) -> bool:
        """Return whether this run has the claim."""
        return name in self._held

    def release(self, name: str) -> None:
        """Give up a claim; one that this run does not have is left alone."""
        with explained(self._storage), _guard:
            self._release(name)

    def close(self) -> None:
        """Give up every claim. A second time does nothing."""
        with explained(self._storage), _guard:
            if self._closed:
                return
            self._closed = True
            for name in tuple(self._held):
                self._release(name)
            self._file.users -= 1
            if not self._file.users:
                del _files[self._key]
                os.close(self._file.descriptor)
        self._storage.release_lease()

    def __enter__(self) -> Claims:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _lock(self, offset: int) -> bool:
        try:
            fcntl.lockf(self._file.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except (BlockingIOError, PermissionError):  # EAGAIN or EACCES, as the system likes
            return False
        except OSError as error:
            if error.errno in _WITHOUT_LOCKS:
                raise DatasetNotWritable(
                    f"The dataset {self._storage.root} lies on a file system without locks, by which runs at the same "
                    "time keep out of each other's way: choose another --dataset, such as one on this machine's disk.",
                    errno=error.errno,
                ) from error
            raise
        return True

    def _release(self, name: str) -> None:
        if name not in self._held:
            return
        self._held.discard(name)
        offset = _byte_offset(name)
        self._file.locked.discard(offset)
        fcntl.lockf(self._file.descriptor, fcntl.LOCK_UN, 1, offset)


def _opened(path: Path) -> tuple[int, int]:
    """Return the key of the file, opened if this process has not.

    A file that is open must not be opened again.
    """
    make_folder(path.parent)
    with suppress(FileNotFoundError):
        if (key := _key(path.stat())) in _files:
            return key
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    key = _key(os.fstat(descriptor))
    _files[key] = _LockFile(descriptor)
    return key


def _key(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino


def _byte_offset(name: str) -> int:
    """Return the offset of the name's byte.

    It has 62 bits, as an offset has a sign, and the byte's end must fit too.
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 2

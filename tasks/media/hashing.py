"""Identify a recording by the SHA-256 of its bytes, and notice when it changes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import FileChanged, NotReadable
from tasks.media.faults import TRANSIENT_ERRNOS
from tasks.records import Recording
from tasks.system import cancellation
from tasks.system.object_store import is_stored

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp has a file's size and time of change.

    As a rule it differs once the file's bytes do.
    """

    size_bytes: int
    mtime_ns: int  # nanoseconds since the epoch

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        return cls(found.st_size, found.st_mtime_ns)


def sha256_of(path: Path) -> str:
    """Return 64 hex digits, read in constant memory.

    Raises FileChanged if the file was written to meanwhile, NotReadable, and Interrupted after Ctrl-C.
    """
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            digest = hashlib.sha256()
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                cancellation.check()
    except OSError as error:
        raise _not_readable(path, error) from error
    require_unchanged(path, before)
    return digest.hexdigest()


def require_unchanged(path: Path, before: os.stat_result) -> None:
    """Require that a name still leads to the same file, as it was.

    Raises FileChanged, NotReadable.
    """
    try:
        after = path.stat()
    except OSError as error:
        raise _not_readable(path, error) from error
    if before.st_ino != after.st_ino or Stamp.of(before) != Stamp.of(after):
        raise file_changed(path.name)


def require_same(recording: Recording) -> None:
    """Require that the recording's file is what was probed.

    Raises FileChanged where it is gone or another; both may be mended. What lies at an address is not looked at
    again; an object in a store is when it is fetched.
    """
    for member in recording.members:
        require_same(member)
    if recording.members or recording.id_basis == "url" or is_stored(recording.path):
        return
    try:
        found = os.stat(recording.path)  # noqa: PTH116 - may hold odd bytes
    except OSError as error:
        raise FileChanged(
            f"{recording.uri} was there when the run began and cannot be read any more ({error.strerror}): "
            "bring it back, then run again."
        ) from error
    if recording.mtime_ns not in (None, found.st_mtime_ns) or found.st_size != recording.size_bytes:
        raise FileChanged(f"{recording.uri} was changed while the run was at it: run again once it is whole.")


def file_changed(name: str) -> FileChanged:
    return FileChanged(f"{name} was changed while it was read; it is left for the next run.")


def _not_readable(path: Path, error: OSError) -> NotReadable:
    return NotReadable(
        f"{path.name} could not be read to its end ({error.strerror}).", retryable=error.errno in TRANSIENT_ERRNOS
    )

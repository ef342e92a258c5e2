"""The identity of a recording: SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tasks import stopping
from tasks.errors import FileChanged, NotReadable

_BLOCK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """64 hex digits, read in constant memory.

    Raises FileChanged if the file was written to meanwhile, NotReadable, and Interrupted after Ctrl-C.
    """
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            digest = hashlib.sha256()
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                stopping.check()
            after = path.stat()
    except OSError as error:
        raise NotReadable(f"{path.name} could not be read to its end ({error.strerror}).") from error
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (after.st_ino, after.st_size, after.st_mtime_ns):
        raise FileChanged(f"{path.name} was changed while it was read; it is left for the next run.")
    return digest.hexdigest()

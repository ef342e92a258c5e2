"""Read recordings in object stores: list, hash while streaming, fetch for ffmpeg.

An object is what it was as long as its size and its time of change are. Its identity is that of its bytes, so that
the same recording on a disk, or under another address, is known.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tasks.errors import FileChanged, NotFound, NotReadable, ReelsheetError
from tasks.media.hashing import Stamp
from tasks.system import cancellation
from tasks.system.object_store import reason_of, scheme_of, stored

_BLOCK_BYTES = 5 << 20
_PATTERN = re.compile(r"[*?\[]")
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")  # as each storage library calls it

_guard = threading.Lock()
_locks: dict[str, threading.Lock] = {}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A stored object has its address and stamp.

    `within` is its name below the prefix, or the pattern's folder, that it was found by.
    """

    url: str
    stamp: Stamp
    within: str | None = None  # None: it was named itself


def look(url: str) -> StoredObject | None:
    """Return the object with exactly this address; None: there is none.

    Raises NotReadable, UsageError.
    """
    location = stored(url)
    with _explained(url):
        try:
            found = location.fs.info(location.path)
        except FileNotFoundError:
            return None
    return _listed(url, found) if found["type"] == "file" and not url.endswith("/") else None


def list_objects(url: str) -> list[StoredObject]:
    """List the object of that name, those of a pattern, or all below a prefix.

    They are sorted by name; `**` means any folders. Raises NotFound where there is nothing, NotReadable, UsageError.
    """
    if named := look(url):
        return [named]
    location = stored(url)
    is_pattern = bool(_PATTERN.search(location.path))
    start = _PATTERN.split(location.path)[0].rpartition("/")[0] if is_pattern else location.path.rstrip("/")
    with _explained(url):
        found = (
            location.fs.glob(location.path, detail=True) if is_pattern else location.fs.find(f"{start}/", detail=True)
        )
    files = (name for name, facts in found.items() if facts["type"] == "file" and not name.endswith("/"))
    things = [
        replace(_listed(f"{scheme_of(url)}://{name}", found[name]), within=name.removeprefix(f"{start}/"))
        for name in sorted(files)
    ]
    if not things:
        raise NotFound(f"Nothing is at {url}; check its bucket and name.")
    return things


def sha256_of(url: str, stamp: Stamp | None) -> str:
    """Return 64 hex digits, of bytes that are not kept.

    Raises FileChanged, NotReadable, NotFound, Interrupted.
    """
    digest = hashlib.sha256()
    for block in _blocks(url, stamp):
        digest.update(block)
    return digest.hexdigest()


def fetch(url: str, folder: Path, stamp: Stamp | None) -> Path:
    """Fetch the object to a file in `folder`; once for all, until it is discarded.

    Raises FileChanged where it is not what it was, NotReadable, NotFound, Interrupted.
    """
    target = _target(url, folder)
    with _guard:
        lock = _locks.setdefault(str(target), threading.Lock())
    with lock:
        if not target.exists():
            unfinished = target.with_name(f"{target.name}.part")
            try:
                with unfinished.open("wb") as file:
                    for block in _blocks(url, stamp):
                        file.write(block)
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)
    return target


def discard(url: str, folder: Path) -> None:
    """Remove what was fetched from there."""
    _target(url, folder).unlink(missing_ok=True)


def _target(url: str, folder: Path) -> Path:
    ending = Path(url).suffix[:10]  # tells ffmpeg and OpenCV what some formats are
    return folder / f"fetched-{hashlib.sha256(url.encode(errors='surrogateescape')).hexdigest()[:32]}{ending}"


def _blocks(url: str, stamp: Stamp | None) -> Iterator[bytes]:
    """Yield the bytes of an object that is, before and after, what it was."""
    _require_same(url, stamp)
    location = stored(url)
    with _explained(url), location.fs.open(location.path, "rb", block_size=_BLOCK_BYTES) as file:
        while block := file.read(_BLOCK_BYTES):
            cancellation.check()
            yield block
    _require_same(url, stamp)


def _require_same(url: str, stamp: Stamp | None) -> None:
    found = look(url)
    if found is None:
        raise NotFound(f"{url} does not exist; check its bucket and name.")
    if stamp is not None and found.stamp != stamp:
        raise FileChanged(f"{url} was changed while the run was at it: run again once it is whole.")


def _listed(url: str, facts: Mapping[str, Any]) -> StoredObject:
    stamped = next((facts[name] for name in _TIMES if facts.get(name) is not None), None)
    seconds = stamped.timestamp() if isinstance(stamped, datetime) else float(stamped or 0)
    return StoredObject(
        url, Stamp(int(facts["size"]), int(seconds) * 1_000_000_000)
    )  # a listing may tell finer than a look


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn what a storage library raises into what is wrong with the recording."""
    try:
        yield
    except ReelsheetError:
        raise
    except FileNotFoundError:
        raise NotFound(f"{url} does not exist; check its bucket and name.") from None
    except PermissionError as error:
        raise NotReadable(f"{url} cannot be read: {reason_of(error)}. Check the credentials.") from error
    except Exception as error:
        raise NotReadable(f"{url} cannot be read: {reason_of(error)}.", retryable=True) from error

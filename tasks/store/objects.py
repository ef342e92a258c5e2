"""Objects of a store in place of files: each is put whole, is durable and listed on return, and is never renamed.

Paths are those of `tasks.storage`. What fails raises OSError, or whatever the storage library makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upath import UPath

_AT_ONCE = 16  # requests


def put(path: UPath, content: bytes) -> None:
    """Make the object, or replace it; nobody ever sees half of it."""
    path.fs.pipe_file(path.path, content)


def copy(source: UPath, target: UPath) -> None:
    """Copy an object within the store, which reads and writes it itself. Raises FileNotFoundError."""
    source.fs.cp_file(source.path, target.path)


def remove(paths: Iterable[UPath]) -> None:
    """Remove objects; some may be gone already."""
    gone = list(paths)
    if len(gone) > 1:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(_remove, gone))
    elif gone:
        _remove(gone[0])


def below(folder: UPath) -> Iterator[str]:
    """The names of all objects below, from the folder, in order."""
    start = folder.path.rstrip("/") + "/"
    with suppress(FileNotFoundError):
        for name in sorted(folder.fs.find(folder.path)):
            if name.startswith(start) and not name.endswith("/"):  # what some tools put there for a folder
                yield name.removeprefix(start)


def modified(path: UPath) -> datetime:
    """When the object was put, by the store's clock. Raises FileNotFoundError."""
    found: datetime = path.fs.modified(path.path)
    return found


def _remove(path: UPath) -> None:
    with suppress(FileNotFoundError):
        path.fs.rm_file(path.path)

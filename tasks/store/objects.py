"""Handle objects of a store in place of files.

Each is put whole, is durable and listed on return, and is never renamed. Paths are those of
`tasks.system.object_store`. What fails raises OSError, or whatever the storage library makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from upath import UPath

T = TypeVar("T")
R = TypeVar("R")

_AT_ONCE = 16  # requests


def put(path: UPath, content: bytes) -> None:
    """Make the object, or replace it; nobody ever sees half of it."""
    path.fs.pipe_file(path.path, content)


def copy(source: UPath, target: UPath) -> None:
    """Copy an object within the store, which reads and writes it itself.

    Raises FileNotFoundError.
    """
    source.fs.cp_file(source.path, target.path)


def remove(paths: Iterable[UPath]) -> None:
    """Remove objects; some may be gone already."""
    at_once(_remove, paths)


def below(folder: UPath) -> Iterator[str]:
    """Return the names of all objects below, from the folder, in order."""
    start = folder.path.rstrip("/") + "/"
    with suppress(FileNotFoundError):
        for name in sorted(folder.fs.find(folder.path)):
            if name.startswith(start) and not name.endswith("/"):  # what some tools put there for a folder
                yield name.removeprefix(start)


def names(folder: UPath) -> list[str]:
    """Return the names in a folder, in order.

    All that is below is listed, so that it must not be much.
    """
    return sorted({name.partition("/")[0] for name in below(folder)})


def names_above(folder: UPath) -> list[str]:
    """Return the names in a folder, where much is below.

    It takes one request more where there is nothing.
    """
    try:
        found = folder.fs.ls(folder.path, detail=False)
    except FileNotFoundError:
        return []
    own = folder.path.rstrip("/")
    return sorted({name.rstrip("/").rpartition("/")[2] for name in found if name.rstrip("/") != own})


def snapshot(folder: UPath) -> Any:
    """Return the store as one question sees it.

    What was listed once is not asked for again.
    """
    options = {**folder.storage_options, "use_listings_cache": True, "skip_instance_cache": True}
    return type(folder.fs)(**options)


def modified(path: UPath) -> datetime:
    """Return when the object was put, by the store's clock.

    Raises FileNotFoundError.
    """
    found: datetime = path.fs.modified(path.path)
    return found


def at_once(work: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """Do the work for each, several requests at a time.

    Raises what the first that fails raises.
    """
    ahead = list(things)
    if len(ahead) < 2:
        return [work(thing) for thing in ahead]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, ahead))


def _remove(path: UPath) -> None:
    with suppress(FileNotFoundError):
        path.fs.rm_file(path.path)

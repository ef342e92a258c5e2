"""Add what looks like a recording in a folder, and in those below it."""

from __future__ import annotations

import os
import stat
from operator import attrgetter

from tasks.errors import NotReadable
from tasks.inputs.scan import HIDDEN, OTHER_ENDING, UNSETTLED, printable
from tasks.inputs.search import Argument, Folder, Search
from tasks.media.formats import is_media

_BY_NAME = attrgetter("name")


def is_folder(argument: Argument) -> bool:
    """Tell whether a folder lies at the path."""
    return argument.found is not None and stat.S_ISDIR(argument.found.st_mode)


def add_folder(search: Search, argument: Argument) -> None:
    """Add the recordings of a folder, sorted; warn where it holds none."""
    path, tried, problems = argument.path, search.tried(), len(search.problems)
    files = _walk(search, path, Folder.of(path), set())
    if search.tried() > tried or len(search.problems) > problems:
        return
    state = "no recording that is ready to be analysed" if files else "no file"
    search.warn(f"The folder {printable(path)} holds {state}.")


def _walk(search: Search, path: str, folder: Folder, entered: set[tuple[int, int]]) -> int:
    """Consider the files below a folder, sorted, and count them without hidden ones.

    Links to folders are followed, each folder is entered once.
    """
    try:
        identity = _identity(path)
        if identity in entered:
            return 0
        entered.add(identity)
        with os.scandir(path) as entries:
            found = sorted(entries, key=_BY_NAME)
    except OSError as error:
        search.problem(path, NotReadable(f"The folder {printable(path)} cannot be read: {error.strerror}."))
        return 0
    files = 0
    for entry in found:
        if entry.name[0] == ".":
            search.ignore(entry.path, HIDDEN)
        elif _leads_to_folder(entry):
            inner = Folder.of(entry.path) if entry.is_symlink() else folder.within(entry.name)
            files += _walk(search, entry.path, inner, entered)
        else:
            files += 1
            _consider(search, entry, folder)
    return files


def _consider(search: Search, entry: os.DirEntry[str], folder: Folder) -> None:
    """Add a file that was found in a folder, rather than named."""
    if not is_media(entry.name):
        search.ignore(entry.path, OTHER_ENDING)
        return
    try:
        found = entry.stat()
    except OSError:
        found = None  # a broken link: let the probe say so
    if found is not None and search.is_young(found.st_mtime_ns):
        search.ignore(entry.path, UNSETTLED)
        return
    real = os.path.realpath(entry.path) if entry.is_symlink() else folder.real + entry.name
    search.take_found(entry.path, folder.absolute + entry.name, real, found)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino

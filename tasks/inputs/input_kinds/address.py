"""Add an address of the web, or of a thing or prefix in an object store."""

from __future__ import annotations

from tasks.errors import MediaError, NotFound
from tasks.inputs.scan import HIDDEN, OTHER_ENDING, UNSETTLED, Source, printable
from tasks.inputs.search import Argument, Search
from tasks.media import stored
from tasks.media.formats import is_media
from tasks.media.remote import is_address as is_web_address
from tasks.system.object_store import is_stored


def is_address(argument: Argument) -> bool:
    """Tell whether it begins as an address does, whatever may be there.

    >>> is_address(Argument("https://a.example/a.mp4")), is_address(Argument("a.mp4"))
    (True, False)
    """
    return argument.has_scheme


def add_address(search: Search, argument: Argument) -> None:
    """Add an address, which is not looked at unless it is in an object store."""
    url = argument.word
    if is_stored(url):
        _add_stored(search, url)
    elif not is_web_address(url):
        rule = "an address begins with https://. Download it, and name the file."
        search.problem(url, NotFound(f"{printable(url)} cannot be read: {rule}"))
    else:
        search.take(url, Source(printable(url), url))


def _add_stored(search: Search, url: str) -> None:
    """Add what is named in an object store.

    Below a prefix and by a pattern it is found as in a folder.
    """
    try:
        found, tried = stored.list_objects(url), search.tried()
    except MediaError as error:
        search.problem(url, error)
        return
    for thing in found:
        within = (thing.within or "").split("/")
        if any(part.startswith(".") for part in within):
            search.ignore(thing.url, HIDDEN)
        elif thing.within and not is_media(within[-1]):
            search.ignore(thing.url, OTHER_ENDING)
        elif thing.within and search.is_young(thing.stamp.mtime_ns):
            search.ignore(thing.url, UNSETTLED)
        else:
            size, mtime_ns = thing.stamp.size_bytes, thing.stamp.mtime_ns
            search.take(thing.url, Source(printable(thing.url), thing.url, size, mtime_ns))
    if search.tried() == tried:
        search.warn(f"{printable(url)} holds no recording that is ready to be analysed.")

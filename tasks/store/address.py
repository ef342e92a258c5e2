"""Read a dataset's address: a path, a `file:` URL or one in an object store."""

from __future__ import annotations

from pathlib import Path

from tasks.errors import UsageError
from tasks.system.object_store import AnyPath, is_stored, known_schemes, scheme_of, stored


def root_at(address: str | AnyPath) -> AnyPath:
    """Return the folder that an address names: one on a disk is a Path.

    >>> root_at("file:///data/talks").as_posix()
    '/data/talks'

    Raises UsageError for what is no address of a dataset.
    """
    text = checked_address(address)
    return stored(text) if is_stored(text) else Path(text)


def checked_address(address: str | AnyPath) -> str:
    """Return an address as an absolute path, or as a URL of an object store.

    >>> checked_address("file:///data/talks"), checked_address("s3://tables/talks")
    ('/data/talks', 's3://tables/talks')

    Raises UsageError for what is no address of a dataset.
    """
    text = str(address)
    scheme = scheme_of(text)
    if is_stored(text):
        if found := set(text) & set("\\*?[]#"):
            raise UsageError(
                f"A dataset's address cannot hold {' '.join(sorted(found))}, and {text} does: name another."
            )
        return text
    if scheme not in (None, "file"):
        raise UsageError(
            f"A dataset lies in a folder or in an object store ({known_schemes()}), and {text} is neither: name "
            "another with --dataset."
        )
    if scheme == "file":
        text = text.partition("://")[2]
    if "\\" in text:
        raise UsageError(f"A dataset's path cannot hold a backslash, and {text} does: name another with --dataset.")
    return str(Path(text).expanduser().absolute())

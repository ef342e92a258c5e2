"""Open object stores by their addresses, such as `s3://bucket/prefix`.

Who may read and write there, and at which endpoint, is set in the storage library's own environment and files alone
(for s3: `AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`, …): an address never holds a key.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tasks.errors import UsageError

if TYPE_CHECKING:
    from upath import UPath

AnyPath: TypeAlias = "Path | UPath"
"""A path of this machine, or one in an object store, which has the same methods to name and read it."""

# What has to be installed for each, beside reelsheet. All of them show an object whole or not at all, and list it as
# soon as it is there, which is what a dataset stands on.
_S3, _GOOGLE, _AZURE = "'reelsheet[s3]'", "universal-pathlib gcsfs", "universal-pathlib adlfs"
_INSTALLED_BY = {
    **dict.fromkeys(("s3", "s3a"), _S3),
    **dict.fromkeys(("gs", "gcs"), _GOOGLE),
    **dict.fromkeys(("az", "abfs", "abfss"), _AZURE),
    "oss": "universal-pathlib ossfs",
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PASSWORD = re.compile(r"//[^/@\s]*@")  # as an endpoint's address may hold one
_BLOCK_BYTES = 5 << 20  # read at a time, where little is wanted of a large object; most files of a dataset are smaller


def scheme_of(name: str) -> str | None:
    """Return what stands before `://`, in small letters; None: the name is a path.

    >>> scheme_of("S3://bucket/a.mp4")
    's3'
    """
    found = _SCHEME.match(name)
    return found[1].lower() if found else None


def is_stored(name: str) -> bool:
    """Return whether the name is an address in an object store.

    >>> is_stored("s3://bucket/a.mp4"), is_stored("https://host/a.mp4")
    (True, False)
    """
    return scheme_of(name) in _INSTALLED_BY


def known_schemes() -> str:
    """List the known schemes, for people."""
    return ", ".join(f"{scheme}://" for scheme in _INSTALLED_BY)


def stored(url: str) -> UPath:
    """Return the path of an object, or of a prefix of several.

    Nothing is asked yet, and nothing of what is asked later is kept. Raises UsageError, in one sentence, where the
    store's package is not installed, or for an address with a password.
    """
    scheme = scheme_of(url)
    if scheme not in _INSTALLED_BY:
        raise UsageError(f"{url} is in no known object store: expected one of {known_schemes()}.")
    bucket, _, key = url.partition("://")[2].partition("/")
    if "@" in bucket and scheme not in ("abfs", "abfss"):  # Azure names a container so
        raise UsageError(
            f"An address without a password was expected, as it is recorded; that of {scheme}://…/{key} has one: set "
            "it in the environment that the storage library reads."
        )
    if not bucket:
        raise UsageError(f"{url} names no bucket: expected {scheme}://BUCKET/PREFIX.")
    options: dict[str, Any] = {"use_listings_cache": False}  # others write there too
    if _INSTALLED_BY[scheme] == _S3:
        options["default_block_size"] = _BLOCK_BYTES
    try:
        from upath import UPath  # noqa: PLC0415 - takes its time, and is needed here alone

        path = UPath(f"{scheme}://{bucket}/{key}".rstrip("/"), **options)
        _ = path.fs
    except ImportError as error:
        raise UsageError(
            f"{url} lies in an object store, and the package for it is not installed: "
            f"pip install {_INSTALLED_BY[scheme]} (missing: {error.name or error})."
        ) from None
    return path


def reason_of(error: Exception) -> str:
    """Return a storage library's reason, in a few words without a password.

    >>> reason_of(OSError("timed out."))
    'timed out'
    """
    if isinstance(error, PermissionError):
        return f"access is denied ({error})".replace(".)", ")")
    words = str(error).rstrip(".") or type(error).__name__
    return _PASSWORD.sub("//", words)

"""Read recordings at public addresses, and fetch those that have to be cut.

Only https is followed, and only to addresses of the public net, so that a list of inputs cannot make this machine
read its neighbours; a setting allows both, for a net of one's own.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from tasks.errors import MediaError, NotFound, NotReadable
from tasks.identity import canonical_json
from tasks.media.formats import is_image_name
from tasks.system import cancellation

if TYPE_CHECKING:
    import httpx2

_PATIENCE_S = 60.0
_MOST_REDIRECTS = 5
_PROTOCOLS = "https,tls,tcp"

_allowed = threading.Event()
_fetching = threading.Lock()
_locks: dict[str, threading.Lock] = {}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A remote file is what a server states of a file, without sending it."""

    url: str  # behind all redirects
    etag: str | None
    length: int | None  # bytes
    content_type: str = ""

    @property
    def is_image(self) -> bool:
        """Return whether its server, or else its name, says that it is a picture."""
        stated = self.content_type.partition("/")[0]
        return stated == "image" or (stated not in ("video", "audio") and is_image_name(urlsplit(self.url).path))

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what people should know of its identity."""
        return () if self.etag else ("its server states no ETag: a change of the same length would go unnoticed",)

    def media_id(self, named: str) -> str:
        """Return the identity of what lies at the address as it was named."""
        known = {"url": named, "etag": self.etag, "length": self.length}
        return hashlib.sha256(canonical_json(known).encode()).hexdigest()


def allow_private(allowed: bool) -> None:
    """Allow plain http, and addresses of this machine and its nets, or forbid them.

    The composition root does, once.
    """
    if allowed:
        _allowed.set()
    else:
        _allowed.clear()


def is_address(name: str) -> bool:
    return name.startswith(("https://", "http://"))


def protocols() -> str:
    """Return the protocols that ffmpeg may use to read an address."""
    return f"{_PROTOCOLS},http" if _allowed.is_set() else _PROTOCOLS


def look(url: str) -> RemoteFile:
    """Ask for a file's ETag and length. Raises NotFound, NotReadable."""
    with _answer("HEAD", url) as head:
        if head.status_code < 400:
            return _remote(head)
    with _answer("GET", url, {"Range": "bytes=0-0"}) as first:  # a server that has no HEAD
        if first.status_code >= 400:
            kind = NotFound if first.status_code in (404, 410) else NotReadable
            raise kind(f"{url} cannot be read: its server answers HTTP {first.status_code}.", retryable=_is_busy(first))
        return _remote(first)


def fetch(url: str, folder: Path, name: str, most_bytes: int) -> Path:
    """Fetch the file at an address to `folder`; once for all, until it is discarded.

    Raises NotFound, NotReadable, Interrupted.
    """
    target = _target(name, folder)
    with _fetching:
        lock = _locks.setdefault(str(target), threading.Lock())
    with lock:
        if not target.exists():
            _fetch(url, target, most_bytes)
    return target


def fetch_beginning(url: str, folder: Path, name: str, most_bytes: int) -> Path:
    """Fetch the first bytes of a file to `folder`. Raises NotReadable."""
    target = folder / f"beginning-{name}"
    with _answer("GET", url, {"Range": f"bytes=0-{most_bytes - 1}"}) as answer, target.open("wb") as file:
        if answer.status_code >= 400:
            raise NotReadable(f"{url} cannot be fetched: its server answers HTTP {answer.status_code}.")
        for piece in _pieces(answer, url, 1 << 16):  # a server without ranges sends all there is
            file.write(piece[: most_bytes - file.tell()])
            if file.tell() >= most_bytes:
                break
    return target


def discard(name: str, folder: Path) -> None:
    """Remove what was fetched under this name."""
    _target(name, folder).unlink(missing_ok=True)


def _target(name: str, folder: Path) -> Path:
    return folder / f"fetched-{name}"


def _fetch(url: str, target: Path, most_bytes: int) -> None:
    unfinished = target.with_name(f"{target.name}.part")
    try:
        with _answer("GET", url) as answer, unfinished.open("wb") as file:
            if answer.status_code >= 400:
                raise NotReadable(
                    f"{url} cannot be fetched: its server answers HTTP {answer.status_code}.",
                    retryable=_is_busy(answer),
                )
            for piece in _pieces(answer, url, 1 << 20):
                cancellation.check()
                file.write(piece)
                if file.tell() > most_bytes:
                    raise MediaError(f"{url} is larger than {most_bytes:,} bytes, the most that the model takes.")
            stated = answer.headers.get("content-length", "")
            if stated.isdigit() and int(stated) != file.tell():
                raise NotReadable(
                    f"{url} broke off after {file.tell():,} of {stated} bytes; run again.", retryable=True
                )
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _pieces(answer: httpx2.Response, url: str, size: int) -> Iterator[bytes]:
    """Yield the body as it comes. Raises NotReadable where it breaks off."""
    from httpx2 import HTTPError  # noqa: PLC0415 - as below

    try:
        yield from answer.iter_raw(size)
    except HTTPError as error:
        raise NotReadable(f"{url} cannot be fetched ({error}); run again.", retryable=True) from None


@contextmanager
def _answer(method: str, url: str, headers: dict[str, str] | None = None) -> Iterator[httpx2.Response]:
    """Give the answer behind all redirects, its body not read yet.

    Each address on the way is checked.
    """
    import httpx2  # noqa: PLC0415 - brings TLS along, which files on the disk spare

    wanted = {"Accept-Encoding": "identity", **(headers or {})}
    with httpx2.Client(timeout=_PATIENCE_S, follow_redirects=False, trust_env=not _allowed.is_set()) as client:
        here = url
        for _ in range(_MOST_REDIRECTS + 1):
            _check(here)
            try:
                request = client.build_request(method, here, headers=wanted)
                answer = client.send(request, stream=True)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                words = str(error) or type(error).__name__
                retryable = isinstance(error, httpx2.TransportError) and not isinstance(
                    error, httpx2.UnsupportedProtocol
                )
                raise NotReadable(f"{url} cannot be read: {words}.", retryable=retryable) from None
            try:
                if answer.is_redirect and "location" in answer.headers:
                    here = urljoin(here, answer.headers["location"])
                    continue
                yield answer
                return
            finally:
                answer.close()
    raise NotReadable(f"{url} leads from one address to the next, more than {_MOST_REDIRECTS} times.")


def _check(url: str) -> None:
    """Require an address of the public net, unless others are allowed.

    Raises NotReadable.
    """
    parts = urlsplit(url)
    if _allowed.is_set() and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or not parts.hostname:
        raise NotReadable(f"{url} is read over https only; download it first, and name the file.")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotFound(
            f"{url}: nobody knows the host {parts.hostname} ({error.strerror}).",
            retryable=error.errno == socket.EAI_AGAIN,
        ) from None
    for *_, address in found:
        if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global:
            raise NotReadable(
                f"{url} lies at {address[0]}, in a private net, which is not read; "
                "set REELSHEET_PRIVATE_URLS=1 if that is wanted."
            )


def _is_busy(answer: httpx2.Response) -> bool:
    """Return whether the server may answer otherwise later."""
    return answer.status_code >= 500 or answer.status_code in (408, 429)


def _remote(answer: httpx2.Response) -> RemoteFile:
    total = answer.headers.get("content-range", "").rpartition("/")[2] or answer.headers.get("content-length", "")
    length = int(total) if total.isdigit() else None
    return RemoteFile(
        str(answer.url), answer.headers.get("etag"), length, answer.headers.get("content-type", "").lower()
    )

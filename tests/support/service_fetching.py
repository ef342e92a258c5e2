"""How the stand-in for the service gets at media: out of data URIs, from public addresses, from the upload store."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from tests.support.service_errors import AMBIGUOUS
from tests.support.service_faults import HttpError, Refusal, invalid
from tests.support.service_request import Transport

USER_AGENT = "stand-in-service"  # by which tests tell the service's own downloads from the client's
PATIENCE_S = 10.0
_HERE = ("127.0.0.1", "localhost", "::1")

Resolve = Callable[[str], Path]  # an oss:// address becomes a file, or Refusal


@dataclass(frozen=True)
class Fetcher:
    """For one request; `resolve` knows who asks, and for which model."""

    resolve: Resolve

    def transport(self, url: str) -> Transport:
        if url.startswith("oss://"):
            return "oss"
        return "http" if url.startswith(("http://", "https://")) else "data"

    @contextmanager
    def fetched(self, url: str, largest_bytes: int | None) -> Iterator[Path]:
        """The media as a file, for as long as it is looked at. Raises Refusal where it cannot be had."""
        if self.transport(url) == "oss":
            yield self.resolve(url)
            return
        with tempfile.TemporaryDirectory(prefix="stand-in-") as folder:
            path = Path(folder) / "media"
            if self.transport(url) == "http":
                _download(url, path, largest_bytes)
            else:
                path.write_bytes(_decoded(url))
            yield path


def _decoded(url: str) -> bytes:
    try:
        return base64.b64decode(url.partition("base64,")[2] if url.startswith("data:") else url, validate=True)
    except binascii.Error:
        raise invalid("Failed to decode the base64 data.") from None


def _download(url: str, path: Path, largest_bytes: int | None) -> None:
    if urlsplit(url).hostname not in _HERE:  # tests stay on this machine
        raise Refusal(AMBIGUOUS["download failed"])
    headers = {"User-Agent": USER_AGENT}
    try:
        with (
            httpx2.Client(trust_env=False, verify=False, follow_redirects=True, timeout=PATIENCE_S) as client,
            client.stream("GET", url, headers=headers) as answer,
            path.open("wb") as file,
        ):
            answer.raise_for_status()
            for piece in answer.iter_bytes():
                file.write(piece)
                if largest_bytes is not None and file.tell() > largest_bytes:
                    raise Refusal(AMBIGUOUS["file too large"])
    except httpx2.TimeoutException:
        raise Refusal(AMBIGUOUS["download timed out"]) from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Refusal(_because(AMBIGUOUS["download failed"], error)) from None


def _because(failure: HttpError, error: Exception) -> HttpError:
    return HttpError(failure.status, failure.code, f"{failure.message}: {error}")

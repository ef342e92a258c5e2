"""Public files at plain http addresses: what a client probes or fetches, and the service downloads itself."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from tests.support.service_faults import HttpError
from tests.support.service_fetching import USER_AGENT
from tests.support.service_request import Received

Scope = MutableMapping[str, Any]


@dataclass(frozen=True)
class Published:
    """A file and how its server behaves: whether it states ETag and length, and understands ranges and HEAD."""

    path: Path
    etag: bool = True
    ranges: bool = True
    head: bool = True
    length: bool = True


@dataclass
class FileShelf:
    """`requests` holds every request for a file, `bytes_sent` how many bytes of bodies left for clients.

    The service's own downloads are in neither; they are counted in `own_downloads`.
    """

    published: dict[str, Published] = field(default_factory=dict)  # by path
    requests: list[Received] = field(default_factory=list)
    faults: deque[HttpError] = field(default_factory=deque)
    bytes_sent: int = 0
    own_downloads: int = 0

    def publish(self, file: Published) -> str:
        """Its path on the server."""
        path = f"/files/{len(self.published)}/{quote(file.path.name)}"
        self.published[path] = file
        return path

    def next(self, *faults: HttpError) -> None:
        """What the next requests for files get instead; also redirects, by the header `location`."""
        self.faults.extend(faults)

    def reset(self) -> None:
        self.requests.clear()
        self.faults.clear()
        self.bytes_sent = self.own_downloads = 0

    def answer(self, request: Request, received: Received) -> Response:
        """The file, a part of it, its headers alone, or what was told to go wrong."""
        is_own = request.headers.get("user-agent") == USER_AGENT
        if is_own:
            self.own_downloads += 1
        else:
            self.requests.append(received)
        response = self._response(request, is_own)
        received.status = response.status_code
        return response

    def _response(self, request: Request, is_own: bool) -> Response:
        if self.faults:
            fault = self.faults.popleft()
            return Response(fault.body or fault.message, fault.status, dict(fault.headers))
        file = self.published.get(quote(request.url.path))
        if file is None or not file.path.is_file():
            return Response("Not found", 404)
        if request.method == "HEAD" and not file.head:
            return Response(status_code=405)
        response = _Counted(file.path, None if is_own else self, stat_result=file.path.stat())
        unsaid = {"etag": file.etag, "accept-ranges": file.ranges, "content-length": file.length}
        for header in (name for name, said in unsaid.items() if not said):
            del response.headers[header]
        if not file.ranges:
            request.scope["headers"] = [entry for entry in request.scope["headers"] if entry[0] != b"range"]
        return response


class _Counted(FileResponse):
    """A file of which every byte that leaves is counted."""

    def __init__(self, path: Path, shelf: FileShelf | None, stat_result: os.stat_result) -> None:
        super().__init__(path, stat_result=stat_result)
        self._shelf = shelf

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        async def counted(message: MutableMapping[str, Any]) -> None:
            if self._shelf is not None and message["type"] == "http.response.body":
                self._shelf.bytes_sent += len(message.get("body", b""))
            await send(message)

        await super().__call__(scope, receive, counted)

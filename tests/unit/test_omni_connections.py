"""How connections read: in pieces that leave no holes in memory."""

from __future__ import annotations

import httpcore2

from tasks.omni.connections import Timeouts, http_client

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Noted(httpcore2.MockStream):
    """A stream that notes how much is wanted of it at a time."""

    wanted: set[int]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.wanted.add(max_bytes)
        return super().read(max_bytes, timeout)


def test_connections_wait_with_small_buffers() -> None:
    stream = Noted([_ANSWER])
    stream.wanted = set()
    http_client("http://127.0.0.1:1", Timeouts(), kept=1).close()
    with httpcore2.HTTP11Connection(httpcore2.Origin(b"http", b"127.0.0.1", 1), stream) as connection:
        answer = connection.request("GET", "http://127.0.0.1:1/")
    assert (answer.content, stream.wanted) == (b"ok", {4096})

"""Hold the HTTP connections under the openai client: time-outs, no redirects."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time-outs bound, in seconds, a connection and the next bytes of an answer.

    The first word of an answer takes longest.
    """

    connect_s: float = 10.0
    read_s: float = 300.0


class Connections:
    """The HTTP client remembers its open sockets.

    Each request under way has a connection of its own; `kept` stay open between requests. Redirects are not followed,
    so that media and key go nowhere but to the configured address. The machine's proxy settings hold, except for this
    machine's own addresses.
    """

    def __init__(self, base_url: str, timeouts: Timeouts, kept: int) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.http = httpx2.Client(
            timeout=httpx2.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=None),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=kept),
            follow_redirects=False,
            trust_env=not is_loopback(httpx2.URL(base_url).host),
            event_hooks={"request": [self._watch]},
        )

    def cut_off(self) -> None:
        """Break every open connection: requests under way end with a connection error."""
        for sock in list(self._sockets):
            with contextlib.suppress(OSError):  # closed in the meantime
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the plain one: a TLS farewell could block

    def close(self) -> None:
        self.http.close()

    def _watch(self, request: httpx2.Request) -> None:
        request.extensions["trace"] = self._remember

    def _remember(self, event: str, info: Mapping[str, Any]) -> None:
        if event in _CONNECTED:
            sock = info["return_value"].get_extra_info("socket")
            if isinstance(sock, socket.socket):
                self._sockets.add(sock)


def is_loopback(host: str) -> bool:
    """Return whether `host` names this machine itself.

    >>> is_loopback("127.0.0.1"), is_loopback("example.com")
    (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

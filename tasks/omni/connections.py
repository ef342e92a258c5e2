"""Make HTTP connections for the openai client: time-outs, and no redirects."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass

import httpcore2
import httpx2

_READ_BYTES = 4096  # of an answer at a time; a piece of a streamed one has some hundred


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time-outs bound, in seconds, a connection and the next bytes of an answer.

    The first word of an answer takes longest.
    """

    connect_s: float = 10.0
    read_s: float = 300.0


def http_client(base_url: str, timeouts: Timeouts, kept: int) -> httpx2.Client:
    """Make a client for any number of requests at once.

    Each request under way has a connection of its own; `kept` stay open between requests. Redirects are not followed,
    so that media and key go nowhere but to the configured address. The machine's proxy settings hold, except for this
    machine's own addresses.

    What waits for an answer has a buffer for the next bytes, of which mostly a few are used. Those of 64 KiB, as they
    are by default, left holes in the heap that fit nothing: some 40 MB over 2,000 short recordings, 64 at a time.
    """
    httpcore2.HTTP11Connection.READ_NUM_BYTES = _READ_BYTES
    own = is_loopback(httpx2.URL(base_url).host)
    return httpx2.Client(
        timeout=httpx2.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=None),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=kept),
        follow_redirects=False,
        trust_env=not own,
        # OpenSSL's own defaults, which a CA of one's own (SSL_CERT_FILE) is part of.
        verify=ssl.create_default_context() if own and base_url.startswith("https:") else True,
    )


def is_loopback(host: str) -> bool:
    """Tell whether `host` names this machine itself.

    >>> is_loopback("127.0.0.1"), is_loopback("example.org")
    (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""Faults of the machine, of which a recording knows nothing: they may pass, so that trying again is worth it."""

from __future__ import annotations

import errno
import os

TRANSIENT_ERRNOS = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS),  # no room for what is made, or no right to it any more
        *(errno.EIO, errno.ESTALE, errno.ETIMEDOUT),  # a disk that is away, or on its way out
        *(errno.ENOMEM, errno.EMFILE, errno.ENFILE),  # too much at a time
    }
)
_OF_NETWORK = (errno.ECONNREFUSED, errno.ECONNRESET, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT)
_WORDS = tuple(os.strerror(number) for number in TRANSIENT_ERRNOS)
_OF_DISK = os.strerror(errno.EIO)
_NETWORK_WORDS = (*(os.strerror(number) for number in (*_OF_NETWORK, errno.EIO)), "Server returned 5XX")


def mentions_machine_fault(words: str) -> bool:
    """Whether ffmpeg's words name such a fault."""
    return any(word in words for word in _WORDS)


def mentions_disk(words: str) -> bool:
    """Whether they may speak of a disk that does not give what lies on it. Some readers say the same of broken data."""
    return _OF_DISK in words


def mentions_network(words: str) -> bool:
    """Whether they say that a server was not reached, or was out of order."""
    return any(word in words for word in _NETWORK_WORDS)

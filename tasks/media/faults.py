"""Know faults of the machine, which may pass: trying again is worth it.

The recording is not to blame for them.
"""

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
    """Return whether ffmpeg's words name such a fault.

    >>> mentions_machine_fault("No space left on device")
    True
    """
    return any(word in words for word in _WORDS)


def mentions_disk(words: str) -> bool:
    """Return whether ffmpeg's words may mean a disk that does not give what it has.

    Some readers write the same of broken data.

    >>> mentions_disk("a.mp4: Input/output error"), mentions_disk("moov atom not found")
    (True, False)
    """
    return _OF_DISK in words


def mentions_network(words: str) -> bool:
    """Return whether ffmpeg's words mean a server out of reach or out of order.

    >>> mentions_network("Connection refused"), mentions_network("moov atom not found")
    (True, False)
    """
    return any(word in words for word in _NETWORK_WORDS)

"""Read what headers declare and ffmpeg does not report.

An ASF's play duration is ignored by ffmpeg as soon as it does not fit the file.
"""

from __future__ import annotations

import struct
from pathlib import Path

from tasks.media.mp4_index import index_of

_ASF = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
_ASF_PROPERTIES = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
_MOST_CHUNKS = 1000
_ENCRYPTED = {"video": (b"encv", b"drmi"), "audio": (b"enca", b"drms")}  # names of sample entries, ISO/IEC 23001-7


def encrypted_kinds(path: Path) -> frozenset[str]:
    """Return what is encrypted of an MP4: "video", "audio" or both.

    ffmpeg reads on, and decodes noise.
    """
    index = index_of(path)
    return frozenset(kind for kind, words in _ENCRYPTED.items() if any(word in index for word in words))


def asf_ms(path: Path) -> int | None:
    """Return the play duration in the header of an ASF (WMV, WMA); None: it has none."""
    with path.open("rb") as file:
        if file.read(16) != _ASF:
            return None
        file.seek(30)
        for _ in range(_MOST_CHUNKS):
            head = file.read(24)
            if len(head) < 24:
                return None
            size = int.from_bytes(head[16:24], "little")
            if head[:16] == _ASF_PROPERTIES:
                body = file.read(80)
                if len(body) < 80:
                    return None
                duration, _, preroll, flags = struct.unpack_from("<QQQL", body, 40)
                return None if flags & 1 else max(0, round(duration / 10_000) - preroll) or None
            file.seek(max(0, size - 24), 1)
    return None

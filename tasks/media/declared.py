"""Read the length that a header declares, where ffmpeg keeps it to itself.

A WAV's data size and an ASF's play duration are ignored by ffmpeg as soon as they do not fit the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

_ASF = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
_ASF_PROPERTIES = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
_MOST_CHUNKS = 1000
_LARGEST_INDEX = 64 << 20
_ENCRYPTED = {"video": (b"encv", b"drmi"), "audio": (b"enca", b"drms")}  # names of sample entries, ISO/IEC 23001-7
_NO_LENGTH = 0x7FFF0000  # a data size from here on is what programs write that do not know it


@dataclass(frozen=True, slots=True)
class WavData:
    """The data of a WAV: how many bytes its header claims, and how many the file has."""

    claimed: int
    there: int
    followed_by_chunks: bool  # what comes after the claimed bytes is what may come there

    @property
    def is_stale(self) -> bool:
        """Return whether the header claims less than there is.

        So it was never closed, or its size has wrapped at 4 GiB.
        """
        return self.claimed < self.there and not self.followed_by_chunks

    def declared_ms(self, measured_ms: int) -> int | None:
        """Return the length that is claimed, from what the bytes that are there came to.

        None where what is claimed is no length. The byte rate in the header is often wrong, and so of no use.
        """
        if self.is_stale or not 0 < self.claimed < _NO_LENGTH:
            return None
        return max(measured_ms, round(measured_ms * self.claimed / max(1, self.there)))


def reading_options(path: Path | str) -> dict[str, Any]:
    """Return ffmpeg's options for a local file whose header lies about its size."""
    try:
        data = wav_data(Path(path))
    except OSError:
        return {}  # ffmpeg says what is wrong
    return {"ignore_length": 1} if data is not None and data.is_stale else {}


def encrypted_kinds(path: Path) -> frozenset[str]:
    """Return what is encrypted of an MP4: "video", "audio" or both.

    ffmpeg reads on, and decodes noise.
    """
    with path.open("rb") as file:
        for _ in range(_MOST_CHUNKS):
            head = file.read(16)
            if len(head) < 8:
                return frozenset()
            size, name = int.from_bytes(head[:4], "big"), head[4:8]
            if size == 1 and len(head) == 16:
                size = int.from_bytes(head[8:16], "big")
            if size < 8:
                return frozenset()
            file.seek(-len(head), 1)
            if name == b"moov":
                index = file.read(min(size, _LARGEST_INDEX))
                return frozenset(kind for kind, words in _ENCRYPTED.items() if any(word in index for word in words))
            file.seek(size, 1)
    return frozenset()


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


def wav_data(path: Path) -> WavData | None:
    """Return the data chunk of a RIFF WAV; None: it is none, or has no data."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return None
        for _ in range(_MOST_CHUNKS):
            chunk = file.read(8)
            if len(chunk) < 8:
                return None
            name, size = chunk[:4], int.from_bytes(chunk[4:], "little")
            if name == b"data":
                start = file.tell()
                end = _size(file)
                return WavData(size, end - start, _are_chunks(file, start + size + size % 2, end))
            file.seek(size + size % 2, 1)
    return None


def _are_chunks(file: BinaryIO, start: int, end: int) -> bool:
    """Return whether chunks lie there, back to back up to the file's end.

    None are also well.
    """
    for _ in range(_MOST_CHUNKS):
        if start >= end - 1:
            return True
        file.seek(start)
        chunk = file.read(8)
        if len(chunk) < 8 or not all(32 <= sign < 127 for sign in chunk[:4]):
            return False
        size = int.from_bytes(chunk[4:], "little")
        start += 8 + size + size % 2
        if start > end + 1:
            return False
    return True


def _size(file: BinaryIO) -> int:
    here = file.tell()
    file.seek(0, 2)
    end = file.tell()
    file.seek(here)
    return end

"""Find where further files begin within a file, by the heads of its container.

`cat a.mp4 b.mp4` makes such files. Readers stop behind the first one, or skip the heads and add up the clocks.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

MOST_HEADS = 500
_MOST_BOXES = 1_000_000

# What a file begins with, so long that nothing else looks like it.
_PATTERNS = {
    "flv": rb"FLV\x01[\x00\x01\x04\x05]\x00\x00\x00\x09\x00\x00\x00\x00",
    "matroska,webm": rb"\x1aE\xdf\xa3[\x00-\xff]{1,64}?\x42\x82[\x84\x88](?:matroska|webm)",
    "asf": rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c[\x00-\xff]{12}\x01\x02",
    "nut": rb"nut/multimedia container\x00",
    "flac": rb"fLaC[\x00\x80]\x00\x00\x22",
    "ogg": rb"OggS\x00\x02",
}
_HEADS = {container: re.compile(pattern) for container, pattern in _PATTERNS.items()}
_CHUNKED = {"wav": "little", "avi": "little", "aiff": "big"}  # the order of bytes in sizes
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"

KNOWN = frozenset({*_HEADS, *_CHUNKED, _MP4})
"""The containers whose heads are known, by ffmpeg's names."""


def heads_within(path: Path, container: str) -> list[int]:
    """Return the bytes at which files begin behind the first one, in order.

    They are a few hundred at most.
    """
    if container not in KNOWN or not path.stat().st_size:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if container == _MP4:
            found = _boxes(data)
        elif container in _CHUNKED:
            found = _chunks(data, _CHUNKED[container] == "little")
        else:
            found = (match.start() for match in _HEADS[container].finditer(data))
            found = _first_pages(data, found) if container == "ogg" else found
        return [at for at, _ in zip(found, range(MOST_HEADS), strict=False) if at > 0]


def _boxes(data: mmap.mmap) -> Iterator[int]:
    """Yield where a box `ftyp` begins: each file has one, in front."""
    at, has_content = 0, False
    for _ in range(_MOST_BOXES):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if name == b"ftyp" and has_content:
            yield at
        has_content |= name in (b"moov", b"mdat", b"moof")
        if size < 8 or at + size >= len(data):
            return
        at += size


def _chunks(data: mmap.mmap, little: bool) -> Iterator[int]:
    """Yield where a chunk of the same kind as the first follows on it."""
    name, kind, at = data[:4], data[8:12], 0
    while data[at : at + 4] == name:
        if data[at + 8 : at + 12] == kind:  # a long AVI goes on in others
            yield at
        size = int.from_bytes(data[at + 4 : at + 8], "little" if little else "big")
        at += 8 + size + size % 2


def _first_pages(data: mmap.mmap, found: Iterator[int]) -> Iterator[int]:
    """Yield the first page of each Ogg, which begins with one for each stream."""
    follows = -1
    for at in found:
        if at != follows:
            yield at
        segments = data[at + 26]
        follows = at + 27 + segments + sum(data[at + 27 : at + 27 + segments])

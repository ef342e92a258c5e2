"""Read how many bytes of sound a header claims, and how many the file has.

Recorders that were cut off leave a size of 0, or one that is stale; beyond 4 GiB it is wrapped. ffmpeg believes some.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

_MOST_CHUNKS = 1000
_NO_LENGTH = 0x7FFF0000  # a data size from here on is what programs write that do not know it
_WHOLE = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)  # so is one of all ones, where sizes may be larger
_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"


@dataclass(frozen=True, slots=True)
class SoundData:
    """The sound data have the bytes that a header claims, and those there."""

    claimed: int
    there: int
    followed_by_chunks: bool  # what comes after the claimed bytes is what may come there
    is_read_on: bool = True  # ffmpeg reads to the file's end, or can be made to

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

    @property
    def note(self) -> str:
        """Return what the header says wrongly, for people; "" where it does not."""
        if not self.is_stale:
            return ""
        what = "which are read" if self.is_read_on else "and ffmpeg reads no more than it claims"
        return f"its header claims {self.claimed:,} bytes of sound, but {self.there:,} are there, {what}"


def reading_options(path: Path | str) -> dict[str, Any]:
    """Return ffmpeg's options for a local file whose header lies about its size."""
    try:
        data = sound_data(Path(path), ("RIFF", "RF64"))
    except OSError:
        return {}  # ffmpeg says what is wrong
    return {"ignore_length": 1} if data is not None and data.is_stale else {}


def sound_data(path: Path, kinds: Collection[str] = ()) -> SoundData | None:
    """Return the data of a WAV, AU, AIFF, CAF or Wave64, or of these `kinds` alone.

    None: it is none of these, or has none.
    """
    with path.open("rb") as file:
        head = file.read(12)
        kind = head[:4].replace(b"BW64", b"RF64").decode("ascii", "replace")
        if kind not in (kinds or _READERS) or kind not in _READERS:
            return None
        return _READERS[kind](file, head)


@dataclass(frozen=True, slots=True)
class _Chunks:
    """The chunks have names and sizes, and are rounded up to a few bytes."""

    name_bytes: int
    size_bytes: int
    little: bool
    even: int
    size_is_of_all: bool = False  # name and size count, too

    def next(self, file: BinaryIO) -> tuple[bytes, int] | None:
        """Read the head of a chunk: its name and the size of its body."""
        head = file.read(self.name_bytes + self.size_bytes)
        if len(head) < self.name_bytes + self.size_bytes:
            return None
        size = int.from_bytes(head[self.name_bytes :], "little" if self.little else "big")
        return head[: self.name_bytes], max(0, size - len(head)) if self.size_is_of_all else size

    def end(self, start: int, size: int) -> int:
        return start + size + -size % self.even

    def lie_from(self, file: BinaryIO, start: int, end: int) -> bool:
        """Return whether chunks lie there, back to back up to the file's end.

        None are also well.
        """
        for _ in range(_MOST_CHUNKS):
            if start >= end - 1:
                return True
            file.seek(start)
            chunk = self.next(file)
            if chunk is None or not all(32 <= sign < 127 for sign in chunk[0][:4]):
                return False
            start = self.end(file.tell(), chunk[1])
            if start > end + 1:
                return False
        return True


def _wav(file: BinaryIO, head: bytes) -> SoundData | None:
    if head[8:12] != b"WAVE":
        return None
    long_size = None
    chunks = _Chunks(4, 4, little=True, even=2)
    for _ in range(_MOST_CHUNKS):
        chunk = chunks.next(file)
        if chunk is None:
            return None
        name, size = chunk
        if name == b"data":
            is_long = long_size is not None and size in _WHOLE
            return _data(file, chunks, long_size if is_long and long_size is not None else size)
        start = file.tell()
        if name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], "little")
        _go_to(file, chunks.end(start, size))
    return None


def _chunked(chunks: _Chunks, at: int, data_name: bytes, file: BinaryIO, head: bytes) -> SoundData | None:
    del head
    file.seek(at)
    for _ in range(_MOST_CHUNKS):
        chunk = chunks.next(file)
        if chunk is None:
            return None
        name, size = chunk
        if name == data_name:
            found = _data(file, chunks, size)
            is_open = size in _WHOLE  # a CAF whose data last to its end
            return None if is_open else SoundData(size, found.there, found.followed_by_chunks, is_read_on=size == 0)
        _go_to(file, chunks.end(file.tell(), size))
    return None


def _au(file: BinaryIO, head: bytes) -> SoundData | None:
    start, claimed = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
    return None if claimed in _WHOLE else SoundData(claimed, max(0, _size(file) - start), False)


def _data(file: BinaryIO, chunks: _Chunks, claimed: int) -> SoundData:
    start, end = file.tell(), _size(file)
    return SoundData(claimed, end - start, chunks.lie_from(file, chunks.end(start, claimed), end))


_READERS: dict[str, Callable[[BinaryIO, bytes], SoundData | None]] = {
    "RIFF": _wav,
    "RF64": _wav,
    ".snd": _au,
    "FORM": partial(_chunked, _Chunks(4, 4, little=False, even=2), 12, b"SSND"),
    "caff": partial(_chunked, _Chunks(4, 8, little=False, even=1), 8, b"data"),
    "riff": partial(_chunked, _Chunks(16, 8, little=True, even=8, size_is_of_all=True), 40, _W64_DATA),
}


def _go_to(file: BinaryIO, place: int) -> None:
    """Go on at a place, or at the file's end.

    A damaged header may name a place that no file can have.
    """
    file.seek(min(place, _size(file)))


def _size(file: BinaryIO) -> int:
    here = file.tell()
    file.seek(0, 2)
    end = file.tell()
    file.seek(here)
    return end

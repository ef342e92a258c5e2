"""Keep the perceptual hashes of recordings.

So a new list of known content needs no file. `.reelsheet/frame-hashes/<2 hex digits>/<media_id>.pdq`: a line that says
how they were made, then each frame. What is lost or made in another way is made anew: it takes time and no money.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from tasks.moderation.records import FrameHash
from tasks.store.dataset import Dataset
from tasks.store.layout import FRAME_HASHES
from tasks.store.storage import explained

_HASH_BYTES = 32
_IMAGE = -1  # in place of a frame's time


class FrameHashStore:
    """The store keeps the frames' hashes of a dataset's recordings.

    `made` says how hashes are made; what was made in another way counts as absent. Making a store touches nothing.
    """

    def __init__(self, dataset: Dataset, made: str) -> None:
        self._storage = dataset.storage
        self._head = f"{made}\n".encode("ascii")

    def put(self, media_id: str, frames: Iterable[FrameHash]) -> None:
        """Keep the hashes of a recording's frames; of a sound there are none.

        Raises DatasetNotWritable.
        """
        content = self._head + b"".join(map(_packed, frames))
        with explained(self._storage):
            self._storage.write(file_of(media_id), content)

    def get(self, media_id: str) -> tuple[FrameHash, ...] | None:
        """Return the hashes of a recording's frames; None: they are not known."""
        try:
            content = self._storage.read(file_of(media_id))
        except FileNotFoundError:
            return None
        if not content.startswith(self._head):
            return None
        try:
            return tuple(_unpacked(content[len(self._head) :]))
        except struct.error:  # cut short
            return None


def file_of(media_id: str) -> str:
    """Name the file of a recording's hashes, from the dataset's root.

    >>> file_of("abcd")
    '.reelsheet/frame-hashes/ab/abcd.pdq'
    """
    return f"{FRAME_HASHES}/{media_id[:2]}/{media_id}.pdq"


def _packed(frame: FrameHash) -> bytes:
    at_ms = _IMAGE if frame.at_ms is None else frame.at_ms
    return struct.pack("<qBB", at_ms, frame.quality, len(frame.variants)) + b"".join(frame.variants)


def _unpacked(content: bytes) -> Iterator[FrameHash]:
    place = 0
    while place < len(content):
        at_ms, quality, count = struct.unpack_from("<qBB", content, place)
        place += struct.calcsize("<qBB")
        variants = struct.unpack_from(f"{_HASH_BYTES}s" * count, content, place)
        place += _HASH_BYTES * count
        yield FrameHash(None if at_ms == _IMAGE else at_ms, quality, tuple(variants))

"""Write a spoken answer as WAV, from base64 pieces of 16-bit PCM."""

from __future__ import annotations

import os
import wave
from base64 import b64decode
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from typing import Protocol

from tasks.store.disk import make_folder, sync_folder, temporary_name, what_is_wrong

SAMPLE_BYTES = 2
_QUAD = 4  # signs of base64 that stand for three bytes


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class PcmDecoder:
    """Decode base64 in pieces of any length to whole samples.

    They are written to `sink` as soon as they are there. The pieces are parts of one base64 text, cut anywhere;
    pieces that each end in padding of their own are understood as well. Raises ValueError for what is no base64.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._signs = ""  # not yet four of them
        self._bytes = b""  # not yet a sample
        self.samples = 0

    def add(self, piece: str) -> None:
        signs = self._signs + "".join(piece.split())
        whole = len(signs) // _QUAD * _QUAD
        self._signs = signs[whole:]
        raw = self._bytes + _decoded(signs[:whole])
        even = len(raw) // SAMPLE_BYTES * SAMPLE_BYTES
        self._bytes = raw[even:]
        if even:
            self._sink.write(raw[:even])
            self.samples += even // SAMPLE_BYTES


class VoiceFile:
    """A voice file is the WAV of one spoken answer.

    It has a temporary name until it is whole, and nothing is written before the first sound. A disk that does not
    take it ends the voice, not the answer: `problem` says what is wrong with it.
    """

    def __init__(self, path: Path, sample_rate: int) -> None:
        self.path = path
        self.problem = ""
        self.kept = False
        self._sample_rate = sample_rate
        self._scratch = temporary_name(path)
        self._file: BufferedWriter | None = None
        self._wave: wave.Wave_write | None = None
        self._decoder = PcmDecoder(self)

    @property
    def duration_ms(self) -> int:
        """Return how long the voice has spoken so far."""
        return round(self._decoder.samples * 1000 / self._sample_rate)

    def add(self, piece: str) -> None:
        """Add one more piece of base64. Raises ValueError for what is none."""
        self._decoder.add(piece)

    def write(self, data: bytes, /) -> None:
        """Write whole samples, from the decoder."""
        if self.problem:
            return
        try:
            self._opened().writeframesraw(data)
        except OSError as error:
            self._give_up(error)

    def keep(self) -> None:
        """Finish the file and give it its name.

        It is on the disk then, and `kept`, unless nothing was spoken.
        """
        if self._wave is None or self._file is None:
            return
        try:
            self._wave.close()  # which writes the length into the head
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._scratch.replace(self.path)
            sync_folder(self.path.parent)
            self.kept = True
        except OSError as error:
            self._give_up(error)

    def discard(self) -> None:
        """Remove what was written and not kept: the answer broke off."""
        for closing in (self._wave, self._file):
            if closing is not None:
                with suppress(OSError):
                    closing.close()
        self._wave = self._file = None
        with suppress(OSError):
            self._scratch.unlink(missing_ok=True)

    def _opened(self) -> wave.Wave_write:
        if self._wave is None:
            make_folder(self.path.parent)
            self._file = self._scratch.open("wb")
            self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - closed by keep or discard
            self._wave.setnchannels(1)
            self._wave.setsampwidth(SAMPLE_BYTES)
            self._wave.setframerate(self._sample_rate)
        return self._wave

    def _give_up(self, error: OSError) -> None:
        self.problem = f"The spoken answer could not be kept. {what_is_wrong(self.path.parent, error)}"
        self.discard()


def _decoded(signs: str) -> bytes:
    """Decode whole quads of base64, of which any may be the padded end of a piece."""
    if "=" not in signs:
        return b64decode(signs, validate=True)
    quads = (signs[start : start + _QUAD] for start in range(0, len(signs), _QUAD))
    return b"".join(b64decode(quad, validate=True) for quad in quads)

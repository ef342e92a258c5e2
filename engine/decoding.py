"""Decode with ffmpeg: frames one by one through a pipe, sound into a raw file.

The sound is read in pieces.

Neither keeps more in memory than a frame or the piece asked for, however long the clip is.
"""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.failures import Refusal
from engine.media import OPEN_SAFELY, Media

SAMPLE_RATE = 16_000  # Hz, mono: what every recogniser of sound takes
FRAME_RATE = 2.0  # frames per second that are looked at, as the large model does
LONGEST_SIDE = 1280  # px; larger frames are scaled down
STALL_SECONDS = 60  # ffmpeg may not be silent for longer

Frame = NDArray[np.uint8]
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound is signed 16-bit mono samples at 16 kHz in a file."""

    path: Path
    duration_ms: int

    def read(self, start_ms: int, end_ms: int) -> Samples:
        """Return the samples of `[start_ms, end_ms)` as -1 to 1.

        What lies outside the sound is left out.
        """
        start, end = (max(ms, 0) * SAMPLE_RATE // 1000 for ms in (start_ms, end_ms))
        raw = np.fromfile(self.path, dtype="<i2", count=max(end - start, 0), offset=start * 2)
        return raw.astype(np.float32) / np.float32(32768)


def decode_sound(media: Media, target: Path) -> Sound:
    """Decode the clip's sound, filled from its first instant.

    So late sound stays late.
    """
    argv = ["ffmpeg", "-nostdin", "-v", "error", *OPEN_SAFELY, "-i", f"file:{media.path}", "-vn", "-sn", "-dn"]
    argv += ["-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le", "-y"]
    try:
        done = subprocess.run(
            [*argv, f"file:{target}"],
            capture_output=True,
            timeout=STALL_SECONDS + media.duration_ms / 1000,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refusal("The sound could not be decoded in time.") from error
    size = target.stat().st_size if target.exists() else 0
    if size == 0 and done.returncode != 0:
        raise Refusal(f"The sound could not be decoded: {_tail(done.stderr)}")
    return Sound(target, size // 2 * 1000 // SAMPLE_RATE)


def analysed_size(width: int, height: int) -> tuple[int, int]:
    """Return width and height of the frames that are looked at.

    Both are even, and no side is above LONGEST_SIDE.
    """
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def analysed_rate(media: Media) -> float:
    return min(FRAME_RATE, media.frame_rate) if media.frame_rate > 0 else FRAME_RATE


@contextmanager
def frames(media: Media) -> Iterator[Iterator[Frame]]:
    """Yield the clip's frames as BGR pictures, `analysed_rate` per second.

    Frame i shows at i / rate seconds.
    """
    width, height = analysed_size(media.width, media.height)
    filters = f"fps={analysed_rate(media)}:start_time=0,scale={width}:{height}"
    argv = ["ffmpeg", "-nostdin", "-v", "error", *OPEN_SAFELY, "-i", f"file:{media.path}", "-an", "-sn", "-dn"]
    argv += ["-vf", filters, "-pix_fmt", "bgr24", "-f", "rawvideo", "pipe:1"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield _pictures(process, width, height)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _pictures(process: subprocess.Popen[bytes], width: int, height: int) -> Iterator[Frame]:
    assert process.stdout is not None
    descriptor, size = process.stdout.fileno(), width * height * 3
    while len(data := _read_exactly(descriptor, size)) == size:
        yield np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _read_exactly(descriptor: int, size: int) -> bytearray:
    data = bytearray()
    while len(data) < size:
        ready, _, _ = select.select([descriptor], [], [], STALL_SECONDS)
        if not ready:
            raise Refusal(f"Decoding the picture stood still for {STALL_SECONDS} s.")
        piece = os.read(descriptor, min(size - len(data), 1 << 20))
        if not piece:
            break
        data += piece
    return data


def _tail(words: bytes) -> str:
    lines = words.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "ffmpeg gave no reason."

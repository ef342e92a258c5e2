"""Readers that measure what is in a recording that `media` made: the number in a frame, the second of a beep."""

from __future__ import annotations

import subprocess
import wave
from contextlib import suppress
from pathlib import Path

import av
import av.filter
import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.media import BASE, CELLS, DARKEST, STEP

RATE = 16_000
_FROM_START = "aresample=async=1:first_pts=0"


def frame_numbers(path: Path) -> list[tuple[int, int]]:
    """All frames of a counter picture, as (time in ms from the first frame, number that it shows)."""
    return [(at_ms, _number(frame)) for at_ms, frame in _frames(path)]


def frame_number(path: Path, at_ms: int) -> int:
    """The number that a counter picture shows at a time: the last frame that starts at or before `at_ms`."""
    return _number(_frame_at(path, at_ms))


def picture_number(path: Path) -> int:
    """The number in a counter picture that was kept as a file."""
    picture = cv2.imread(str(path))
    assert picture is not None
    return _number(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.uint8))


def grey_level(path: Path, at_ms: int) -> float:
    """The mean brightness (0 to 255) of the middle ninth of the picture at a time."""
    return _mean(_frame_at(path, at_ms), 0.5, 0.5, 1 / 3)


def red_corner(path: Path, at_ms: int = 0) -> str:
    """The corner that holds the counter picture's red cell: "top left" as stored, "top right" when turned by 90."""
    frame = _frame_at(path, at_ms).astype(float)
    redness = frame[:, :, 2] - frame[:, :, :2].mean(axis=2)
    near, far = 0.5 / CELLS, 1 - 0.5 / CELLS
    corners = {
        "top left": (near, near),
        "top right": (far, near),
        "bottom left": (near, far),
        "bottom right": (far, far),
    }
    return max(corners, key=lambda corner: _mean(redness[:, :, None], *corners[corner], 0.5 / CELLS))


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of the first frame as a player shows it, rotation applied."""
    height, width = _frame_at(path, 0).shape[:2]
    return width, height


def samples(path: Path) -> NDArray[np.float32]:
    """The default sound track as mono 16 kHz in -1 .. 1, from the recording's start: silence precedes a late track.

    Clips are read here, since a start of ffmpeg takes ten times what is read.
    """
    raw = _of_plain_wav(path) if path.suffix == ".wav" else _of_mp4(path) if path.suffix == ".mp4" else None
    if raw is None:
        fill = ["-af", _FROM_START, "-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1"]
        command = ["ffmpeg", "-nostdin", "-v", "error", "-i", f"file:{path.absolute()}", "-vn", *fill]
        raw = np.frombuffer(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout, "<i2")
    return raw.astype(np.float32) / np.float32(32768)


def _of_plain_wav(path: Path) -> NDArray[np.int16] | None:
    """The samples of a WAV that has them as they are wanted; None for any other."""
    try:
        with wave.open(str(path), "rb") as file:
            stated, is_plain = file.getnframes(), file.getparams()[:3] == (1, 2, RATE)
            data = file.readframes(stated)
    except (wave.Error, EOFError):
        return None
    return np.frombuffer(data, "<i2") if is_plain and len(data) == 2 * stated > 0 else None


def _of_mp4(path: Path) -> NDArray[np.int16] | None:
    """The samples of the only sound of an MP4; None where there is not exactly one."""
    with av.open(str(path)) as container:
        if len(container.streams.audio) != 1:
            return None
        [stream] = container.streams.audio
        graph = av.filter.Graph()
        form = f"sample_fmts=s16:sample_rates={RATE}:channel_layouts=mono"
        steps = [graph.add("aresample", _FROM_START.partition("=")[2]), graph.add("aformat", form)]
        graph.link_nodes(graph.add_abuffer(template=stream), *steps, graph.add("abuffersink")).configure()
        heard: list[NDArray[np.int16]] = []
        for frame in (*container.decode(stream), None):
            graph.push(frame)
            with suppress(av.BlockingIOError, av.EOFError):
                while True:
                    heard.append(graph.pull().to_ndarray().ravel().astype(np.int16, copy=False))
    return np.concatenate(heard) if heard else np.zeros(0, np.int16)


def beep_times(path: Path) -> list[int]:
    """Where sounds begin after at least 50 ms of quiet, in ms from the recording's start (good to about 5 ms)."""
    loud = np.flatnonzero(np.abs(samples(path)) > 0.1)
    starts = [index for index, gap in zip(loud, np.diff(loud, prepend=-RATE), strict=True) if gap > RATE // 20]
    return [round(int(start) * 1000 / RATE) for start in starts]


def loudest_hz(path: Path) -> int:
    """The strongest frequency of the default sound track, in Hz."""
    wave = samples(path)
    spectrum = np.abs(np.fft.rfft(wave))
    return round(float(np.fft.rfftfreq(len(wave), 1 / RATE)[int(spectrum.argmax())]))


def _frames(path: Path) -> list[tuple[int, NDArray[np.uint8]]]:
    video = cv2.VideoCapture(str(path))
    found = []
    try:
        while True:
            there, frame = video.read()
            if not there:
                break
            found.append((round(video.get(cv2.CAP_PROP_POS_MSEC)), np.asarray(frame, np.uint8)))
    finally:
        video.release()
    if not found:
        raise ValueError(f"No picture can be read from {path}.")
    return found


def _frame_at(path: Path, at_ms: int) -> NDArray[np.uint8]:
    return [frame for start_ms, frame in _frames(path) if start_ms <= at_ms or start_ms == 0][-1]


def _number(frame: NDArray[np.uint8]) -> int:
    # centre, middle ring and outer ring, each measured in the middle of a flat area
    spots = [(0.5, 0.5), (0.5, 3 / CELLS), (0.5, 1 / CELLS)]
    greys = [_mean(frame, x, y, 1 / CELLS) for x, y in spots]
    digits = [round((grey * 219 / 255 + 16 - DARKEST) / STEP) for grey in greys]
    return sum(digit * BASE**place for place, digit in enumerate(digits))


def _mean(frame: NDArray[np.generic], x: float, y: float, share: float) -> float:
    """The mean of a box around (x, y); all three are shares of the picture's sides."""
    height, width = frame.shape[:2]
    half_x, half_y = max(1, int(width * share / 2)), max(1, int(height * share / 2))
    left, top = int(x * width), int(y * height)
    box = frame[max(0, top - half_y) : top + half_y, max(0, left - half_x) : left + half_x]
    return float(np.asarray(box, float).mean())

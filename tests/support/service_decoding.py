"""How the stand-in for the service knows what media it was given: by decoding all of it, once per file."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from tests.support.service_errors import DOCUMENTED
from tests.support.service_faults import Refusal
from tests.support.service_request import Modality

_ENTRIES = (
    "format=duration:stream=codec_type,width,height,avg_frame_rate,duration,nb_read_frames"
    ":stream_disposition=attached_pic:stream_side_data=rotation"
)
_at_once = threading.Semaphore(2)  # many requests with the same clip wait for the first one's result
_known: dict[tuple[str, Modality], Facts | None] = {}


@dataclass(frozen=True)
class Facts:
    """What decoding found. `width` and `height` as displayed; `sound_ms` is None without a sound track."""

    size_bytes: int
    duration_ms: int = 0
    width: int = 0
    height: int = 0
    frames: int = 0
    rate: float = 0.0
    sound_ms: int | None = None


def facts_of(path: Path, modality: Modality) -> Facts:
    """Of a file that is used as video, audio or image. Raises Refusal where it cannot be decoded as such."""
    with path.open("rb") as file:
        key = (hashlib.file_digest(file, "sha256").hexdigest(), modality)
    if key not in _known:
        with _at_once:
            if key not in _known:
                _known[key] = _image(path) if modality == "image" else _film_or_sound(path, modality)
    facts = _known[key]
    if facts is None:
        raise Refusal(DOCUMENTED["InvalidParameter.DataInspection"])
    return facts


def _image(path: Path) -> Facts | None:
    data = np.fromfile(path, np.uint8)
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:
        picture = None
    if picture is None:
        return None
    height, width = picture.shape[:2]
    return Facts(data.size, width=width, height=height, frames=1)


def _plain_sound(path: Path) -> Facts | None:
    """Of a WAV file with whole samples, which need no decoder; None for anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            stated, size = file.getnframes(), file.getnchannels() * file.getsampwidth()
            whole = stated > 0 and len(file.readframes(stated)) == stated * size
            duration_ms = round(stated * 1000 / file.getframerate())
    except (wave.Error, EOFError):
        return None
    return Facts(path.stat().st_size, duration_ms, sound_ms=duration_ms) if whole else None


def _plain_film(path: Path) -> Facts | None:
    """Of an MP4 as clips are, for which a start of ffprobe would take ten times as long; None for anything else."""
    with path.open("rb") as file:
        if file.read(8)[4:] != b"ftyp":
            return None
    try:
        with av.open(str(path)) as container:
            films, sounds = container.streams.video, container.streams.audio
            if len(films) != 1 or len(sounds) > 1 or len(container.streams) != 1 + len(sounds):
                return None
            frames = [frame.rotation if isinstance(frame, av.VideoFrame) else None for frame in container.decode()]
            film, rate = films[0], films[0].average_rate
            duration_ms, sound_ms = _stated_ms(film), _stated_ms(sounds[0]) if None in frames else None
    except av.FFmpegError:
        return None
    if {*frames} - {None} != {0} or not rate:  # turned, or without a picture
        return None
    seen = frames.count(0)
    return Facts(path.stat().st_size, duration_ms, film.width, film.height, seen, float(rate), sound_ms)


def _stated_ms(stream: av.VideoStream | av.AudioStream) -> int:
    return round(1000 * float((stream.duration or 0) * (stream.time_base or 0)))


def _film_or_sound(path: Path, modality: Modality) -> Facts | None:
    plain = _plain_sound(path) if modality == "audio" else None
    if plain is not None:
        return plain
    film = _plain_film(path) if modality == "video" else None
    if film is not None:
        return film
    command = ["ffprobe", "-v", "quiet", "-count_frames", "-show_entries", _ENTRIES, "-of", "json", f"file:{path}"]
    said = json.loads(subprocess.run(command, capture_output=True, check=False).stdout or b"{}")
    whole_ms = _ms(said.get("format", {}))
    streams = [s for s in said.get("streams", ()) if int(s.get("nb_read_frames", 0)) > 0]
    sound = next((s for s in streams if s["codec_type"] == "audio"), None)
    film = next((s for s in streams if s["codec_type"] == "video" and not s["disposition"]["attached_pic"]), None)
    size, sound_ms = path.stat().st_size, None if sound is None else _ms(sound) or whole_ms
    if modality == "audio":
        return None if sound is None else Facts(size, sound_ms or 0, sound_ms=sound_ms)
    rate = float(Fraction(film["avg_frame_rate"])) if film and not film["avg_frame_rate"].startswith("0/") else 0.0
    if film is None or not rate:
        return None
    width, height = _displayed(film)
    return Facts(size, _ms(film) or whole_ms, width, height, int(film["nb_read_frames"]), rate, sound_ms)


def _displayed(film: dict[str, Any]) -> tuple[int, int]:
    turned = any(abs(int(side.get("rotation", 0))) % 180 == 90 for side in film.get("side_data_list", ()))
    return (film["height"], film["width"]) if turned else (film["width"], film["height"])


def _ms(entry: dict[str, Any]) -> int:
    return round(float(entry.get("duration") or 0) * 1000)

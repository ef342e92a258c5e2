"""Check that a clip holds exactly what was planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.media.ffmpeg import ffprobe
from tasks.media.mp4_index import index_of, tracks_of
from tasks.media.streams import seconds
from tasks.records import Picture, Span

TOLERANCE_S = 0.15  # of the sound: what encoders add at both ends, and MP3's frames
_TIME_LIMIT_S = 60


def mismatch(path: Path, span: Span, picture: Picture | None, *, heard: bool) -> str:
    """Return what of the clip is not as planned, "" where all is.

    Its picture has exactly so many frames, its sound lasts as long as the span.
    """
    if picture is None:
        frames, sound_s = 0, _sound_s(path) if heard else None
    else:
        tracks = tracks_of(index_of(path))  # clips with a picture are MP4s
        frames = tracks["vide"].samples if "vide" in tracks else 0
        sound_s = tracks["soun"].seconds if "soun" in tracks else None
        if frames != picture.frames:
            return f"it has {frames} frames instead of {picture.frames}"
    if heard and (sound_s is None or abs(sound_s - span.duration_ms / 1000) > TOLERANCE_S):
        return f"its sound lasts {sound_s or 0:.2f} s instead of {span.duration_ms / 1000:.2f} s"
    return ""


def _sound_s(path: Path) -> float | None:
    """Return how long the sound of a clip without a picture lasts; None: it has none."""
    done = ffprobe(
        path, _TIME_LIMIT_S, f"checking the clip {path.name}",
        show_entries="stream=codec_type,duration:format=duration",
    )  # fmt: skip
    try:
        answer: dict[str, Any] = json.loads(done.stdout.decode("utf-8", "replace") or "{}")
    except json.JSONDecodeError:
        return None
    streams = [stream for stream in answer.get("streams", ()) if stream.get("codec_type") == "audio"]
    lengths = (*(stream.get("duration") for stream in streams), answer.get("format", {}).get("duration"))
    return next((length for each in lengths if (length := seconds(each))), 0.0) if streams else None

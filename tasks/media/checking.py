"""Check that a clip holds exactly what was planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.media.ffmpeg import ffprobe
from tasks.media.streams import seconds
from tasks.records import Picture, Span

TOLERANCE_S = 0.15  # of the sound: what encoders add at both ends, and MP3's frames
_TIME_LIMIT_S = 60


def mismatch(path: Path, span: Span, picture: Picture | None, *, heard: bool) -> str:
    """Return what of the clip is not as planned, "" where all is.

    Its picture has exactly so many frames, its sound lasts as long as the span.
    """
    done = ffprobe(
        path, _TIME_LIMIT_S, f"checking the clip {path.name}",
        show_entries="stream=codec_type,nb_frames,duration:format=duration",
    )  # fmt: skip
    try:
        answer: dict[str, Any] = json.loads(done.stdout.decode("utf-8", "replace") or "{}")
    except json.JSONDecodeError:
        answer = {}
    streams = {stream.get("codec_type"): stream for stream in answer.get("streams", ())}
    whole = seconds(answer.get("format", {}).get("duration"))
    if picture is not None:
        there = seconds(streams.get("video", {}).get("nb_frames"))
        if there != picture.frames:
            return f"it has {there or 0:.0f} frames instead of {picture.frames}"
    if heard:
        length = seconds(streams.get("audio", {}).get("duration")) or whole or 0.0
        if "audio" not in streams or abs(length - span.duration_ms / 1000) > TOLERANCE_S:
            return f"its sound lasts {length:.2f} s instead of {span.duration_ms / 1000:.2f} s"
    return ""

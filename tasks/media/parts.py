"""Divide a file that was joined into the files that it was.

Each has a clock and streams of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from tasks.errors import NoSuchTrack
from tasks.media import file_heads
from tasks.media.audio_tracks import AudioTrack, chosen_sounds
from tasks.media.ffmpeg import ffprobe
from tasks.media.formats import NEW_CLOCK, NEW_CLOCK_S
from tasks.media.joints import joints_by_clock
from tasks.media.packets import PacketScan, StreamPackets, scan_packets
from tasks.media.streams import pick, seconds
from tasks.media_records import FilePart

MOST_PARTS = 500
_TIME_LIMIT_S = 120

Json = Mapping[str, Any]


def is_joined(container: str, streams: Iterable[StreamPackets]) -> bool:
    """Return whether a clock is started anew amid the file."""
    return any(
        stream.restarts or (container in NEW_CLOCK and any(to - since > NEW_CLOCK_S for since, to in stream.gaps))
        for stream in streams
    )


def joints_of(path: Path, container: str, scan: PacketScan) -> list[int]:
    """Return the bytes at which files were joined to the first one, in order."""
    if container in file_heads.KNOWN:
        found = file_heads.heads_within(path, container)
    elif container in ("mpegts", "mpeg"):
        found = joints_by_clock(path, container, scan.streams.values())
    else:
        found = []
    return [joint for joint in found if joint > 0][:MOST_PARTS]


def parts_of(path: Path, container: str, joints: Sequence[int]) -> tuple[FilePart, ...]:
    """Return the parts between the joints, with their lengths.

    A part that nothing can be read of has none.
    """
    ends = [0, *joints, path.stat().st_size]
    parts: list[FilePart] = []
    for start, end in pairwise(ends):
        part = FilePart(str(path), start, end)
        answer = describe(part)
        picked = picked_of(answer)
        scan = scan_packets(part, container)
        start_s = seconds(answer.get("format", {}).get("start_time")) or 0.0
        last = [at for stream in picked if (at := scan.of(int(stream["index"])).end_s) is not None]
        length = round(1000 * (max(last) - start_s)) if last else 0
        parts.append(FilePart(str(path), start, end, max(0, length)))
    return tuple(parts)


def describe(part: FilePart) -> dict[str, Any]:
    """Return ffprobe's answer about a part; {} where there is none."""
    done = ffprobe(
        part, _TIME_LIMIT_S, f"reading a part of {Path(part.path).name}", show_format=None, show_streams=None
    )
    try:
        return dict(json.loads(done.stdout.decode("utf-8", "replace") or "{}"))
    except json.JSONDecodeError:
        return {}


def picked_of(answer: Json) -> list[Json]:
    """Return the picture and the sound that are analysed of a file."""
    streams = answer.get("streams", ())
    return [stream for stream in (pick(streams, "video"), pick(streams, "audio")) if stream is not None]


def first_of(kind: Literal["video", "audio"], parts: Iterable[FilePart]) -> Json | None:
    """Return the first picture, or sound, of any part; None where there is none."""
    found = (pick(describe(part).get("streams", ()), kind) for part in parts if part.duration_ms)
    return next(filter(None, found), None)


def sounds_of(answer: Json, audio_track: str) -> tuple[int, ...]:
    """Return the indexes of the sounds of a part, chosen as those of the whole file.

    Where a part lacks the one that was chosen, it is the default one.
    """
    if not audio_track:
        return ()
    streams = answer.get("streams", ())
    try:
        found = chosen_sounds("", streams, AudioTrack(audio_track), (), [stream["index"] for stream in streams]).streams
    except NoSuchTrack:
        found = tuple(filter(None, (pick(streams, "audio"),)))
    return tuple(int(stream["index"]) for stream in found)

"""Divide a file that was joined into the files that it was.

Each has a clock and streams of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tasks.errors import NoSuchTrack
from tasks.media.audio_tracks import AudioTrack, chosen_sounds
from tasks.media.ffmpeg import ffprobe
from tasks.media.formats import NEW_CLOCK, NEW_CLOCK_S
from tasks.media.joints import foreign_stream, joint_before
from tasks.media.packets import PacketScan, StreamPackets, scan_packets
from tasks.media.streams import pick, seconds
from tasks.media_records import FilePart

MOST_PARTS = 500
_TIME_LIMIT_S = 120
_UNREAD = 64 << 10  # bytes behind the last packet that was read, and a hundredth of the file: they may hold others

Json = Mapping[str, Any]


def is_joined(container: str, streams: Iterable[StreamPackets]) -> bool:
    """Return whether a clock is started anew amid the file."""
    return any(
        stream.restarts or (container in NEW_CLOCK and any(to - since > NEW_CLOCK_S for since, to in stream.gaps))
        for stream in streams
    )


def joints_of(path: Path, container: str, scan: PacketScan, picked: Sequence[Json]) -> list[int]:
    """Return the bytes at which files were joined to the first one, in order."""
    streams = [scan.of(int(stream["index"])) for stream in picked]
    count = max((len(stream.restarted_at) for stream in streams), default=0)
    seen = [
        min(stream.restarted_at[number] for stream in streams if number < len(stream.restarted_at))
        for number in range(min(count, MOST_PARTS))
    ]
    joints = {joint_before(path, container, at) for at in seen}
    if container == "mpegts" and (at := _unread(path, streams, picked)) is not None:
        joints.add(joint_before(path, container, at))
    return sorted(joint for joint in joints if joint > 0)


def _unread(path: Path, streams: Sequence[StreamPackets], picked: Sequence[Json]) -> int | None:
    """Return where streams with other ids begin behind the last packet that was read."""
    last, size = max((stream.read_to for stream in streams), default=0), path.stat().st_size
    if size - last < max(_UNREAD, size // 100):
        return None
    ids = {int(str(stream["id"]), 16) for stream in picked if str(stream.get("id", "")).startswith("0x")}
    return foreign_stream(path, last - last % 188, frozenset(ids))


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

"""Find how long a recording really is, and what of it is missing.

Containers state a length; truncated files and live recordings state a wrong one or none. So all packets are read,
without decoding. Where they bear no times, or their clock cannot be added up, the recording is decoded once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.errors import EmptyFile
from tasks.media import declared
from tasks.media.ffmpeg import FfmpegResult, failure, media_input, run
from tasks.media.formats import (
    BARE_STREAMS,
    CLAIM_NOTHING,
    NEW_CLOCK,
    NEW_CLOCK_S,
    READS_AS_DECODED,
    SAMPLE_CLOCK,
    SAMPLES,
)
from tasks.media.missing import missing_parts
from tasks.media.packets import PacketScan, scan_packets
from tasks.media.parts import is_joined, joints_of, parts_of
from tasks.media.sound_data import reading_options, sound_data
from tasks.media.streams import rate, seconds
from tasks.media_records import FilePart, MissingPart

TOLERANCE_MS = 500  # between the stated end and that of the last packet
TIME_LIMIT_S = 600  # for reading all packets
DECODING_LIMIT_S = 7200

_COARSE = Fraction(1, 5)  # of a second
_SAMPLES = re.compile(r"n_samples: (\d+)")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Length:
    """A length is what can be played, and what was declared beyond that."""

    duration_ms: int
    declared_ms: int | None = None
    missing: tuple[MissingPart, ...] = ()
    notes: tuple[str, ...] = ()
    seekable: bool = True  # False: it is decoded from its start, whatever is wanted of it
    parts: tuple[FilePart, ...] = ()  # of a file that was joined


def length_of(
    path: Path, container: Json, picked: Sequence[Json], *, guessed: bool, scan: PacketScan | None = None
) -> Length:
    """Return the playing time from the container's start to its readable end.

    `picked` are the streams that will be analysed, in ffprobe's words. `guessed`: ffmpeg derived the stated length
    from size and bit rate. `scan` is there where all packets were read already. Raises EmptyFile or FfmpegFailed if
    nothing can be read.
    """
    name = str(container["format_name"])
    scan = scan or scan_packets(path, name)
    start_s = seconds(container.get("start_time")) or 0.0
    indexes = [int(stream["index"]) for stream in picked]
    joints = joints_of(path, name, scan)
    joined = bool(joints) or is_joined(name, [scan.of(index) for index in indexes])
    parts = parts_of(path, name, joints) if joints else ()
    changes = len(scan.headers) > 1
    if parts and (whole := sum(part.duration_ms for part in parts)):
        return Length(whole, *_unread(parts, whole), _joined(len(parts)), seekable=False, parts=parts)
    if joined or changes or name in READS_AS_DECODED or not (measured := _packets_ms(scan, indexes, start_s)):
        measured = _decoded_ms(path, indexes, by_samples=name in SAMPLE_CLOCK)
    holes = name in NEW_CLOCK and any(scan.of(index).gaps for index in indexes)  # behind which a seek lands
    blind = _has_no_clock(name, picked, guessed=guessed) or _counts_coarsely(picked)
    seekable = not joined and not changes and not holes and not blind
    data = sound_data(path) if name in SAMPLES else None
    notes = tuple(filter(None, (data.note,))) if data else ()
    if joined or changes:
        notes += ("its clock is started anew, or its sound changes, amid the file: it was read from the start",)
    claimed = None if joined else _claimed_ms(path, container, picked, measured, guessed=guessed)
    if (
        claimed is not None
        and measured < claimed - TOLERANCE_MS
        and _stays(container, picked, scan, claimed - measured)
    ):
        return Length(claimed, claimed, (), notes, seekable)  # the last picture is shown for so long
    if claimed is not None and abs(measured - claimed) <= TOLERANCE_MS and not guessed:
        measured = _stated_ms(container, picked) or measured
    if data is not None and data.is_stale and not data.is_read_on:
        claimed = round(measured * data.there / max(1, data.claimed))
    missing = () if joined else missing_parts(picked, scan, start_s, measured, claimed)
    return Length(measured, claimed, missing, notes, seekable)


def decodes(path: Path, indexes: Sequence[int]) -> bool:
    """Return whether anything comes out of the first two seconds.

    It is for files whose format ffmpeg merely guesses.
    """
    done = run(_into_nothing(path, indexes, {"t": 2}), TIME_LIMIT_S, f"trying {path.name}", check=False)
    return (_out_time_ms(done) or 0) > 0 and not (done.status and done.complaints())


def _stays(container: Json, picked: Sequence[Json], scan: PacketScan, lacking_ms: int) -> bool:
    """Return whether a last picture stays until the stated end.

    That is `lacking_ms` behind its packet.

    Otherwise the file is cut off before it.

    Readers of MP4 and Matroska say where a file is cut off, those of other containers may not.
    """
    names = str(container["format_name"]).split(",")
    has_picture = any(stream["codec_type"] == "video" for stream in picked)
    if {"mov", "matroska", "gif"} & set(names):
        return has_picture and not scan.ends_too_soon
    steps = [scan.of(int(stream["index"])).longest_step_s for stream in picked if stream["codec_type"] == "video"]
    return has_picture and lacking_ms <= round(1000 * max(steps, default=0.0))  # no more than one picture


def _claimed_ms(path: Path, container: Json, picked: Sequence[Json], measured_ms: int, *, guessed: bool) -> int | None:
    """Return the length that the file itself claims, None where it claims none."""
    if container["format_name"] == "wav" and (data := sound_data(path)) is not None:
        return data.declared_ms(measured_ms)
    if container["format_name"] == "asf" and (declared_ms := declared.asf_ms(path)) is not None:
        return declared_ms
    if guessed or container["format_name"] in (*BARE_STREAMS, *CLAIM_NOTHING):
        return None
    stated = _stated_ms(container, picked)
    if container["format_name"] == "avi":  # ffmpeg states what the file's size allows
        counts = ((seconds(stream.get("nb_frames")), rate(stream, "r_frame_rate")) for stream in picked)
        ends = [round(1000 * frames / float(per_s)) for frames, per_s in counts if frames and per_s]
        return max([*ends, stated or 0]) or None
    return stated


def _stated_ms(container: Json, picked: Sequence[Json]) -> int | None:
    """Return the length that the container states, or failing that the streams."""
    whole = seconds(container.get("duration"))
    if whole is not None and {"matroska", "mov"} & set(str(container["format_name"]).split(",")):
        whole -= max(0.0, seconds(container.get("start_time")) or 0.0)  # it counts from 0, wherever the film begins
    if whole is None or whole <= 0:
        start_s = seconds(container.get("start_time")) or 0.0
        ends = [
            (seconds(stream.get("start_time")) or start_s) + length - start_s
            for stream in picked
            if (length := seconds(stream.get("duration"))) is not None
        ]
        whole = max(ends, default=0.0)
    return round(1000 * whole) or None


def _unread(parts: Sequence[FilePart], whole_ms: int) -> tuple[int | None, tuple[MissingPart, ...]]:
    """Return what the parts that cannot be read may come to, by their bytes.

    They are counted behind the others.
    """
    unread = sum(part.end - part.start for part in parts if not part.duration_ms)
    if not unread:
        return None, ()
    read = sum(part.end - part.start for part in parts) - unread
    declared_ms = whole_ms + round(whole_ms * unread / max(1, read))
    return declared_ms, (MissingPart("all", whole_ms, declared_ms, "cut_short"),)


def _joined(count: int) -> tuple[str, ...]:
    return (f"it was put together of {count} files, whose clocks start anew: they are read one after the other",)


def _has_no_clock(container: str, picked: Sequence[Json], *, guessed: bool) -> bool:
    """Return whether a seek would go by a bit rate, which nobody knows."""
    if container in ("wav", "w64", "au", "voc"):
        return any(not str(stream.get("codec_name")).startswith("pcm_") for stream in picked)
    return container in SAMPLE_CLOCK and (guessed or container != "mp3")


def _counts_coarsely(picked: Sequence[Json]) -> bool:
    """Return whether a seek would be rounded to another picture.

    An AVI counts in pictures, which may stay long.
    """
    return any((rate(stream, "time_base") or 0) > _COARSE for stream in picked)


def _packets_ms(scan: PacketScan, indexes: Sequence[int], start_s: float) -> int | None:
    ends = [end for index in indexes if (end := scan.of(index).end_s) is not None]
    return round(1000 * (max(ends) - start_s)) if ends else None


def _decoded_ms(path: Path, indexes: Sequence[int], *, by_samples: bool) -> int:
    """Measure by decoding all of it.

    A sound without times is measured by the count of its samples. Raises EmptyFile, FfmpegFailed.
    """
    if by_samples:
        source = media_input(path, **reading_options(path))[str(indexes[0])]
        heard = source.filter("aresample", 16_000).filter("aformat", channel_layouts="mono").filter("volumedetect")
        command = ffmpeg.output(heard, "-", format="null", progress="pipe:1", max_error_rate=1)
    else:
        command = _into_nothing(path, indexes).global_args("-dts_delta_threshold", str(NEW_CLOCK_S))
    done = run(command, DECODING_LIMIT_S, f"decoding {path.name}", check=False)
    counts = [int(found[1]) for line in done.log if (found := _SAMPLES.search(line.text))]
    decoded = round(sum(counts) / 16) if by_samples else _out_time_ms(done)
    if not decoded and not done.status and not done.complaints():
        raise EmptyFile(
            f"{path.name} has a header and nothing behind it; the recording or its copy failed, so bring it again."
        )
    if not decoded:
        raise failure(done, f"looking for anything that can be decoded in {path.name}")
    return decoded


def _out_time_ms(done: FfmpegResult) -> int | None:
    """Return the end of the last packet or frame, from where reading began."""
    text = done.progress().get("out_time_us", "")
    return round(int(text) / 1000) if text.lstrip("-").isdigit() else None


def _into_nothing(path: Path, indexes: Sequence[int], seek: Mapping[str, Any] | None = None, **how: str) -> Any:
    source = media_input(path, **reading_options(path), **(seek or {}))
    wanted = [source[str(index)] for index in indexes]
    return ffmpeg.output(*wanted, "-", format="null", progress="pipe:1", **how)

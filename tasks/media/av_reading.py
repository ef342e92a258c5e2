"""Read short recordings with PyAV, in a process of its own, in ffprobe's words.

`av_pool` starts it: a line of JSON with paths comes, a line with what was read of each goes. It imports next to nothing
of ours, so that it starts fast. What versions of FFmpeg say differently stands in `av_versions`.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from select import select
from typing import Any

import av
import av.logging
from av.container import InputContainer

from tasks.media.av_versions import (
    Answer,
    Packet,
    is_even,
    lasting,
    movie_length,
    require,
    seconds,
    starting,
    with_padding,
    with_vendors,
)

TIME_LIMIT_S = 30  # for the files of one line; then the process ends itself
IDLE_S = 60  # without a line; then it ends, too
MOST_PACKETS = 599  # as many as ffprobe is asked for and sees the end of
LARGEST = 16 << 20  # bytes of a file

_VIDEO = frozenset(("h264", "hevc", "vp8", "vp9"))
_AUDIO = frozenset(("aac", "mp3", "mp3float", "opus", "vorbis", "flac", "alac", "ac3"))
_CONTAINERS = frozenset(("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mp3", "flac", "ogg"))
_ODD = (b"moof", b"sinf", b"GA94")  # fragments and encryption of MP4, captions in H.264: versions differ
_BEGINNINGS = {"ogg": b"OggS\0\2", "matroska,webm": b"\x1aE\xdf\xa3"}  # more than one a stream, or file: it was joined
_SURE_MP3 = 20  # packets; of fewer FFmpeg is not sure that it is one, and says so
_GENERATE_TIMES = 1  # PyAV's flag, which ffprobe does not set

Json = dict[str, Any]


def main() -> None:
    """Answer until standard input ends.

    The argument names the formats that may be opened.
    """
    readers = sys.argv[1]
    av.logging.set_level(av.logging.INFO)
    av.logging.set_skip_repeated(False)
    logging.disable(logging.CRITICAL)
    while select([sys.stdin], [], [], IDLE_S)[0] and (line := sys.stdin.readline()):
        faulthandler.dump_traceback_later(TIME_LIMIT_S, exit=True)
        found = [read_file(path, readers) for path in json.loads(line)]
        faulthandler.cancel_dump_traceback_later()
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def read_file(path: str, readers: str) -> Json | None:
    """Return a file's form, what ffprobe may answer, and its packets.

    None stands for a file about which ffprobe is to be asked.
    """
    options = {"format_whitelist": readers, "protocol_whitelist": "file"}
    try:
        path.encode()  # of a name that is no UTF-8 ffprobe warns
        before = os.stat(path)  # noqa: PTH116 - names stay as they are
        if before.st_size > LARGEST or not stat.S_ISREG(before.st_mode):
            return None
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read()
        with av.logging.Capture(local=False) as log, av.open(f"file:{path}", container_options=options) as container:
            found = _read(container, data)
    except Exception:  # NotTaken, or whatever an odd file leads to: the others need this process
        return None
    if any(level <= av.logging.WARNING for level, _, _ in log):
        return None
    return {**found, "size": before.st_size, "mtime_ns": before.st_mtime_ns}


def _read(container: InputContainer, data: bytes) -> Json:
    name = container.format.name
    require(name in _CONTAINERS and not any(words in data for words in _ODD))
    require("Side data" not in _dumped(container) and not _is_joined(container, data))
    container.flags = int(container.flags) & ~_GENERATE_TIMES
    packets = _packets(container)
    indexes = range(len(container.streams))
    of_stream = [[packet for packet in packets if packet.stream == index] for index in indexes]
    require(all(of_stream) and all(map(_goes_on, of_stream)))
    require(name not in ("mp3", "flac") or all(_follows(*both) for both in pairwise(packets)))
    answer = _answer(container, of_stream)
    if name.startswith("mov"):
        require(all(map(is_even, container.streams, of_stream)))
        answers = with_vendors([answer, lasting(answer, Fraction(*movie_length(data)))])
    elif name.startswith("matroska"):
        answers = [answer, starting(answer, of_stream)]
    elif name == "mp3":
        require(len(packets) >= _SURE_MP3)
        answers = [answer, with_padding(answer, packets[0], data)]
    else:
        require(name != "flac" or _are_all(packets, container.streams[0].duration))
        answers = [answer]
    return {"form": _form(container), "answers": answers, "packets": [_packet(packet) for packet in packets]}


def _is_joined(container: InputContainer, data: bytes) -> bool:
    """Return whether a file looks as if it were put together of several."""
    beginning = _BEGINNINGS.get(container.format.name)
    most = len(container.streams) if container.format.name == "ogg" else 1
    return beginning is not None and data.count(beginning) > most


def _goes_on(packets: Sequence[Packet]) -> bool:
    """Return whether a stream's clock never goes back."""
    decoded = [packet.decoded for packet in packets if packet.decoded is not None]
    times = decoded or [packet.shown for packet in packets if packet.shown is not None]
    return bool(times) and all(before <= after for before, after in pairwise(times))


def _dumped(container: Any) -> str:
    """Return what FFmpeg writes of a file.

    Nowhere else does PyAV show that a stream has side data, as a turned picture has.
    """
    return str(container.dumps_format())


def _packets(container: InputContainer) -> list[Packet]:
    packets: list[Packet] = []
    for packet in container.demux():
        if packet.size == 0 and packet.pts is None and packet.dts is None:
            continue  # PyAV's own, at the end
        require(not packet.is_corrupt and len(packets) < MOST_PACKETS)
        flags = ("K" if packet.is_keyframe else "_") + ("D" if packet.is_discard else "_")
        unit, length = packet.time_base, packet.duration or 0
        packets.append(
            Packet(packet.stream_index, unit, packet.pts, packet.dts, length, packet.pos, packet.size, flags)
        )
    return packets


def _form(container: InputContainer) -> Json:
    """Return what files must have in common to be described alike, but for `_answer`."""
    streams = [_constants(stream) for stream in container.streams]
    return {"container": container.format.name, "tags": sorted(container.metadata), "streams": streams}


def _constants(stream: Any) -> Json:
    codec = stream.codec_context
    require(codec is not None and codec.codec.name in (_VIDEO if stream.type == "video" else _AUDIO))
    common = {
        "codec": codec.codec.name,
        "tag": codec.codec_tag,
        "profile": stream.profile,
        "level": codec.level,
        "header": _header(codec.codec.name, codec.extradata or b"").hex(),
        "id": stream.id,
        "time_base": str(stream.time_base),
        "disposition": int(stream.disposition),
        "tags": sorted(stream.metadata),
    }
    if stream.type == "audio":
        return common | {"rate": codec.sample_rate, "layout": codec.layout.name, "samples": codec.format.name}
    size = (codec.width, codec.height, codec.coded_width, codec.coded_height)
    colour = (codec.pix_fmt, codec.color_range, codec.colorspace, codec.color_primaries, codec.color_trc)
    shape = (codec.has_b_frames, int(codec.field_order), str(stream.sample_aspect_ratio))
    return common | {"size": size, "colour": [str(part) for part in colour], "shape": [str(part) for part in shape]}


def _header(codec: str, header: bytes) -> bytes:
    """Return a codec's header, without the length and hash that FLAC has there."""
    if codec != "flac" or len(header) != 34:
        return header
    return header[:4] + header[10:13] + bytes([header[13] & 0xF0])


def _answer(container: InputContainer, of_stream: Sequence[Sequence[Packet]]) -> Answer:
    """Return what ffprobe would say, as far as it may differ between files of a form."""
    whole: Json = {"size": str(container.size), **_tags(container.metadata)}
    if container.start_time is not None:
        whole["start_time"] = seconds(container.start_time, Fraction(1, av.time_base))
    if container.duration is not None:
        whole["duration"] = seconds(container.duration, Fraction(1, av.time_base))
    if container.bit_rate > 0:
        whole["bit_rate"] = str(container.bit_rate)
    return {"format": whole, "streams": list(map(_stream, container.streams, of_stream))}


def _stream(stream: Any, packets: Sequence[Packet]) -> Json:
    found: Json = {"nb_read_packets": str(len(packets)), **_tags(stream.metadata)}
    if stream.start_time is not None:
        found |= {"start_pts": stream.start_time, "start_time": seconds(stream.start_time, stream.time_base)}
    if stream.duration:
        found |= {"duration_ts": stream.duration, "duration": seconds(stream.duration, stream.time_base)}
    if stream.codec_context.bit_rate:
        found["bit_rate"] = str(stream.codec_context.bit_rate)
    if stream.frames:
        found["nb_frames"] = str(stream.frames)
    if stream.type == "video":
        found |= {"r_frame_rate": _rate(stream.base_rate), "avg_frame_rate": _rate(stream.average_rate)}
    return found


def _packet(packet: Packet) -> Json:
    times = {"pts_time": packet.shown, "dts_time": packet.decoded, "duration_time": packet.length or None}
    found = {name: seconds(value, packet.unit) for name, value in times.items() if value is not None}
    place = {} if packet.at is None else {"pos": str(packet.at)}
    return {"stream_index": packet.stream, **found, **place, "flags": packet.flags}


def _are_all(packets: Sequence[Packet], duration: int | None) -> bool:
    """Return whether packets add up to a whole stream.

    They do where all but the last have one length, and none is damaged.
    """
    lengths = [packet.length for packet in packets]
    return len(set(lengths[:-1])) <= 1 and sum(lengths) == duration


def _follows(before: Packet, packet: Packet) -> bool:
    """Return whether a packet stands right behind another."""
    return before.at is not None and before.at + before.size == packet.at


def _tags(metadata: Mapping[str, str]) -> Json:
    return {"tags": dict(metadata)} if metadata else {}


def _rate(rate: Fraction | None) -> str:
    return f"{rate.numerator}/{rate.denominator}" if rate else "0/0"


if __name__ == "__main__":
    main()

"""Tell apart what versions of FFmpeg say of the same file. Pure.

PyAV has a version of its own, the system has another: these are the differences that were found between 5.1 and 8.1 in
what ffprobe says of short files. Where a fact can be worked out as an older version gives it there is another answer;
`av_forms` finds out which one the system's ffprobe gives. The other files are not taken.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from copy import deepcopy
from fractions import Fraction
from typing import Any, NamedTuple

Answer = dict[str, Any]  # "format" and "streams" of ffprobe, with what may differ between files of a form

_MICRO = Fraction(1, 1_000_000)  # of a second: the unit of a whole file's times
_NO_VENDOR = {"vendor_id": "[0][0][0][0]"}  # FFmpeg says so up to 7


class NotTaken(Exception):
    """A file is left to ffprobe."""


class Packet(NamedTuple):
    """A packet as PyAV gives it, times in units of its stream."""

    stream: int
    unit: Fraction  # of the times, in seconds
    shown: int | None
    decoded: int | None
    length: int
    at: int | None  # the byte
    size: int
    flags: str


def require(fits: bool) -> None:
    """Raise NotTaken unless it fits."""
    if not fits:
        raise NotTaken


def is_even(stream: Any, packets: Sequence[Packet]) -> bool:
    """Return whether all versions give the packets of an MP4 these lengths.

    From 8 on FFmpeg takes them from the table, before that it takes the step to the next one, or the frame rate.
    """
    if stream.type == "video":
        return len({packet.length for packet in packets}) == 1
    ends = [*(packet.decoded for packet in packets[1:]), stream.duration]
    return all((packet.decoded or 0) + packet.length == end for packet, end in zip(packets, ends, strict=True))


def movie_length(data: bytes) -> tuple[int, int]:
    """Return the length in an MP4's header, and how many of its units make a second.

    FFmpeg 5 states that length, later versions that of the longest track.
    """
    at = 0
    while data[at + 4 : at + 8] != b"moov":
        size = int.from_bytes(data[at : at + 4], "big")
        size = int.from_bytes(data[at + 8 : at + 16], "big") if size == 1 else size
        require(size >= 8)
        at += size
    at = data.index(b"mvhd", at) + 4
    per_s, length = struct.unpack_from(*((">LQ", data, at + 20) if data[at] else (">LL", data, at + 12)))
    require(per_s > 0 and length > 0)
    return length, per_s


def lasting(answer: Answer, length_s: Fraction) -> Answer:
    """Return the answer with another length of the whole."""
    micros = _rounded(length_s / _MICRO)
    whole = answer["format"]
    bit_rate = int(int(whole["size"]) * 8.0 * 1_000_000 / micros)
    changed = {"duration": seconds(micros, _MICRO), "bit_rate": str(bit_rate)}
    return {**answer, "format": {**whole, **changed}}


def with_vendors(answers: Iterable[Answer]) -> list[Answer]:
    """Return each answer as it is, and with a vendor where the file names none."""
    found = list(answers)
    for answer in deepcopy(found):
        for stream in answer["streams"]:
            stream["tags"] = _NO_VENDOR | stream.get("tags", {})
        found.append(answer)
    return found


def starting(answer: Answer, of_stream: Sequence[Sequence[Packet]]) -> Answer:
    """Return the answer with each stream's start at its first packet.

    FFmpeg up to 7 has it there even where the first packet is not heard.
    """
    changed = deepcopy(answer)
    starts = []
    for packets, found in zip(of_stream, changed["streams"], strict=True):
        base = packets[0].unit
        first = min(packet.shown for packet in packets if packet.shown is not None)
        found |= {"start_pts": first, "start_time": seconds(first, base)}
        starts.append(_rounded(first * base / _MICRO))
    changed["format"]["start_time"] = seconds(min(starts), _MICRO)
    return changed


def with_padding(answer: Answer, first: Packet, data: bytes) -> Answer:
    """Return the answer with the length of all frames that an MP3's header counts.

    FFmpeg up to 7 counts those that only fill up, too.
    """
    head = data[: first.at]
    at = max(head.rfind(b"Xing"), head.rfind(b"Info"))
    if at < 0 or not head[at + 7] & 1:
        return answer
    length = int.from_bytes(head[at + 8 : at + 12], "big") * first.length
    changed = lasting(answer, length * first.unit)
    (stream,) = changed["streams"]
    return {**changed, "streams": [{**stream, "duration_ts": length, "duration": seconds(length, first.unit)}]}


def _rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2)) if value >= 0 else -int(Fraction(1, 2) - value)


def seconds(value: int, base: Fraction) -> str:
    """Write a time as ffprobe does, which multiplies it by the length of its unit."""
    return f"{value * (base.numerator / base.denominator):.6f}"

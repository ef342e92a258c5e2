"""Describe plain WAV files as ffprobe has described one with the same header.

Everything that ffprobe says of uncompressed samples follows from the header and the size: so of many recordings of one
device or program it is asked about the first alone. It takes 60 ms of processor time to start, this takes 0.3 (`python
-m bench.slots`). Weighed against PyAV, which reads other short files (`av_pool`): its FFmpeg divides samples into
packets in another way, and it needs 3 ms of processor time, this 0.3 (`python -m bench.slots`).
"""

from __future__ import annotations

import re
import struct
import threading
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]

_LARGEST_HEADER = 4096
_LOOKED_INTO = 1 << 17  # bytes of samples in which ffmpeg looks for another codec
_CHUNKS = (b"fmt ", b"LIST", b"JUNK")  # that say nothing of the length
_PCM = 1
_MOST_FORMS = 256
# What another codec looks like that passes for samples of 16 bits, as DTS does on a CD: ffmpeg looks for these words,
# and of DTS for the bits of a normal frame behind them, since a tone has the words alone now and then.
_SYNC_WORDS = tuple(
    re.compile(word, re.DOTALL)
    for word in (
        *(rb"\x7f\xfe\x80\x01[\xfc-\xff]", rb"\xfe\x7f\x01\x80.[\xfc-\xff]"),  # DTS
        *(rb"\x1f\xff\xe8\x00\x07[\xf0-\xff]", rb"\xff\x1f\x00\xe8[\xf0-\xff]\x07"),  # with 14 of 16 bits used
        *(rb"\x72\xf8\x1f\x4e", rb"\xf8\x72\x4e\x1f", rb"\xf8\x72\x6f\xba"),  # S/PDIF, TrueHD
    )
)
_AC3 = (b"\x0b\x77", b"\x77\x0b")

_lock = threading.Lock()
_known: dict[bytes, Json] = {}


@dataclass(frozen=True, slots=True)
class PlainWav:
    """A plain WAV holds samples, and nothing behind them; its header says so rightly."""

    form: bytes  # the header without its sizes
    layout: tuple[int, int, int]  # samples a second, channels, bits
    start: int  # where the samples begin
    size: int  # of the file

    @property
    def rate(self) -> int:
        return self.layout[0]

    @property
    def block(self) -> int:
        """Return the bytes of a sample of all channels."""
        return self.layout[1] * self.layout[2] // 8

    @property
    def frames(self) -> int:
        return (self.size - self.start) // self.block


def plain_wav(path: Path) -> PlainWav | None:
    """Return what a plain WAV's header says.

    None where it is none, or may be something else.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_LARGEST_HEADER + _LOOKED_INTO)
            size = file.seek(0, 2)
    except OSError:
        return None  # ffmpeg says what is wrong
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE" or int.from_bytes(head[4:8], "little") != size - 8:
        return None
    at, sound = 12, b""
    while (name := head[at : at + 4]) != b"data":
        length = int.from_bytes(head[at + 4 : at + 8], "little")
        if name not in _CHUNKS or at > _LARGEST_HEADER or (name == b"fmt " and (sound or length not in (16, 18))):
            return None
        if name == b"fmt ":
            sound = head[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    claimed, start = int.from_bytes(head[at + 4 : at + 8], "little"), at + 8
    if len(sound) < 16 or start + claimed != size:
        return None
    codec, channels, rate, per_s, block, bits = struct.unpack_from("<HHLLHH", sound)
    is_even = block == channels * bits // 8 and per_s == rate * block and sound[16:] in (b"", b"\0\0")
    if codec != _PCM or bits not in (8, 16, 24, 32) or not channels or not rate or not is_even or claimed % block:
        return None
    if not claimed or _may_be_coded(head[start : start + _LOOKED_INTO]):
        return None
    return PlainWav(head[8:at], (rate, channels, bits), start, size)


def _may_be_coded(samples: bytes) -> bool:
    return samples.startswith(_AC3) or _begins_as_mpeg(samples) or any(_holds(samples, word) for word in _SYNC_WORDS)


def _holds(samples: bytes, word: re.Pattern[bytes]) -> bool:
    """Return whether a word stands at an even place, as it would on a CD.

    Quiet noise has some at odd ones.
    """
    return any(found.start() % 2 == 0 for found in word.finditer(samples))


def _begins_as_mpeg(samples: bytes) -> bool:
    """Return whether the first bytes may be the header of a frame of MP3 or AAC."""
    header = int.from_bytes(samples[:4], "big")
    sync, layer, bit_rate, rate = header >> 21, header >> 17 & 3, header >> 12 & 15, header >> 10 & 3
    is_aac, is_mp3 = layer == 0, 0 < bit_rate < 15 and rate != 3
    return sync == 0x2B7 or (sync == 0x7FF and (is_aac or is_mp3))


def answer_about(wav: PlainWav, most_packets: int) -> dict[str, Any] | None:
    """Return what ffprobe would say of a file, and of all its packets.

    None where it has not been asked about one of this form, or where there are `most_packets` and more.
    """
    with _lock:
        like = _known.get(wav.form)
    return None if like is None else _answer(wav, like, most_packets)


def learn(wav: PlainWav, answer: Json, most_packets: int) -> None:
    """Remember what ffprobe has said of a file, where others can be described by it."""
    packets = answer.get("packets", ())
    if len(answer["streams"]) != 1 or len(packets) < 2 or _answer(wav, answer, most_packets) != answer:
        return  # a version of ffprobe that counts in another way is asked each time
    whole = {name: value for name, value in answer["format"].items() if name != "filename"}
    like = {**answer, "format": whole, "packets": packets[:2]}
    with _lock:
        if len(_known) < _MOST_FORMS:
            _known[wav.form] = like


def _answer(wav: PlainWav, like: Json, most_packets: int) -> dict[str, Any] | None:
    first, second = like["packets"][:2]
    step = int(second["pos"]) - int(first["pos"])
    count = -(-(wav.size - wav.start) // step)
    if count >= most_packets or step % wav.block:
        return None
    answer = deepcopy({**like, "packets": []})
    packet_frames = step // wav.block
    for number in range(count):
        begin = number * packet_frames
        shown = _seconds(begin, wav.rate)
        lasts = _seconds(min(packet_frames, wav.frames - begin), wav.rate)
        times = {"pts_time": shown, "dts_time": shown, "duration_time": lasts, "pos": str(wav.start + number * step)}
        answer["packets"].append({**first, **times})
    micros = (2_000_000 * wav.frames + wav.rate) // (2 * wav.rate)  # rounded half up, as ffmpeg does
    duration = {"duration_ts": wav.frames, "duration": _seconds(wav.frames, wav.rate)}
    counted = {"nb_read_packets": str(count)} if "nb_read_packets" in answer["streams"][0] else {}
    answer["streams"][0] |= {**duration, **counted}
    bit_rate = int(wav.size * 8 * 1_000_000 / micros)
    whole = {"duration": f"{micros / 1_000_000:.6f}", "size": str(wav.size), "bit_rate": str(bit_rate)}
    answer["format"] |= whole
    return answer


def _seconds(frames: int, rate: int) -> str:
    """Write a time as ffmpeg does, which multiplies it by the length of a sample."""
    return f"{frames * (1 / rate):.6f}"

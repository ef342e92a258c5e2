"""Find what of a recording cannot be read, from the times of its packets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks.media.packets import PacketScan, StreamPackets
from tasks.media_records import MissingPart

LONG_MS = 5000  # a stream that ends so much before the other, or says nothing for so long while the other goes on
HOLE_MS = 1000  # without any packet at all
SHORT_MS = 500  # what containers, which round, may declare too much


def missing_parts(
    picked: Sequence[Mapping[str, Any]], scan: PacketScan, start_s: float, measured_ms: int, claimed_ms: int | None
) -> tuple[MissingPart, ...]:
    """Return what is missing of the streams to be analysed, in the order of time.

    `start_s` is the container's start, `measured_ms` where the last packet ends, `claimed_ms` where it should. A clock
    that was started anew tells nothing about holes and ends.
    """
    found: list[MissingPart] = []
    if claimed_ms is not None and measured_ms < claimed_ms - SHORT_MS:
        found.append(MissingPart("all", measured_ms, claimed_ms, "cut_short"))
    packets = {str(stream["codec_type"]): scan.of(int(stream["index"])) for stream in picked}
    if not any(stream.restarts for stream in packets.values()):
        found += _early_end(packets, start_s, measured_ms)
        found += _holes(packets, start_s)
    return tuple(sorted(found, key=lambda part: (part.start_ms, part.end_ms)))


def _early_end(packets: Mapping[str, StreamPackets], start_s: float, end_ms: int) -> Iterable[MissingPart]:
    """Return the end of a stream long before the other's.

    A picture that stays as long as others before it has not ended, and a single one never does.
    """
    sound, picture = packets.get("audio"), packets.get("video")
    if sound is None or picture is None:
        return
    if sound.end_s is not None and (ended := _ms(sound.end_s, start_s)) < end_ms - LONG_MS:
        yield MissingPart("sound", ended, end_ms, "ends_early")
    if picture.end_s is not None and picture.packets > 1:
        ended, usual = _ms(picture.end_s, start_s), round(2000 * picture.longest_step_s)
        if ended < end_ms - max(LONG_MS, usual):
            yield MissingPart("picture", ended, end_ms, "ends_early")


def _holes(packets: Mapping[str, StreamPackets], start_s: float) -> Iterable[MissingPart]:
    """Return where there is neither sound nor picture, or no sound for long.

    A picture that does not change has no packets either, so what it lacks alone is no hole.
    """
    sound, picture = packets.get("audio"), packets.get("video")
    if sound is None:
        return
    for from_s, to_s in sound.gaps:
        start, end = _ms(from_s, start_s), _ms(to_s, start_s)
        both = picture is None or any(min(to_s, until) - max(from_s, since) > 0.8 * (to_s - from_s)
                                      for since, until in picture.gaps)  # fmt: skip
        if end - start > (HOLE_MS if both else LONG_MS):
            yield MissingPart("all" if both else "sound", start, end, "hole")


def _ms(time_s: float, start_s: float) -> int:
    return round(1000 * (time_s - start_s))

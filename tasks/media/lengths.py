"""Find how long a recording really is.

Containers state a length; truncated files and live recordings state a wrong one or none. The check is cheap: ffmpeg
copies the packets of the last seconds into nothing, without decoding. Only where they do not reach the stated end, or
where there is no statement to trust, all packets are read, and where those bear no times, all frames are decoded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.media.ffmpeg import FfmpegResult, failure, media_input, run
from tasks.media.formats import BARE_STREAMS
from tasks.media.streams import seconds
from tasks.timecode import format_ms

TAIL_MS = 10_000  # read at the end of every recording
TOLERANCE_MS = 500  # between the stated end and that of the last packet
TIME_LIMIT_S = 600  # for reading all packets
DECODING_LIMIT_S = 7200


@dataclass(frozen=True, slots=True)
class Length:
    duration_ms: int
    notes: tuple[str, ...] = ()


def length_of(
    path: Path, container: Mapping[str, Any], picked: Sequence[Mapping[str, Any]], *, guessed: bool
) -> Length:
    """Return the playing time from the container's start to its readable end.

    `guessed`: ffmpeg derived the stated length from size and bit rate. Raises FfmpegFailed if nothing can be read.
    """
    indexes = [int(stream["index"]) for stream in picked]
    stated = None if guessed else _stated_ms(container, picked)
    if stated is None or container["format_name"] in BARE_STREAMS:
        return Length(_measured_ms(path, indexes))
    reached = _packets_end_ms(_copy(path, indexes, max(0, stated - TAIL_MS)), max(0, stated - TAIL_MS))
    if reached is not None and abs(reached - stated) <= TOLERANCE_MS:
        return Length(stated)
    measured = _measured_ms(path, indexes)
    if measured >= stated - TOLERANCE_MS:
        return Length(max(measured, stated))
    note = f"readable only up to {format_ms(measured)} of {format_ms(stated)}"
    return Length(measured, (note,))


def decodes(path: Path, indexes: Sequence[int]) -> bool:
    """Return whether anything comes out of the first two seconds.

    It is for files whose format ffmpeg merely guesses.
    """
    done = run(_into_nothing(path, indexes, {"t": 2}), TIME_LIMIT_S, f"trying {path.name}", check=False)
    return (_out_time_ms(done) or 0) > 0 and not (done.status and done.complaints())


def _stated_ms(container: Mapping[str, Any], picked: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the length that the container states, or failing that the streams."""
    whole = seconds(container.get("duration"))
    if whole is None or whole <= 0:
        start_s = seconds(container.get("start_time")) or 0.0
        ends = [
            (seconds(stream.get("start_time")) or start_s) + length - start_s
            for stream in picked
            if (length := seconds(stream.get("duration"))) is not None
        ]
        whole = max(ends, default=0.0)
    return round(1000 * whole) or None


def _measured_ms(path: Path, indexes: Sequence[int]) -> int:
    """Measure by all packets or, where they bear no times, by decoding."""
    end = _packets_end_ms(_copy(path, indexes, 0), 0)
    if not end:
        done = run(_into_nothing(path, indexes), DECODING_LIMIT_S, f"decoding {path.name}", check=False)
        end = _out_time_ms(done)
        if not end:
            raise failure(done, f"looking for anything that can be decoded in {path.name}")
    return end


def _copy(path: Path, indexes: Sequence[int], from_ms: int) -> FfmpegResult:
    seek = {"ss": f"{from_ms}ms"} if from_ms else {}
    command = _into_nothing(path, indexes, seek, c="copy")
    return run(command, TIME_LIMIT_S, f"reading the packets of {path.name}", check=False)


def _packets_end_ms(done: FfmpegResult, from_ms: int) -> int | None:
    end = _out_time_ms(done)
    return None if end is None else from_ms + end


def _out_time_ms(done: FfmpegResult) -> int | None:
    """Return the end of the last packet or frame, from where reading began."""
    text = done.progress().get("out_time_us", "")
    return round(int(text) / 1000) if text.lstrip("-").isdigit() else None


def _into_nothing(path: Path, indexes: Sequence[int], seek: Mapping[str, Any] | None = None, **how: str) -> Any:
    source = media_input(path, **(seek or {}))
    wanted = [source[str(index)] for index in indexes]
    return ffmpeg.output(*wanted, "-", format="null", progress="pipe:1", **how)

"""Read what ffprobe reports about streams: choice, size, rotation, rate. Pure.

A stream is a mapping as in ffprobe's JSON. Times that ffprobe gives in seconds leave here in milliseconds.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from tasks.media_records import AudioStream, VideoStream

Json = Mapping[str, Any]
Filter = tuple[str, Mapping[str, str]]  # an ffmpeg filter's name and options

_SAME_RATE = Fraction(1, 200)  # two frame rates are taken for one within 0.5 %
_ODD_RATE = Fraction(1, 50)  # an average that is 2 % off the first frames' rate: frames are missing somewhere
_ROUNDING_S = 0.0015  # containers with times in whole milliseconds
_WIDEST = 4  # a sample aspect ratio beyond 4 or below 1/4 is a mistake in the file


def pick(streams: Sequence[Json], kind: Literal["video", "audio"], undecodable: Collection[int] = ()) -> Json | None:
    """Return the default usable stream of a kind, or the first.

    Cover art and other attached pictures are not video. `undecodable` are the indexes of streams without a decoder.

    >>> pick([{"codec_type": "audio", "codec_name": "aac", "sample_rate": "48000", "channels": 2}], "video") is None
    True
    """
    found = usable(streams, kind, undecodable)
    default = [stream for stream in found if is_default(stream)]
    return next(iter(default or found), None)


def usable(streams: Sequence[Json], kind: str, undecodable: Collection[int] = ()) -> list[Json]:
    """Return the streams of a kind that can be analysed.

    >>> usable([{"index": 0, "codec_type": "audio", "codec_name": "unknown"}], "audio")
    []
    """
    of_kind = [stream for stream in streams if stream.get("codec_type") == kind and _is_usable(stream)]
    return [stream for stream in of_kind if stream.get("index") not in undecodable]


def is_default(stream: Json) -> bool:
    """Return whether a player takes a stream unless somebody chooses.

    >>> is_default({"disposition": {"default": 1}})
    True
    """
    return _flag(stream, "default")


def is_unreadable(streams: Sequence[Json], kind: Literal["video", "audio"], undecodable: Collection[int] = ()) -> bool:
    """Return whether there are streams of a kind, and none that can be analysed.

    >>> is_unreadable([{"index": 0, "codec_type": "video", "codec_name": "unknown", "width": 320}], "video")
    True
    """
    there = [stream for stream in streams if stream.get("codec_type") == kind and not _is_attached(stream)]
    return bool(there) and not usable(streams, kind, undecodable)


def undecodable(warnings: Iterable[str]) -> frozenset[int]:
    """Return the indexes of streams for which ffprobe has no decoder, as it says.

    >>> sorted(undecodable(["Unsupported codec with id 196 for input stream 1"]))
    [1]
    """
    found = (_NO_DECODER.search(line) for line in warnings)
    return frozenset(int(match[1]) for match in found if match)


_NO_DECODER = re.compile(r"Unsupported codec with id \d+ for input stream (\d+)")


def video_stream(stream: Json, container_start_s: float, frame_times_s: Sequence[float]) -> VideoStream:
    """Return the picture of a stream.

    `frame_times_s` are presentation times of the first frames, ascending; they show a variable frame rate.
    """
    width, height = _square_pixels(stream)
    rotation = clockwise(stream)
    if rotation in (90, 270):
        width, height = height, width
    average, nominal = rate(stream, "avg_frame_rate"), rate(stream, "r_frame_rate")
    variable = _is_variable(average, nominal, frame_times_s)
    per_second = average or nominal or Fraction(0)
    if nominal and average and not variable and abs(nominal / average - 1) < _SAME_RATE:
        per_second = nominal  # 30000/1001 rather than a measured 29.9698
    return VideoStream(
        index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        width=width,
        height=height,
        rotation=rotation,
        fps_num=per_second.numerator,
        fps_den=per_second.denominator,
        variable_fps=variable,
        start_ms=_start_ms(stream, container_start_s),
    )


def audio_stream(stream: Json, container_start_s: float) -> AudioStream:
    return AudioStream(
        index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        sample_rate=int(stream["sample_rate"]),
        channels=int(stream["channels"]),
        start_ms=_start_ms(stream, container_start_s),
    )


def seconds(value: object) -> float | None:
    """Read a number of seconds as ffprobe writes it; nonsense becomes None.

    >>> seconds("12.5"), seconds("N/A")
    (12.5, None)
    """
    with contextlib.suppress(TypeError, ValueError):
        number = float(str(value))
        return number if abs(number) < 1e9 else None
    return None


def rate(stream: Json, name: str) -> Fraction | None:
    """Read a frame rate as ffprobe writes it; nonsense becomes None.

    >>> rate({"avg_frame_rate": "30000/1001"}, "avg_frame_rate")
    Fraction(30000, 1001)
    """
    found = _fraction(stream.get(name), "/")
    return found if found and 0 < found <= 1000 else None


def stream_of(probe_json: str, index: int) -> Json:
    """Return a stream out of ffprobe's whole answer; {} where there is none."""
    found: Sequence[Json] = json.loads(probe_json).get("streams", ())
    return next((stream for stream in found if stream.get("index") == index), {})


def clockwise(stream: Json) -> int:
    """Return how far a player turns the picture: 0, 90, 180 or 270 degrees clockwise.

    From the display matrix, whose angle ffprobe counts the other way round, or from an old `rotate` tag.

    >>> clockwise({"tags": {"rotate": "90"}})
    90
    """
    matrix = _display_matrix(stream)
    if matrix is not None:
        degrees = -(seconds(matrix.get("rotation")) or 0.0)
    else:
        degrees = seconds(stream.get("tags", {}).get("rotate")) or 0.0
    return round(degrees / 90) * 90 % 360


def upright(stream: Json) -> tuple[Filter, ...]:
    """Return the filters that turn a picture whose rotation is only in a tag.

    A display matrix, mirrored ones included, is applied by ffmpeg itself while it decodes; the tag it ignores.

    >>> upright({"tags": {"rotate": "180"}})
    (('hflip', {}), ('vflip', {}))
    """
    if _display_matrix(stream) is not None:
        return ()
    return _TURNS[clockwise(stream)]


_TURNS: Mapping[int, tuple[Filter, ...]] = {
    0: (),
    90: (("transpose", {"dir": "clock"}),),
    180: (("hflip", {}), ("vflip", {})),
    270: (("transpose", {"dir": "cclock"}),),
}


def _display_matrix(stream: Json) -> Json | None:
    found = (data for data in stream.get("side_data_list", ()) if data.get("side_data_type") == "Display Matrix")
    return next(found, None)


def _is_usable(stream: Json) -> bool:
    if stream.get("codec_name") in (None, "", "unknown", "none"):
        return False
    if stream["codec_type"] == "audio":
        return _whole(stream, "sample_rate") > 0 and _whole(stream, "channels") > 0
    return not _is_attached(stream) and _whole(stream, "width") > 0 and _whole(stream, "height") > 0


def _is_attached(stream: Json) -> bool:
    return _flag(stream, "attached_pic") or _flag(stream, "timed_thumbnails")


def _flag(stream: Json, name: str) -> bool:
    return bool(stream.get("disposition", {}).get(name))


def _whole(stream: Json, name: str) -> int:
    return int(seconds(stream.get(name)) or 0)


def _square_pixels(stream: Json) -> tuple[int, int]:
    """Return width and height, the width stretched by the sample aspect ratio.

    Players do so, too.
    """
    width, height = _whole(stream, "width"), _whole(stream, "height")
    ratio = _fraction(stream.get("sample_aspect_ratio"), ":") or Fraction(1)
    if not Fraction(1, _WIDEST) <= ratio <= _WIDEST:
        ratio = Fraction(1)
    return max(1, round(width * ratio)), height


def _start_ms(stream: Json, container_start_s: float) -> int:
    start_s = seconds(stream.get("start_time"))
    return max(0, round(1000 * (start_s - container_start_s))) if start_s is not None else 0


def _fraction(text: object, sign: str) -> Fraction | None:
    above, found, below = str(text).partition(sign)
    with contextlib.suppress(ValueError, ZeroDivisionError):
        return Fraction(int(above), int(below if found else 1))
    return None


def _is_variable(average: Fraction | None, nominal: Fraction | None, times_s: Sequence[float]) -> bool:
    """Return whether frames come at uneven steps, or their average rate is another."""
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(times_s))
    if len(steps) < 4:  # too few frames to tell
        return bool(average and nominal and average < nominal * (1 - _ODD_RATE) and average * 2 != nominal)
    usual = steps[len(steps) // 2]
    slack = max(_ROUNDING_S, usual / 20)
    even = [step for step in steps if abs(step - usual) <= slack]
    if len(steps) - len(even) > 1:  # one gap is a flaw, two are a habit
        return True
    mean = sum(even) / len(even)
    return bool(average and mean > 0 and abs(float(average) * mean - 1) > _ODD_RATE)

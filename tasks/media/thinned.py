"""Decode only what is seen of a picture.

Its packets go through `disposable` on their way into ffmpeg: one ffmpeg copies them, without decoding, and another
decodes those that are left. What is shown is the same frame for frame. Where there is no result, the picture is to be
decoded as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Any, cast

import ffmpeg

from tasks.media.disposable import Codec, Marks, thin_out
from tasks.media.encoding import picture_rate
from tasks.media.ffmpeg import FfmpegResult, media_input, run
from tasks.media.streams import stream_of, upright
from tasks.records import Picture, Recording, Span

_CODECS = ("h264", "hevc", "prores")
_CONTAINERS = ("mov", "matroska")  # their packets of H.264 and HEVC hold NAL units with their lengths
_SHORTEST_MS = 10_000  # below, another process costs more than there is to be gained
_FEWEST = 4  # frames of the source for one that is shown
_SOUND_PREROLL_MS = 1000  # where a seek for sound alone lands behind one for picture and sound, by a packet or more
_OFFSET_S = 100_000  # added on the way, since Matroska has no time before 0; seeks land before the span
_HALF_MS = Fraction(1, 2000)  # added, too: its whole milliseconds are rounded, and a frame is seen at a mark after it


@dataclass(frozen=True, slots=True)
class ThinnedPicture:
    """The picture of a span, without the frames that nobody needs."""

    recording: Recording
    span: Span
    picture: Picture

    @property
    def sound_preroll_ms(self) -> int:
        """Return how long before the span the sound must be read.

        It is sought by itself.
        """
        return 0 if self.recording.container.startswith("mov") else _SOUND_PREROLL_MS

    def source(self, threads: int) -> Any:
        """Return the ffmpeg-python input that `run` feeds."""
        shifted = {"seek_timestamp": 1, "itsoffset": -_OFFSET_S}
        return ffmpeg.input(
            "pipe:0", f="matroska", protocol_whitelist="pipe", noaccurate_seek=None, threads=threads, **shifted
        )

    def run(self, command: Any, limit_s: float, doing: str) -> FfmpegResult | None:
        """Run a command that reads `source`; None where its packets could not be copied.

        Raises FfmpegFailed where one was killed or took too long, FfmpegMissing, Interrupted.
        """
        read_end, write_end = os.pipe()
        with ThreadPoolExecutor(1) as pool, os.fdopen(read_end, "rb") as packets:
            copied = pool.submit(self._copy, os.fdopen(write_end, "wb", buffering=0), limit_s, doing)
            done = run(command, limit_s, doing, check=False, stdin=packets)
            packets.close()  # so that nothing more is copied
            return done if copied.result() else None

    def _copy(self, target: IO[bytes], limit_s: float, doing: str) -> bool:
        """Copy packets until there are no more, or no more are wanted."""
        recording, picture = self.recording, self.picture
        with target:
            assert recording.video is not None
            seek = {"ss": f"{self.span.start_ms}ms"} if self.span.start_ms else {}
            source = media_input(recording.path, noaccurate_seek=None, itsoffset=_rounding_s(recording), **seek)
            stream = source[str(recording.video.index)]
            command = ffmpeg.output(stream, "pipe:1", format="matroska", c="copy", output_ts_offset=_OFFSET_S)
            marks = Marks(_OFFSET_S * 1000, picture_rate(picture.fps), picture.frames)
            codec = cast(Codec, recording.video.codec)

            def take(stdout: IO[bytes]) -> None:
                thin_out(stdout.read, _written_whole(target), codec, marks)

            try:
                done = run(command, limit_s, doing, check=False, take=take)
            except BrokenPipeError:
                return True  # all that is seen was read
            except ValueError:
                return False
        return done.status == 0 and not done.complaints()


def thinned(recording: Recording, span: Span, picture: Picture) -> ThinnedPicture | None:
    """Return the picture of a span as it is decoded with less work.

    None where it cannot be, or is not worth it.
    """
    video = recording.video
    if video is None or video.codec not in _CODECS or recording.container.split(",")[0] not in _CONTAINERS:
        return None
    stream = stream_of(recording.probe_json, video.index)
    is_turned = bool(upright(stream)) or bool(stream.get("side_data_list"))
    fastest = video.fps_den and video.fps_num / video.fps_den >= _FEWEST * picture.fps
    long_enough = span.duration_ms >= _SHORTEST_MS
    can_be = (
        stream and not is_turned and not recording.parts and recording.seekable and span.start_ms < _OFFSET_S * 1000
    )
    return ThinnedPicture(recording, span, picture) if can_be and fastest and long_enough else None


def _rounding_s(recording: Recording) -> float:
    """Return nearly half a millisecond, in whole ticks of the recording's clock.

    0 where these are milliseconds.
    """
    assert recording.video is not None
    tick = Fraction(str(stream_of(recording.probe_json, recording.video.index).get("time_base", "1/1000")))
    return float((_HALF_MS / tick).__ceil__() * tick - tick)


def _written_whole(target: IO[bytes]) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[target.write(left) :]

    return write

"""Define the records of what lies in a recording's file, and what of it is lost.

Times are integer milliseconds from the recording's start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tasks.timecode import format_ms

# Why a part of a recording cannot be read: the file is shorter than it declares; a stream ends long before the other;
# packets are missing amid it; ffmpeg cannot decode the stream; it is encrypted.
MissingReason = Literal["cut_short", "ends_early", "hole", "undecodable", "encrypted"]


@dataclass(frozen=True, slots=True)
class VideoStream:
    """A video stream is the picture to analyse, its size as after `rotation`."""

    index: int
    codec: str
    width: int
    height: int
    rotation: int  # degrees clockwise that the player turns the picture: 0, 90, 180 or 270
    fps_num: int  # 0/0 in the container becomes 0 / 1: unknown
    fps_den: int
    variable_fps: bool
    start_ms: int  # relative to the container's start time, so >= 0


@dataclass(frozen=True, slots=True)
class AudioStream:
    """An audio stream is the sound that will be analysed."""

    index: int
    codec: str
    sample_rate: int  # Hz
    channels: int
    start_ms: int  # relative to the container's start time, so >= 0


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file part has the bytes `[start, end)` of one of the files that were joined."""

    path: str
    start: int
    end: int
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class MissingPart:
    """A missing part is a stretch of a recording that cannot be read."""

    what: Literal["all", "picture", "sound"]
    start_ms: int
    end_ms: int
    reason: MissingReason

    @property
    def sentence(self) -> str:
        """Return what is missing, for people.

        >>> MissingPart("sound", 4_000, 9_000, "ends_early").sentence
        'the sound ends at 00:04.000 of 00:09.000'
        """
        start, end = format_ms(self.start_ms), format_ms(self.end_ms)
        named = {"all": "nothing", "picture": "no picture", "sound": "no sound"}[self.what]
        if self.reason == "cut_short":
            return f"readable only up to {start} of {end}"
        if self.reason == "ends_early":
            return f"the {self.what} ends at {start} of {end}"
        if self.reason == "hole":
            return f"{named} can be read between {start} and {end}"
        why = "is encrypted" if self.reason == "encrypted" else "cannot be decoded by this ffmpeg"
        return f"the {self.what} {why}"

"""Hold the records of subtitles: speech, cues, and the layout between them.

All times are integer milliseconds from the recording's start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from config.types import LineBreakWords, SubtitleLimits
from tasks.records import Span

SpeakerLabels = Literal["none", "change", "always"]  # when a speaker's name stands in the text


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word whose own times are known."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Speech:
    """Hold what one speaker says, with times, ready to be shown."""

    start_ms: int
    end_ms: int
    speaker: str  # "": not known
    text: str  # one line, without outer white space, never empty
    words: tuple[Word, ...] = ()  # in the order of the text; (): only the times of the whole are known
    pauses: tuple[Span, ...] = ()  # silences while it is said, in order


@dataclass(frozen=True, slots=True)
class Turn:
    """Hold the words of one speaker in a cue; `label`: the name is shown before."""

    speaker: str
    text: str
    label: bool = False


@dataclass(frozen=True, slots=True)
class CueLine:
    """Hold a line as it is shown, with dash and name where these belong to it."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """Hold what is shown at a time: the turns, and the lines they are laid out in."""

    start_ms: int
    end_ms: int
    turns: tuple[Turn, ...]
    lines: tuple[CueLine, ...]

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    @property
    def text(self) -> str:
        """Give the lines as they are shown."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold the rules by which speech becomes cues.

    These are a style's limits for a language, and what the user chose.
    """

    limits: SubtitleLimits
    words: LineBreakWords
    language: str  # BCP 47, as languages.found_language gives it
    frame_rate: float = 24.0  # frames a second of the picture; the guides are written for 24
    end_ms: int | None = None  # of the recording; None: a cue may be held beyond it
    labels: SpeakerLabels = "none"
    sdh: bool = False  # for the deaf and hard of hearing: sounds are shown, in brackets

    @property
    def gap_ms(self) -> int:
        """Give the smallest gap between two cues."""
        return math.ceil(1000 * self.limits.min_gap_frames / self.frame_rate)

    @property
    def characters_per_second(self) -> float:
        return (self.limits.sdh_characters_per_second if self.sdh else None) or self.limits.characters_per_second


@dataclass(frozen=True, slots=True)
class Track:
    """Hold a recording's subtitles in one language, ready for any format."""

    language: str  # BCP 47
    speech: tuple[Speech, ...]  # for formats that hold lines of speech and not cues
    cues: tuple[Cue, ...]
    title: str = ""
    labels: SpeakerLabels = "none"  # before lines of speech; in cues they are part of the lines

"""Hold what the detectors found in one clip.

Records are frozen, times integer milliseconds from the clip's start.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """A stretch is a stretch of time `[start_ms, end_ms)`."""

    start_ms: int
    end_ms: int

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class SoundKinds:
    """Sound kinds say where speech, music and silence are.

    Speech and music may overlap, the rest of the clip is some other sound.
    """

    speech: tuple[Stretch, ...] = ()
    music: tuple[Stretch, ...] = ()
    silence: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance has words that one speaker spoke in one breath.

    `speaker` counts from 1, None where speakers were not told apart.
    """

    start_ms: int
    end_ms: int
    speaker: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Shot:
    """A shot is one uncut stretch of picture.

    Brightness is the mean grey value, 0 to 255; motion the mean change per frame.
    """

    start_ms: int
    end_ms: int
    brightness: float
    contrast: float  # standard deviation of the grey value within a frame, averaged
    motion: float


@dataclass(frozen=True, slots=True)
class VisibleText:
    """A visible text has its words and its look."""

    start_ms: int
    end_ms: int
    text: str
    appearance: str


@dataclass(frozen=True, slots=True)
class TextSightings:
    """Sightings hold the texts of a clip, and what was left out as too fast."""

    texts: tuple[VisibleText, ...] = ()
    unlisted: int = 0  # read, but shown faster than anybody could read them
    unread_ms: int = 0  # of the clip, in which some text was found and not read


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings hold everything found in a clip.

    `None` where there was nothing to look at or listen to, or where it was not done.
    """

    duration_ms: int
    shots: tuple[Shot, ...] | None = None
    texts: TextSightings | None = None
    sound: SoundKinds | None = None
    utterances: tuple[Utterance, ...] | None = None  # None: not transcribed
    speakers_told_apart: bool = False

"""Keep where an analysis is, for whoever waits for it.

Threads write, the server reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# How long the parts of listening take, one to the other, as measured on two cores (docs/engine.md).
HEAR, TELL_APART, TRANSCRIBE = 1, 15, 5


@dataclass(slots=True)
class Progress:
    """Progress says how far picture and sound of a clip are, each from 0 to 1.

    None: there is none, or it was not begun.
    """

    duration_ms: int
    picture: float | None = None
    sound: float | None = None
    hearing: str = ""  # what is done with the sound
    _parts: list[int] = field(default_factory=list)  # of listening that are ahead, the one under way first
    _whole: int = 1

    def begin_sound(self, parts: Sequence[int]) -> None:
        """Begin to listen, in parts that take so long, one to the other."""
        self.sound, self._parts, self._whole = 0.0, list(parts), sum(parts)

    def begin_part(self, hearing: str) -> None:
        """Begin the next part of listening."""
        self.hearing = hearing

    def heard(self, share: float) -> None:
        """Note how much of the part under way is done, from 0 to 1."""
        ahead = sum(self._parts) - min(share, 1.0) * self._parts[0]
        self.sound = 1 - ahead / self._whole

    def end_part(self) -> None:
        """End the part of listening under way."""
        del self._parts[0]
        self.sound = 1 - sum(self._parts) / self._whole

    @property
    def share(self) -> float:
        """Return how much is done, from 0 to 1.

        Picture and sound are analysed side by side.

        >>> Progress(1000, picture=0.5, sound=0.2).share
        0.2
        """
        return min((part for part in (self.picture, self.sound) if part is not None), default=0.0)

    def as_json(self) -> dict[str, object]:
        """Return what the server tells."""
        return {
            "duration_ms": self.duration_ms,
            "share": round(self.share, 3),
            "picture_ms": None if self.picture is None else round(self.picture * self.duration_ms),
            "sound": None if self.sound is None else round(self.sound, 3),
            "hearing": self.hearing,
        }

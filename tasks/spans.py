"""Define a span, a stretch of a recording in milliseconds from its start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tasks.timecode import format_ms


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A span is a stretch `[start_ms, end_ms)` of a recording.

    >>> Span(0, 60_000).contains(Span(500, 1_000))
    True
    """

    start_ms: int
    end_ms: int

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    def contains(self, other: Span) -> bool:
        """Return whether `other` lies wholly inside."""
        return self.start_ms <= other.start_ms and other.end_ms <= self.end_ms

    def clip(self, other: Span) -> Span:
        """Return the part of `other` that lies inside, which may be empty.

        >>> Span(0, 5_000).clip(Span(3_000, 10_000)), Span(0, 2_000).clip(Span(3_000, 10_000))
        (Span(start_ms=3000, end_ms=5000), Span(start_ms=2000, end_ms=2000))
        """
        start, end = (min(max(ms, self.start_ms), self.end_ms) for ms in (other.start_ms, other.end_ms))
        return Span(start, end)

    def clip_all(self, others: Iterable[Span]) -> tuple[Span, ...]:
        """Return the parts of several spans that lie inside, without empty ones."""
        return tuple(part for part in map(self.clip, others) if part.duration_ms > 0)

    @property
    def label(self) -> str:
        """Return the span for people, as `00:00.000-04:00.000`."""
        return f"{format_ms(self.start_ms)}-{format_ms(self.end_ms)}"

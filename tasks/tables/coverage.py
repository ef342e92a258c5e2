"""Count how much of a recording is covered by answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.media_records import MissingPart
from tasks.records import Span


def covered_share(ok: Iterable[Span], duration_ms: int, missing: Iterable[MissingPart] = ()) -> float:
    """Return the share of the duration, 0 to 1, that lies in at least one span.

    Overlaps count once, and what is missing of the recording does not count.

    >>> covered_share([Span(0, 400), Span(300, 500)], duration_ms=1000)
    0.5
    """
    spans = list(ok)
    if duration_ms <= 0:
        return 1.0 if spans else 0.0  # an image has no length
    lost = [Span(part.start_ms, part.end_ms) for part in missing]
    covered = _length_of_all([*spans, *lost]) - _length_of_all(lost)
    return min(1.0, covered / duration_ms)


def _length_of_all(spans: Iterable[Span]) -> int:
    """Return how long the spans are together; overlaps count once."""
    length = reached = 0
    for span in sorted(spans):
        length += max(0, span.end_ms - max(span.start_ms, reached))
        reached = max(reached, span.end_ms)
    return length

"""Plan the spans to ask about: cut in a pause, or else overlapping.

Spans are about equally long and at most as long as the scenario recommends for sound. Where a pause is near the place
of a cut, the cut lies in it, and nothing is heard twice. Where there is none, the two spans overlap by a few seconds,
and each owns what lies on its side of the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tasks.planning.spans import GRID_MS
from tasks.records import Span

OVERLAP_MS = 6000  # words are heard badly within about a second of a cut; so much is left between
NEAR_MS = 15_000  # how far a cut is moved into a pause
SHORTEST_LIMIT_MS = 8 * GRID_MS  # the least that spans may be limited to
_SHORTEST_PAUSE_MS = 200


@dataclass(frozen=True, slots=True)
class OwnedSpan:
    """Hold a span to ask about, and the window of it that is its own.

    The windows cover the recording once.
    """

    span: Span
    owned: Span


def plan_owned_spans(duration_ms: int, limit_ms: int, pauses: Sequence[Span]) -> tuple[OwnedSpan, ...]:
    """Cut a recording into spans of at most `limit_ms`, in pauses where near.

    Cuts lie on the 500 ms grid.

    Raises ValueError for a recording without duration and for a limit below 4 s.

    >>> [one.span.label for one in plan_owned_spans(100_000, 60_000, [Span(44_000, 46_000)])]
    ['00:00.000-00:45.000', '00:45.000-01:40.000']
    >>> [(one.span.start_ms, one.owned.start_ms) for one in plan_owned_spans(100_000, 60_000, [])]
    [(0, 0), (47000, 50000)]
    """
    if duration_ms <= 0:
        raise ValueError(f"expected a recording that lasts, found {duration_ms} ms")
    if limit_ms < SHORTEST_LIMIT_MS:
        raise ValueError(f"expected spans of at least {SHORTEST_LIMIT_MS} ms, found {limit_ms}")
    if duration_ms <= limit_ms:
        whole = Span(0, duration_ms)
        return (OwnedSpan(whole, whole),)
    overlap = min(OVERLAP_MS, _on_grid(limit_ms // 4))
    cuts = _cuts(duration_ms, limit_ms, overlap, pauses)
    borders = [0, *(cut.border_ms for cut in cuts), duration_ms]
    begins = [0, *(cut.border_ms - cut.half_ms for cut in cuts)]
    ends = [*(cut.border_ms + cut.half_ms for cut in cuts), duration_ms]
    owned = [Span(start, end) for start, end in pairwise(borders)]
    return tuple(
        OwnedSpan(Span(begin, min(end, duration_ms)), own) for begin, end, own in zip(begins, ends, owned, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Cut:
    border_ms: int
    half_ms: int  # of the overlap, on each side of the border; 0 in a pause


def _cuts(duration_ms: int, limit_ms: int, overlap_ms: int, pauses: Sequence[Span]) -> list[_Cut]:
    """Cut where what is left is divided evenly, or in a pause nearby."""
    half = max(GRID_MS, _on_grid(overlap_ms // 2))
    cuts: list[_Cut] = []
    begin = border = 0  # of the span that is cut off: it begins before its border where it overlaps
    while duration_ms - begin > limit_ms:
        pieces = -(-(duration_ms - border) // (limit_ms - 2 * half))
        even_ms = _on_grid(border + (duration_ms - border) // pieces)
        even_ms = min(even_ms, _on_grid(begin + limit_ms - half))
        pause = _pause_near(even_ms, begin, begin + limit_ms, pauses)
        cut = _Cut(even_ms, half) if pause is None else _Cut(pause, 0)
        cuts.append(cut)
        border, begin = cut.border_ms, cut.border_ms - cut.half_ms
    return cuts


def _pause_near(even_ms: int, begin: int, latest: int, pauses: Sequence[Span]) -> int | None:
    """Find the grid point in the best pause, long and near; None: there is none."""
    found: tuple[float, int] | None = None
    for pause in pauses:
        point = _grid_point(pause)
        if point is None or not begin + 2 * GRID_MS <= point <= latest or abs(point - even_ms) > NEAR_MS:
            continue
        worth = min(pause.duration_ms, 2000) - abs(point - even_ms) / 10
        if found is None or worth > found[0]:
            found = (worth, point)
    return found[1] if found else None


def _grid_point(pause: Span) -> int | None:
    """Find the grid point deepest in a pause; None where none lies well inside."""
    if pause.duration_ms < _SHORTEST_PAUSE_MS:
        return None
    middle = (pause.start_ms + pause.end_ms) // 2
    point = (middle + GRID_MS // 2) // GRID_MS * GRID_MS
    margin = min(_SHORTEST_PAUSE_MS, pause.duration_ms) // 2
    return point if pause.start_ms + margin <= point <= pause.end_ms - margin else None


def _on_grid(ms: int) -> int:
    return ms // GRID_MS * GRID_MS

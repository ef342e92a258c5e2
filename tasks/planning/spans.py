"""Divide a recording into few spans of about equal length."""

from __future__ import annotations

from tasks.records import Span

GRID_MS = 500  # every boundary lies on it, so that two frames per second cut exactly


def step_ms(limit_ms: int) -> int:
    """Return the grid of cuts: whole seconds where the limit allows it.

    The service leaves a last half second unseen. A limit below a second falls back to the half-second grid.

    >>> step_ms(60_000)
    1000
    """
    return 2 * GRID_MS if limit_ms >= 2 * GRID_MS else GRID_MS


def fewest_pieces(duration_ms: int, limit_ms: int) -> int:
    """Count the spans into which `duration_ms` is cut, none longer than `limit_ms`.

    `limit_ms` is at least half a second.

    >>> fewest_pieces(150_000, 60_000)
    3
    """
    step = step_ms(limit_ms)
    longest = max(step, limit_ms // step * step)
    return max(1, -(-duration_ms // longest))


def split(duration_ms: int, pieces: int, step: int) -> tuple[Span, ...]:
    """Divide `[0, duration_ms)` into spans that differ by one `step` at most.

    The last one is cut at the end. There must be a step for each piece.

    >>> split(2_500, 2, 1000)
    (Span(start_ms=0, end_ms=1000), Span(start_ms=1000, end_ms=2500))
    """
    steps = -(-duration_ms // step)
    cuts = [step * (piece * steps // pieces) for piece in range(pieces)]
    return tuple(Span(start, end) for start, end in zip(cuts, [*cuts[1:], duration_ms], strict=True))

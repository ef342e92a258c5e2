"""Where a recording is cut: as few pieces as the limit allows, all of about the same length."""

from __future__ import annotations

from tasks.records import Span

GRID_MS = 500  # every boundary lies on it, so that two frames per second cut exactly


def step_ms(limit_ms: int) -> int:
    """The grid on which cuts are placed: whole seconds, since the service leaves a last half second unseen.

    A limit below a second falls back to the half-second grid.
    """
    return 2 * GRID_MS if limit_ms >= 2 * GRID_MS else GRID_MS


def fewest_pieces(duration_ms: int, limit_ms: int) -> int:
    """Into how many spans `duration_ms` must be cut so that none is longer than `limit_ms`, at least half a second."""
    step = step_ms(limit_ms)
    longest = max(step, limit_ms // step * step)
    return max(1, -(-duration_ms // longest))


def split(duration_ms: int, pieces: int, step: int) -> tuple[Span, ...]:
    """`[0, duration_ms)` in `pieces` spans whose lengths differ by one `step` at most, the last one cut at the end.

    There must be a step for each piece.
    """
    steps = -(-duration_ms // step)
    cuts = [step * (piece * steps // pieces) for piece in range(pieces)]
    return tuple(Span(start, end) for start, end in zip(cuts, [*cuts[1:], duration_ms], strict=True))

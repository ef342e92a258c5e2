"""Compute with sorted lists of stretches of time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.findings import Stretch


def joined(stretches: Iterable[Stretch], gap_ms: int = 0) -> list[Stretch]:
    """Sort stretches, and join those that overlap or lie close.

    Close is at most `gap_ms` apart.
    """
    result: list[Stretch] = []
    for each in sorted(stretches):
        if result and each.start_ms <= result[-1].end_ms + gap_ms:
            result[-1] = Stretch(result[-1].start_ms, max(result[-1].end_ms, each.end_ms))
        else:
            result.append(each)
    return result


def clipped(stretches: Iterable[Stretch], start_ms: int, end_ms: int) -> list[Stretch]:
    """Return the parts of the stretches inside `[start_ms, end_ms)`."""
    inside = (Stretch(max(each.start_ms, start_ms), min(each.end_ms, end_ms)) for each in stretches)
    return [each for each in inside if each.start_ms < each.end_ms]


def overlap_ms(stretch: Stretch, others: Iterable[Stretch]) -> int:
    """Return how much of `stretch` is covered by `others`.

    These must not overlap each other.
    """
    return sum(each.duration_ms for each in clipped(others, stretch.start_ms, stretch.end_ms))


def without(stretches: Sequence[Stretch], holes: Sequence[Stretch]) -> list[Stretch]:
    """Cut `holes` (sorted, not overlapping) out of `stretches`."""
    result: list[Stretch] = []
    for each in stretches:
        start = each.start_ms
        for hole in clipped(holes, each.start_ms, each.end_ms):
            if start < hole.start_ms:
                result.append(Stretch(start, hole.start_ms))
            start = hole.end_ms
        if start < each.end_ms:
            result.append(Stretch(start, each.end_ms))
    return result


def at_least(stretches: Iterable[Stretch], shortest_ms: int) -> list[Stretch]:
    return [each for each in stretches if each.duration_ms >= shortest_ms]

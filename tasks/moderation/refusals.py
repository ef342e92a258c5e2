"""Narrow down what a provider refuses, by halving, within bounds.

Decided from the answers so far alone, as tasks/omni/policy.py decides: killed between two questions, a run goes on from
there. The largest refused part is halved first, so that where calls run out no part that stays is larger than it must.

**The most that it may cost.** MOST_CALLS questions beyond the two about the whole segment (the question and one that
confirms the refusal). One refused place in an hour takes 14 of them down to 28 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.planning.spans import GRID_MS
from tasks.records import Span

SMALL_MS = 30_000  # a part no longer than this is not halved any more
MOST_CALLS = 16


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """A part's answer says whether it was refused.

    Not refused are also answers that failed in another way.
    """

    span: Span
    refused: bool


@dataclass(frozen=True, slots=True)
class NarrowingLimits:
    """Bound how far a refused segment is narrowed down."""

    small_ms: int = SMALL_MS
    most_calls: int = MOST_CALLS


LIMITS = NarrowingLimits()


def next_part(segment: Span, answers: Sequence[PartAnswer], limits: NarrowingLimits = LIMITS) -> Span | None:
    """Choose the part of a refused segment to ask about next.

    None: it is narrowed down, or may cost no more.

    `answers` are those about its parts. An image, whose span has no length, has no parts.

    >>> next_part(Span(0, 120_000), [])
    Span(start_ms=0, end_ms=60000)
    >>> next_part(Span(0, 120_000), [PartAnswer(Span(0, 60_000), True)])
    Span(start_ms=60000, end_ms=120000)
    """
    if len(answers) >= limits.most_calls:
        return None
    known = {answer.span: answer for answer in answers}
    # A part is halved whole or not at all: its first half alone would say nothing about the second.
    begun = [half for part in _halved(segment, known) for half in _halves(part) if half not in known]
    if begun:
        return begun[0]
    room = limits.most_calls - len(answers)
    open_parts = [part for part in _smallest_refused(segment, known) if _can_be_halved(part, limits)]
    if not open_parts or room < 2:
        return None
    return _halves(max(open_parts, key=lambda part: (part.duration_ms, -part.start_ms)))[0]


def refused_parts(segment: Span, answers: Sequence[PartAnswer]) -> tuple[Span, ...]:
    """List the smallest parts that were refused, in their order.

    () where every part of it was answered after all.

    >>> halves = [PartAnswer(Span(0, 60_000), True), PartAnswer(Span(60_000, 120_000), False)]
    >>> refused_parts(Span(0, 120_000), halves)
    (Span(start_ms=0, end_ms=60000),)
    """
    return tuple(sorted(_smallest_refused(segment, {answer.span: answer for answer in answers})))


def _smallest_refused(part: Span, known: dict[Span, PartAnswer]) -> list[Span]:
    """List the refused parts below a refused one.

    Itself, as long as not both of its halves are known.
    """
    halves = _halves(part) if part.duration_ms >= 2 * GRID_MS else ()
    if not halves or not all(half in known for half in halves):
        return [part]
    return [small for half in halves if known[half].refused for small in _smallest_refused(half, known)]


def _halved(part: Span, known: dict[Span, PartAnswer]) -> list[Span]:
    """Return the refused parts of which one half is known, from the largest down."""
    halves = _halves(part) if part.duration_ms >= 2 * GRID_MS else ()
    if not any(half in known for half in halves):
        return []
    refused = [half for half in halves if half in known and known[half].refused]
    return [part, *(deeper for half in refused for deeper in _halved(half, known))]


def _can_be_halved(part: Span, limits: NarrowingLimits) -> bool:
    return part.duration_ms > max(limits.small_ms, 2 * GRID_MS)


def _halves(part: Span) -> tuple[Span, Span]:
    """Split a part into two halves on the grid."""
    middle = part.start_ms + round(part.duration_ms / 2 / GRID_MS) * GRID_MS
    return Span(part.start_ms, middle), Span(middle, part.end_ms)

"""Follow moving text: where it went, and whether it is the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.ocr import FoundBox

Grey = NDArray[np.uint8]

SLACK = 3  # px by which texts that move together may differ in their shift
SURE_LOOK = 0.8  # correlation above which a text is found again elsewhere
MOST_VOTERS = 6  # texts that are searched for to learn a shift; the others follow it
LEAST_DETAIL = 1.0  # standard deviation of grey levels below which a place shows nothing


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift is a move from one frame to the next.

    It is in pixels; right and down are positive.
    """

    dx: int = 0
    dy: int = 0

    def near(self, other: Shift) -> bool:
        return abs(self.dx - other.dx) <= SLACK and abs(self.dy - other.dy) <= SLACK


STILL = Shift()


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch is a text's position in a frame, and how it looked there."""

    box: FoundBox
    look: Grey


def likeness_at(patch: Patch, grey: Grey, shift: Shift = STILL) -> float:
    """Correlate a frame at a position with the known look, -1 to 1.

    It is -1 where the position is outside or shows nothing.
    """
    moved = patch.box.moved(shift.dx, shift.dy, grey.shape[1], grey.shape[0])
    if moved is None:
        return -1.0
    there = moved.cut(grey)
    if there.shape != patch.look.shape or patch.look.size == 0 or float(there.std()) < LEAST_DETAIL:
        return -1.0
    return float(cv2.matchTemplate(there, patch.look, cv2.TM_CCOEFF_NORMED)[0, 0])


def best_shift(patch: Patch, grey: Grey) -> Shift | None:
    """Search for where a text went; None where it is nowhere to be seen.

    The search looks along the column and the row through it.
    """
    box, (height, width) = patch.box, grey.shape
    if patch.look.size == 0 or float(patch.look.std()) < LEAST_DETAIL:
        return None
    column = (max(0, box.left - SLACK), 0, min(width, box.right + SLACK), height)
    row = (0, max(0, box.top - SLACK), width, min(height, box.bottom + SLACK))
    found: list[tuple[float, Shift]] = []
    for left, top, right, bottom in (column, row):
        strip = grey[top:bottom, left:right]
        if strip.shape[0] < patch.look.shape[0] or strip.shape[1] < patch.look.shape[1]:
            continue
        _, score, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(strip, patch.look, cv2.TM_CCOEFF_NORMED))
        found.append((score, Shift(left + x - box.left, top + y - box.top)))
    score, shift = max(found, key=lambda pair: pair[0], default=(0.0, STILL))
    return shift if score >= SURE_LOOK else None


def common_shift(patches: Sequence[Patch], grey: Grey, before: Shift) -> Shift:
    """Return the move that most of the texts made together; STILL for none.

    `patches` are texts that no longer look the same where they stood; `before` is the move of the frame before, which
    is tried first, as what scrolls does so evenly.
    """
    voters = sorted(patches, key=lambda patch: patch.box.area, reverse=True)[:MOST_VOTERS]
    if before != STILL and any(likeness_at(patch, grey, before) >= SURE_LOOK for patch in voters):
        return before
    votes = [shift for patch in voters if (shift := best_shift(patch, grey)) is not None and not shift.near(STILL)]
    if not votes:
        return STILL
    agreeing = max(([other for other in votes if other.near(vote)] for vote in votes), key=len)
    if len(agreeing) < min(2, len(voters)):
        return STILL
    return Shift(round(float(np.median([s.dx for s in agreeing]))), round(float(np.median([s.dy for s in agreeing]))))


def followed(patch: Patch, grey: Grey, shift: Shift, enough: float) -> FoundBox | None:
    """Return the text's box in this frame; None where it is not there.

    It is a pixel or two from where the common move puts it.
    """
    near = [Shift(shift.dx + dx, shift.dy + dy) for dx, dy in _NEARBY]
    score, best = max(((likeness_at(patch, grey, each), each) for each in near), key=lambda pair: pair[0])
    if score < enough:
        return None
    return patch.box.moved(best.dx, best.dy, grey.shape[1], grey.shape[0])


_NEARBY = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (0, 2), (0, -2))

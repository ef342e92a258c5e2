"""Find text in one frame, and read it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine import models
from engine.decoding import Frame

_NARROW = str.maketrans("！？，：；．", "!?,:;.")
UPRIGHT_RATIO = 1.5  # a box this much higher than wide holds vertical text and is turned


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A found box has a text's four corners, and the upright box around them, in px.

    The corners go clockwise from top left in reading direction.
    """

    corners: tuple[tuple[float, float], ...]
    left: int
    top: int
    right: int
    bottom: int

    def overlap(self, other: FoundBox) -> float:
        """Return the intersection over the union, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        return width * height / (self.area + other.area - width * height)

    def moved(self, dx: int, dy: int, width: int, height: int) -> FoundBox | None:
        """Move the box right and down, in pixels.

        None where part of it would lie outside a frame of that size.
        """
        left, top, right, bottom = self.left + dx, self.top + dy, self.right + dx, self.bottom + dy
        if left < 0 or top < 0 or right > width or bottom > height:
            return None
        return FoundBox(tuple((x + dx, y + dy) for x, y in self.corners), left, top, right, bottom)

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    def cut(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return picture[self.top : self.bottom, self.left : self.right].copy()


def find_boxes(frame: Frame) -> list[FoundBox]:
    """Find where text is, from top to bottom."""
    with models.text_finder().using() as finder:
        corners = finder(np.ascontiguousarray(frame)).boxes
    if corners is None:
        return []
    height, width = frame.shape[:2]
    boxes = [_box(quad, width, height) for quad in corners]
    return sorted((box for box in boxes if box.area > 0), key=lambda box: (box.top, box.left))


def _box(quad: NDArray[np.float32], width: int, height: int) -> FoundBox:
    left, top = (int(value) for value in np.floor(quad.min(axis=0)))
    right, bottom = (int(value) for value in np.ceil(quad.max(axis=0)))
    return FoundBox(
        tuple((float(x), float(y)) for x, y in quad), max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    )


def read_box(frame: Frame, box: FoundBox) -> tuple[str, float]:
    """Read the text in a box, and how sure the recogniser is of it, 0 to 1."""
    with models.text_reader().using() as reader:
        answer = reader(_straightened(frame, box))
    if not answer.txts:
        return "", 0.0
    return western_marks(str(answer.txts[0]).strip()), float(answer.scores[0])


def western_marks(text: str) -> str:
    """Narrow full-width punctuation behind Western letters.

    That holds as long as no Chinese stands before it.

    The recogniser, which knows both, often gives an English sentence a Chinese exclamation mark.
    """
    behind = re.match(r"[\x00-\u024f！？，：；．]*", text)
    assert behind is not None
    western = behind.group()
    return western.translate(_NARROW) + text[len(western) :] if re.search(r"[A-Za-z0-9]", western) else text


def _straightened(frame: Frame, box: FoundBox) -> Frame:
    corners = np.asarray(box.corners, np.float32)
    width = max(1, round(float(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3])))))
    height = max(1, round(float(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])))))
    target = np.asarray([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    straight = cv2.warpPerspective(
        frame,
        cv2.getPerspectiveTransform(corners, target),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    turned = np.rot90(straight) if height >= UPRIGHT_RATIO * width else straight
    return np.ascontiguousarray(turned, np.uint8)

"""Describe how a text looks, in plain words: size, tones, position. Measured."""

from __future__ import annotations

import cv2
import numpy as np

from engine.decoding import Frame
from engine.ocr import FoundBox

LARGE_SHARE, SMALL_SHARE = 0.08, 0.04  # of the frame's height


def describe(frame: Frame, box: FoundBox) -> str:
    """Describe a text: "large light text on a dark background, bottom centre"."""
    height, width = frame.shape[:2]
    return f"{_size((box.bottom - box.top) / height)} {_tones(frame, box)}, {_position(box, width, height)}"


def _size(share: float) -> str:
    if share >= LARGE_SHARE:
        return "large"
    return "small" if share < SMALL_SHARE else "medium-sized"


def _tones(frame: Frame, box: FoundBox) -> str:
    """Letters cover less of their box than the background does."""
    grey = cv2.cvtColor(box.cut(frame), cv2.COLOR_BGR2GRAY)
    _, light = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    letters_are_light = float(np.mean(light)) < 127.5
    return "light text on a darker background" if letters_are_light else "dark text on a lighter background"


def _position(box: FoundBox, width: int, height: int) -> str:
    across = ("left", "centre", "right")[min(2, (box.left + box.right) * 3 // (2 * width))]
    down = ("top", "middle", "bottom")[min(2, (box.top + box.bottom) * 3 // (2 * height))]
    return "centre" if (down, across) == ("middle", "centre") else f"{down} {across}"

"""Read images and frame lists one by one, at the size of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from engine.decoding import Frame, analysed_size
from engine.failures import Refusal


def _read(path: Path) -> Frame:
    data = np.fromfile(path, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise Refusal("An image could not be decoded; expected JPEG, PNG, WebP or BMP.")
    return np.asarray(picture, np.uint8)


def size_of(path: Path) -> tuple[int, int]:
    """Return width and height in pixels.

    Raises Refusal for what is no image.
    """
    height, width = _read(path).shape[:2]
    return width, height


def picture_frames(paths: Sequence[Path]) -> Iterator[Frame]:
    """Yield the pictures in order, scaled to fit the first one's size.

    Black is around them where the shapes differ.
    """
    size: tuple[int, int] | None = None
    for path in paths:
        picture = _read(path)
        size = size or analysed_size(picture.shape[1], picture.shape[0])
        yield _fitted(picture, size)


def _fitted(picture: Frame, size: tuple[int, int]) -> Frame:
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    new_width, new_height = max(1, min(size[0], round(width * scale))), max(1, min(size[1], round(height * scale)))
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    canvas[:new_height, :new_width] = cv2.resize(picture, (new_width, new_height), interpolation=cv2.INTER_AREA)
    return canvas

"""Find shots: where the difference between two frames is a cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.decoding import Frame
from engine.findings import Shot

SMALL = (80, 45)  # px; the size at which frames are compared
HARD_CUT = 40.0  # mean change of hue, saturation and value, 0 to 255, that no motion makes between two frames
SOFT_CUT = 14.0  # enough where the pictures around are calm ...
CALM_RATIO = 3.0  # ... that is, change this many times less
NEIGHBOURS = 4  # frames on each side that say how lively the picture is
LEAST_LIKE = 0.6  # correlation of the colour histograms above which a change is motion, not a cut
SHORTEST_SHOT_FRAMES = 2


@dataclass(slots=True)
class ShotMeter:
    """Take the frames in order and keep a few numbers of each."""

    change: list[float] = field(default_factory=list)  # from the frame before, 0 for the first
    likeness: list[float] = field(default_factory=list)  # of the colours to the frame before
    brightness: list[float] = field(default_factory=list)
    contrast: list[float] = field(default_factory=list)
    _small: NDArray[np.int16] | None = None
    _colours: NDArray[np.float32] | None = None

    def add(self, frame: Frame) -> None:
        colours = cv2.cvtColor(cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2HSV)
        histogram = cv2.calcHist([colours], [0, 2], None, [16, 16], [0, 180, 0, 256])
        small = colours.astype(np.int16)
        if self._small is None or self._colours is None:
            self.change.append(0.0)
            self.likeness.append(1.0)
        else:
            difference = np.abs(small - self._small)
            difference[..., 0] = np.minimum(difference[..., 0], 180 - difference[..., 0])
            self.change.append(float(difference.mean()))
            self.likeness.append(float(cv2.compareHist(self._colours, histogram, cv2.HISTCMP_CORREL)))
        value = small[..., 2]
        self.brightness.append(float(value.mean()))
        self.contrast.append(float(value.std()))
        self._small, self._colours = small, np.asarray(histogram, np.float32)

    def shots(self, rate: float, duration_ms: int) -> list[Shot]:
        """Return the shots of all frames seen, which came at `rate` per second.

        Together they cover the clip.
        """
        if not self.change:
            return []
        starts = [0, *cuts(self.change, self.likeness)]
        ends = [*starts[1:], len(self.change)]
        return [
            Shot(
                start_ms=round(start * 1000 / rate),
                end_ms=max(duration_ms, 1) if end == len(self.change) else round(end * 1000 / rate),
                brightness=float(np.mean(self.brightness[start:end])),
                contrast=float(np.mean(self.contrast[start:end])),
                motion=float(np.mean(self.change[start + 1 : end])) if end - start > 1 else 0.0,
            )
            for start, end in zip(starts, ends, strict=True)
        ]


def cuts(change: Sequence[float], likeness: Sequence[float]) -> list[int]:
    """Return the numbers of the frames that begin a new shot, but for the first."""
    found: list[int] = []
    for index in range(1, len(change)):
        around = [*change[max(1, index - NEIGHBOURS) : index], *change[index + 1 : index + 1 + NEIGHBOURS]]
        usual = float(np.median(around)) if around else 0.0
        stands_out = change[index] >= CALM_RATIO * max(usual, 1.0)
        soft = change[index] >= SOFT_CUT and stands_out
        hard = change[index] >= HARD_CUT and (stands_out or likeness[index] < LEAST_LIKE)
        far = not found or index - found[-1] >= SHORTEST_SHOT_FRAMES
        if (hard or soft) and far:
            found.append(index)
    return found

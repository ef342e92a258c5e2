"""What the drawn scenes are put together from: shapes, waves, boats, fish and people, on BGR frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Colour = tuple[int, int, int]  # red, green, blue

WIDTH, HEIGHT = 1280, 720
SUB = 4  # bits of sub-pixel precision: slow shapes glide instead of jumping


def at(x: float, y: float) -> tuple[int, int]:
    return round(x * (1 << SUB)), round(y * (1 << SUB))


def bgr(colour: Colour) -> tuple[int, int, int]:
    return colour[2], colour[1], colour[0]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def ease(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


@cache
def plain(colour: Colour) -> Frame:
    return np.full((HEIGHT, WIDTH, 3), bgr(colour), np.uint8)


def column(top: Colour, bottom: Colour, height: int) -> Frame:
    share = np.linspace(0, 1, height)[:, None, None]
    return np.asarray(np.array(bgr(top)) * (1 - share) + np.array(bgr(bottom)) * share, np.uint8)


def sky(top: Colour, bottom: Colour) -> Frame:
    return np.repeat(column(top, bottom, HEIGHT), WIDTH, axis=1)


def shape(frame: Frame, points: Sequence[tuple[float, float]], colour: Colour) -> None:
    corners = np.array([at(x, y) for x, y in points], np.int32)
    cv2.fillPoly(frame, [corners], bgr(colour), cv2.LINE_AA, SUB)


def veil(frame: Frame, points: Sequence[tuple[float, float]], colour: Colour, share: float) -> None:
    above = frame.copy()
    shape(above, points, colour)
    cv2.addWeighted(above, share, frame, 1 - share, 0, frame)


def disc(frame: Frame, x: float, y: float, radius: float, colour: Colour) -> None:
    cv2.circle(frame, at(x, y), round(radius * (1 << SUB)), bgr(colour), -1, cv2.LINE_AA, SUB)


def glow(frame: Frame, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
    height, width = frame.shape[:2]
    left, right = max(0, int(x - radius)), min(width, int(x + radius))
    top, bottom = max(0, int(y - radius)), min(height, int(y + radius))
    rows, columns = np.mgrid[top:bottom, left:right]
    far = np.hypot(columns - x, rows - y) / radius
    share = (strength * np.clip(1 - far, 0, 1) ** 2)[:, :, None]
    part = frame[top:bottom, left:right]
    part[:] = np.asarray(part * (1 - share) + np.array(bgr(colour)) * share, np.uint8)


def wave(width: int, bottom: int, y: float, height: float, length: float, phase: float) -> list[tuple[float, float]]:
    crest = [(float(x), y + height * math.sin(2 * math.pi * x / length + phase)) for x in range(0, width + 20, 20)]
    return [*crest, (width, bottom), (0, bottom)]


def sea(frame: Frame, y: float, t: float, colour: Colour) -> None:
    for band in range(4):
        shade = mix(colour, (8, 26, 52), 0.2 * band)
        crest = wave(WIDTH, HEIGHT, y + 58 * band, 5 + 2 * band, 260 + 90 * band, t * (0.9 + 0.25 * band) + band)
        shape(frame, crest, shade)


def boat(frame: Frame, x: float, y: float, size: float, hull: Colour, sail: Colour) -> None:
    def put(points: Sequence[tuple[float, float]], colour: Colour) -> None:
        shape(frame, [(x + size * a, y + size * b) for a, b in points], colour)

    put([(-2, -150), (4, -150), (4, 0), (-2, 0)], (70, 58, 50))
    put([(8, -146), (8, -18), (84, -18)], sail)
    put([(-6, -130), (-6, -18), (-60, -18)], mix(sail, (120, 120, 120), 0.15))
    put([(-84, -8), (96, -8), (66, 32), (-62, 32)], hull)


def cloud(frame: Frame, x: float, y: float, size: float) -> None:
    for right, down, radius in ((0, 0, 42), (48, -22, 54), (104, -6, 46), (52, 12, 48)):
        disc(frame, x + right * size, y + down * size, radius * size, (250, 252, 252))


def birds(frame: Frame, t: float) -> None:
    for bird in range(4):
        x, y = 300 + 46 * t + 90 * bird, 300 + 34 * (bird % 2) + 6 * math.sin(2 * t + bird)
        flap = 12 * math.sin(5 * t + bird)
        wing = [(x - 22, y - flap), (x, y), (x + 22, y - flap)]
        cv2.polylines(frame, [np.array([at(*p) for p in wing], np.int32)], False, (60, 44, 40), 3, cv2.LINE_AA, SUB)


def hand(frame: Frame, angle: float, start: float, end: float, thickness: int, colour: Colour) -> None:
    right, up = math.sin(angle), -math.cos(angle)
    ends = [at(360 + right * far, 300 + up * far) for far in (start, end)]
    cv2.line(frame, ends[0], ends[1], bgr(colour), thickness, cv2.LINE_AA, SUB)


def fish(frame: Frame, x: float, y: float, size: float, colour: Colour, swim: float) -> None:
    tail = 10 * math.sin(swim)
    dark = mix(colour, (40, 40, 60), 0.25)
    shape(
        frame,
        [(x - 50 * size, y), (x - 92 * size, y + (tail - 30) * size), (x - 92 * size, y + (tail + 30) * size)],
        dark,
    )
    axes = (round(62 * size * (1 << SUB)), round(32 * size * (1 << SUB)))
    cv2.ellipse(frame, at(x, y), axes, 0, 0, 360, bgr(colour), -1, cv2.LINE_AA, SUB)
    disc(frame, x + 36 * size, y - 8 * size, 6 * size, (30, 34, 44))


def weed(frame: Frame, x: float, y: float, height: float, swing: float, colour: Colour) -> None:
    spine = [(x + 16 * step / 8 * math.sin(swing + step / 2), y - height * step / 8) for step in range(9)]
    left = [(a - 9 * (1 - step / 9), b) for step, (a, b) in enumerate(spine)]
    right = [(a + 9 * (1 - step / 9), b) for step, (a, b) in enumerate(spine)]
    shape(frame, [*left, *reversed(right)], colour)


def walker(frame: Frame, x: float, y: float, t: float, coat: Colour) -> None:
    stride = 16 * math.sin(4 * t)
    for step in (stride, -stride):
        shape(frame, [(x - 7, y), (x + 7, y), (x + step + 6, y + 56), (x + step - 8, y + 56)], (52, 48, 56))
    shape(frame, [(x - 20, y - 78), (x + 20, y - 78), (x + 28, y + 8), (x - 28, y + 8)], coat)
    disc(frame, x, y - 98, 20, (226, 182, 150))
    shape(
        frame,
        [(x - 24, y - 106), (x + 24, y - 106), (x + 14, y - 124), (x - 14, y - 124)],
        mix(coat, (20, 20, 20), 0.4),
    )


def firework(frame: Frame, x: float, y: float, age: float, colour: Colour) -> None:
    if not 0 < age < 2:
        return
    reach = 150 * (1 - math.exp(-2.2 * age))
    light = mix(colour, (20, 26, 60), age / 2)
    for spark in range(18):
        angle = 2 * math.pi * spark / 18
        far = reach * (1 if spark % 2 else 0.7)
        disc(frame, x + far * math.cos(angle), y + far * math.sin(angle) + 14 * age * age, 6.4 - 2.4 * age, light)

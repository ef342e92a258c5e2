"""The documented token formulae, written a second time from the documentation: what the stand-in's usage says.

Nothing is shared with `tasks/tokens.py`, whose estimates are thereby checked. Names are the documentation's.
"""

from __future__ import annotations

import math

from tests.support.service_families import Family
from tests.support.service_faults import invalid

FRAME_FACTOR = 2
FPS = 2.0


def audio_tokens(seconds: float, family: Family) -> int:
    """Less than a second counts as one. The documentation leaves fractions of a token open: up."""
    return math.ceil(round(max(seconds, 1.0) * family.audio_per_second, 6))


def spoken_tokens(seconds: float, family: Family) -> int:
    return math.ceil(seconds * family.speech_per_second)


def image_tokens(
    height: int, width: int, family: Family, max_pixels: int | None = None, min_pixels: int | None = None
) -> int:
    f = family.f
    rounded = (round(height / f) * f, round(width / f) * f)
    h_bar, w_bar = fitted((height, width), rounded, f, min_pixels or family.image_min, max_pixels or family.image_max)
    return h_bar * w_bar // (f * f) + 2


def nframes(total_frames: int, rate: float, family: Family, fps: float = FPS) -> int:
    """How many frames of a video are looked at. Only FPS = 2 is documented; another rate is put in its place."""
    min_frames = math.ceil(family.fps_min_frames / FRAME_FACTOR) * FRAME_FACTOR
    max_frames = min(family.fps_max_frames, total_frames) // FRAME_FACTOR * FRAME_FACTOR
    duration = total_frames / rate
    counted = math.ceil((duration if duration - int(duration) > 1 / fps else int(duration)) * rate)
    looked_at = int(min(max(counted / rate * fps, min_frames), max_frames, counted))
    if not FRAME_FACTOR <= looked_at <= counted:
        raise invalid(f"Invalid video file: nframes should be in interval [{FRAME_FACTOR}, {counted}].")
    return looked_at


def frame_size(
    height: int,
    width: int,
    frames: int,
    family: Family,
    max_pixels: int | None = None,
    min_pixels: int | None = None,
    total_pixels: int | None = None,
) -> tuple[int, int]:
    """Height and width at which each of so many frames is seen."""
    least = min_pixels or family.video_min
    most = max_pixels or family.video_max
    if family.video_max_is_ceiling:
        most = min(most, family.video_max)
    largest = max(min(most, (total_pixels or family.total) / frames * FRAME_FACTOR), int(least * 1.05))
    f = family.f
    rounded = (max(f, round(height / f) * f), max(f, round(width / f) * f))
    return fitted((height, width), rounded, f, least, largest)


def video_tokens(frames: int, height: int, width: int, family: Family) -> int:
    """Of so many frames, seen at this size; the soundtrack comes on top."""
    return int(math.ceil(frames / FRAME_FACTOR) * height / family.f * width / family.f) + 2


def fitted(size: tuple[int, int], rounded: tuple[int, int], f: int, least: float, most: float) -> tuple[int, int]:
    """The vendor's smart resize of (height, width): multiples of f, between `least` and `most` pixels."""
    height, width = size
    h_bar, w_bar = rounded
    if h_bar * w_bar > most:
        beta = math.sqrt(height * width / most)
        return max(f, math.floor(height / beta / f) * f), max(f, math.floor(width / beta / f) * f)
    if h_bar * w_bar < least:
        beta = math.sqrt(least / (height * width))
        return math.ceil(height * beta / f) * f, math.ceil(width * beta / f) * f
    return h_bar, w_bar

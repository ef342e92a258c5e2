"""Count tokens as the service does, and find the size at which it sees pictures.

The documented formulae, exact to the unit. Sizes go in and out as (width, height) in pixels, as displayed; `c` is the
set of constants of the model's family. The steps are done in Python's floats and with Python's `round` (halves go to
the even neighbour), as in the documented sample code, so that the last unit agrees too. Every function raises
ValueError, with a sentence for people, for media that the service would refuse. The examples use these constants:

>>> from config.catalog import load_catalog
>>> c = load_catalog().models["qwen3.5-omni-flash"].tokens
>>> c.factor, c.audio_per_second
(32, 7.0)
"""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache

from config.types import TokenConstants

__all__ = [
    "TokenConstants",
    "audio_tokens",
    "frame_list_tokens",
    "image_size",
    "image_tokens",
    "text_tokens",
    "video_frame_size",
    "video_frames",
    "video_tokens",
]

SAMPLED_FPS = 2  # frames per second that the service looks at; no formula is documented for another rate
FRAMES_PER_TOKEN_ROW = 2  # two neighbouring frames share their tokens, so the bounds on frames are even
MARKERS = 2  # tokens around each image and each video
LARGEST_ASPECT = 200
SMALLEST_IMAGE_SIDE = 10  # px; a side must exceed it


def audio_tokens(duration_ms: int, c: TokenConstants) -> int:
    """Return the tokens of a sound: seconds x rate, at least those of one second.

    A fraction of a token is rounded up; the documentation leaves the rounding open.

    >>> from config.catalog import load_catalog
    >>> audio_tokens(10_000, load_catalog().models["qwen3.5-omni-flash"].tokens)
    70
    """
    if duration_ms < 0:
        raise ValueError(f"A sound cannot last {duration_ms} ms; expected 0 or more.")
    return math.ceil(max(duration_ms, 1000) * c.audio_per_second / 1000)


def image_size(width: int, height: int, c: TokenConstants, max_pixels: int | None = None) -> tuple[int, int]:
    """Return the (width, height) at which an image is seen.

    `max_pixels` replaces the default of the family.

    >>> from config.catalog import load_catalog
    >>> image_size(1920, 1080, load_catalog().models["qwen3.5-omni-flash"].tokens)
    (1504, 832)
    """
    if min(width, height) <= SMALLEST_IMAGE_SIDE:
        raise ValueError(f"An image of {width}x{height} is too small: both sides must exceed {SMALLEST_IMAGE_SIDE} px.")
    _check_aspect(width, height)
    most = c.image_max_pixels if max_pixels is None else max_pixels
    rounded = (_round_to(width, c.factor), _round_to(height, c.factor))
    return _fit((width, height), rounded, (c.image_min_pixels, most), c.factor)


def image_tokens(width: int, height: int, c: TokenConstants, max_pixels: int | None = None) -> int:
    """Return the tokens of one image.

    There is one per f x f square of the size at which it is seen, and two around it.

    >>> from config.catalog import load_catalog
    >>> image_tokens(1920, 1080, load_catalog().models["qwen3.5-omni-flash"].tokens)
    1224
    """
    seen_width, seen_height = image_size(width, height, c, max_pixels)
    return seen_width * seen_height // c.factor**2 + MARKERS


def video_frames(total_frames: int, rate: float, c: TokenConstants) -> int:
    """Return how many of a clip's frames, at `rate` per second, the service looks at.

    About two per second of whole seconds, between the family's bounds. A clip of half a second or less has no valid
    count and raises ValueError, as does one of fewer than two frames: repeat its last frame until it is a second
    long.

    >>> from config.catalog import load_catalog
    >>> video_frames(300, 30.0, load_catalog().models["qwen3.5-omni-flash"].tokens)
    20
    """
    if total_frames < 1 or rate <= 0:
        raise ValueError(f"Expected frames at a rate above 0, found {total_frames} frames at {rate:g} fps.")
    seconds = total_frames / rate
    whole = math.floor(seconds)
    counted = math.ceil((seconds if seconds - whole > 1 / SAMPLED_FPS else whole) * rate)
    wanted = max(math.floor(counted / rate * SAMPLED_FPS), _ceil_to_row(c.min_frames))
    frames = min(wanted, _floor_to_row(min(c.max_frames, total_frames)), counted)
    if frames < FRAMES_PER_TOKEN_ROW:
        raise ValueError(
            f"A clip of {total_frames} frames in {seconds:.3g} s is too short for the model: "
            "it needs two frames and more than half a second; repeat the last frame."
        )
    return frames


def video_frame_size(
    width: int, height: int, frames: int, c: TokenConstants, max_pixels: int | None = None
) -> tuple[int, int]:
    """Return the (width, height) at which each of `frames` frames is seen.

    The more frames, the smaller: all of them share the family's total. Where `video_max_pixels` is a ceiling, a
    larger `max_pixels` is clamped to it; otherwise `max_pixels` replaces it.

    >>> from config.catalog import load_catalog
    >>> video_frame_size(1920, 1080, 20, load_catalog().models["qwen3.5-omni-flash"].tokens, 230_400)
    (640, 352)
    """
    if min(width, height) < 1 or frames < 1:
        raise ValueError(f"Expected at least one frame of at least 1x1, found {frames} of {width}x{height}.")
    _check_aspect(width, height)
    per_frame = c.video_max_pixels if max_pixels is None else max_pixels
    if c.video_max_pixels_is_ceiling:
        per_frame = min(per_frame, c.video_max_pixels)
    shared = c.video_total_pixels / frames * FRAMES_PER_TOKEN_ROW
    most = max(min(per_frame, shared), int(1.05 * c.video_min_pixels))
    rounded = (max(c.factor, _round_to(width, c.factor)), max(c.factor, _round_to(height, c.factor)))
    return _fit((width, height), rounded, (c.video_min_pixels, most), c.factor)


def video_tokens(
    width: int, height: int, total_frames: int, rate: float, c: TokenConstants, max_pixels: int | None = None
) -> int:
    """Return the tokens of a clip's picture; those of its sound come on top.

    >>> from config.catalog import load_catalog
    >>> video_tokens(1920, 1080, 300, 30.0, load_catalog().models["qwen3.5-omni-flash"].tokens, 230_400)
    2202
    """
    return frame_list_tokens(width, height, video_frames(total_frames, rate, c), c, max_pixels)


def frame_list_tokens(width: int, height: int, frames: int, c: TokenConstants, max_pixels: int | None = None) -> int:
    """Return the tokens of a list of frames: all are looked at, none is sampled away.

    >>> from config.catalog import load_catalog
    >>> frame_list_tokens(1920, 1080, 20, load_catalog().models["qwen3.5-omni-flash"].tokens, 230_400)
    2202
    """
    seen_width, seen_height = video_frame_size(width, height, frames, c, max_pixels)
    rows = math.ceil(frames / FRAMES_PER_TOKEN_ROW)
    return rows * (seen_width // c.factor) * (seen_height // c.factor) + MARKERS


@lru_cache  # the same few prompts go with every recording
def text_tokens(text: str) -> int:
    """Estimate the tokens of a text roughly, for budgets only.

    There is one for each wide (Chinese, Japanese, Korean) character; of others bytes / 4.

    >>> text_tokens("Hello 世界")
    4
    """
    wide = [character for character in text if unicodedata.east_asian_width(character) in "WF"]
    wide_bytes = len("".join(wide).encode("utf-8", "replace"))
    other_bytes = len(text.encode("utf-8", "replace")) - wide_bytes
    return len(wide) + math.ceil(other_bytes / 4)


def _check_aspect(width: int, height: int) -> None:
    if max(width, height) > LARGEST_ASPECT * min(width, height):
        raise ValueError(
            f"A picture of {width}x{height} is too narrow: one side may be {LARGEST_ASPECT} times the other."
        )


def _fit(size: tuple[int, int], rounded: tuple[int, int], bounds: tuple[int, float], factor: int) -> tuple[int, int]:
    """Return `rounded` where its pixels lie within `bounds`, else a scaled `size`.

    It is scaled to the nearer bound, in multiples of `factor`. A side never falls below `factor`, which a very long
    picture under a very small bound would otherwise do.
    """
    width, height = size
    fewest, most = bounds
    pixels = rounded[0] * rounded[1]
    if pixels > most:
        beta = math.sqrt(width * height / most)
        return _shrink(width, beta, factor), _shrink(height, beta, factor)
    if pixels < fewest:
        beta = math.sqrt(fewest / (width * height))
        return math.ceil(width * beta / factor) * factor, math.ceil(height * beta / factor) * factor
    return rounded


def _ceil_to_row(frames: int) -> int:
    return math.ceil(frames / FRAMES_PER_TOKEN_ROW) * FRAMES_PER_TOKEN_ROW


def _floor_to_row(frames: int) -> int:
    return frames // FRAMES_PER_TOKEN_ROW * FRAMES_PER_TOKEN_ROW


def _shrink(side: int, beta: float, factor: int) -> int:
    return max(factor, math.floor(side / beta / factor) * factor)


def _round_to(side: int, factor: int) -> int:
    return round(side / factor) * factor

"""Choose the size and rate of frames: those that the model keeps by itself."""

from __future__ import annotations

import math

from config.types import ModelSpec, ScenarioMedia, ScenarioSpec, TokenConstants
from tasks.records import Picture
from tasks.tokens import SAMPLED_FPS, image_size, video_frame_size, video_frames


def request_max_pixels(media: ScenarioMedia, model: ModelSpec, width: int, height: int) -> int:
    """Return the `max_pixels` of a request for a recording of width x height.

    The scenario's range is resolved by the recording's size, and then held to the model's largest value.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> request_max_pixels(known.scenarios["quick"].video, known.models["qwen3.5-omni-flash"], 1920, 1080)
    230400
    """
    low = media.min_max_pixels or model.tokens.video_max_pixels
    high = media.max_max_pixels or low
    wanted = min(max(width * height, low), high)
    largest = [wanted]
    if model.video.largest_max_pixels is not None:
        largest.append(model.video.largest_max_pixels)
    if model.tokens.video_max_pixels_is_ceiling:
        largest.append(model.tokens.video_max_pixels)
    return min(largest)


def plan_image(width: int, height: int, scenario: ScenarioSpec, model: ModelSpec) -> Picture:
    """Plan how an image of width x height is seen.

    Its pixels lie within those of the scenario and of the model. Raises ValueError for an image that is too small or
    too narrow.

    >>> from config.catalog import load_catalog
    >>> known = load_catalog()
    >>> picture = plan_image(4000, 3000, known.scenarios["standard"], known.models["qwen3.5-omni-flash"])
    >>> picture.width, picture.height
    (1632, 1216)
    """
    wanted = min(max(width * height, scenario.image.min_max_pixels), scenario.image.max_max_pixels)
    largest = model.image.largest_max_pixels or model.tokens.image_max_pixels
    max_pixels = max(min(wanted, largest), model.tokens.image_min_pixels)
    seen_width, seen_height = image_size(width, height, model.tokens, max_pixels)
    return Picture(width=seen_width, height=seen_height, fps=0.0, frames=1, max_pixels=max_pixels)


def plan_picture(width: int, height: int, duration_ms: int, max_pixels: int, c: TokenConstants) -> Picture:
    """Plan the frames to send for `duration_ms` of a picture of width x height.

    Their number is the service's own count for that stretch at two frames per second, at least the family's fewest: a
    clip too short for them repeats its last frame. Where a stretch has more than the family's most, they are spread
    evenly over it. Applied to such a clip, the service's formulae give the same count and size again, save for pictures
    longer than about 50:1, whose rounding may fall below the smallest frame.
    Raises ValueError for an aspect ratio above 200:1.

    >>> from config.catalog import load_catalog
    >>> constants = load_catalog().models["qwen3.5-omni-flash"].tokens
    >>> plan_picture(1920, 1080, 60_000, 230_400, constants)
    Picture(width=640, height=352, fps=2.0, frames=120, max_pixels=230400)
    """
    seconds = duration_ms / 1000
    covering = math.ceil(seconds * SAMPLED_FPS)
    frames = video_frames(max(covering, c.min_frames, SAMPLED_FPS), SAMPLED_FPS, c)
    crowded = covering > frames >= c.max_frames // 2 * 2
    fps = min(float(SAMPLED_FPS), frames / seconds) if crowded else float(SAMPLED_FPS)
    seen_width, seen_height = video_frame_size(width, height, frames, c, max_pixels)
    return Picture(width=seen_width, height=seen_height, fps=fps, frames=frames, max_pixels=max_pixels)

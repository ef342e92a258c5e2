"""At which size and rate frames are sent: those the model would keep by itself, so that nothing is sent in vain."""

from __future__ import annotations

import math

from config.types import ModelSpec, ScenarioMedia, ScenarioSpec, TokenConstants
from tasks.records import Picture
from tasks.tokens import SAMPLED_FPS, image_size, video_frame_size, video_frames


def request_max_pixels(media: ScenarioMedia, model: ModelSpec, width: int, height: int) -> int:
    """The `max_pixels` of a request: a range is resolved by the recording's size, then held to the model's largest."""
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
    """How an image of width x height is seen: within the pixels of the scenario, and of the model.

    Raises ValueError for one that is too small or too narrow.
    """
    wanted = min(max(width * height, scenario.image.min_max_pixels), scenario.image.max_max_pixels)
    largest = model.image.largest_max_pixels or model.tokens.image_max_pixels
    max_pixels = max(min(wanted, largest), model.tokens.image_min_pixels)
    seen_width, seen_height = image_size(width, height, model.tokens, max_pixels)
    return Picture(width=seen_width, height=seen_height, fps=0.0, frames=1, max_pixels=max_pixels)


def plan_picture(width: int, height: int, duration_ms: int, max_pixels: int, c: TokenConstants) -> Picture:
    """The frames to send for `duration_ms` of a picture of width x height.

    Their number is the service's own count for that stretch at two frames per second, at least the family's fewest: a
    clip too short for them repeats its last frame. Where a stretch has more than the family's most, they are spread
    evenly over it. Applied to such a clip, the service's formulae give the same count and size again, save for pictures
    longer than about 50:1, whose rounding may fall below the smallest frame.
    Raises ValueError for an aspect ratio above 200:1.
    """
    seconds = duration_ms / 1000
    covering = math.ceil(seconds * SAMPLED_FPS)
    frames = video_frames(max(covering, c.min_frames, SAMPLED_FPS), SAMPLED_FPS, c)
    crowded = covering > frames >= c.max_frames // 2 * 2
    fps = min(float(SAMPLED_FPS), frames / seconds) if crowded else float(SAMPLED_FPS)
    seen_width, seen_height = video_frame_size(width, height, frames, c, max_pixels)
    return Picture(width=seen_width, height=seen_height, fps=fps, frames=frames, max_pixels=max_pixels)

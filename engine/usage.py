"""Count the tokens of a request and its answer, by the documented formulae.

The constants are those of the Qwen3.5-Omni family.

The engine bills nobody; it counts as the large model would, so that plans and prices can be tried out for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.failures import Refusal
from tasks import tokens

CONSTANTS = tokens.TokenConstants(
    factor=32,
    audio_per_second=7,
    speech_out_per_second=12.5,
    image_min_pixels=4 * 32**2,
    image_max_pixels=1280 * 32**2,
    video_min_pixels=64 * 32**2,
    video_max_pixels=640 * 32**2,
    video_max_pixels_is_ceiling=False,
    video_total_pixels=180_224 * 32**2,
    min_frames=2,
    max_frames=2048,
)


@dataclass(frozen=True, slots=True)
class PictureSize:
    """Frames of one size have `rate` frames per second.

    `max_pixels` is that of the request.
    """

    width: int
    height: int
    frames: int
    rate: float
    max_pixels: int | None = None


def video_tokens(size: PictureSize) -> int:
    try:
        return tokens.video_tokens(size.width, size.height, size.frames, size.rate, CONSTANTS, size.max_pixels)
    except ValueError as error:
        raise Refusal(str(error)) from error


def image_tokens(size: PictureSize) -> int:
    try:
        return tokens.image_tokens(size.width, size.height, CONSTANTS, size.max_pixels)
    except ValueError as error:
        raise Refusal(str(error)) from error


def audio_tokens(duration_ms: int) -> int:
    return tokens.audio_tokens(duration_ms, CONSTANTS)


def text_tokens(text: str) -> int:
    return tokens.text_tokens(text)


def shortened(text: str, most: int | None) -> tuple[str, bool]:
    """Cut the text to `most` tokens, and return whether it had to be cut."""
    if most is None or text_tokens(text) <= most:
        return text, False
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_tokens(text[:middle]) <= most else (low, middle - 1)
    return text[:low], True


def usage_block(inputs: dict[str, int], answer: str) -> dict[str, object]:
    """Return the documented `usage` object.

    `inputs` maps text, audio, video and image to tokens; zeros are left out.
    """
    completion = text_tokens(answer)
    prompt = sum(inputs.values())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {f"{kind}_tokens": count for kind, count in inputs.items() if count},
        "completion_tokens_details": {"text_tokens": completion},
    }

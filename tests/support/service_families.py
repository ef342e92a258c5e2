"""The model families as the service documents them: limits and constants.

Written once more from the documentation instead of read from `config/`, so that a wrong figure there is found out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MB = 1_000_000
MINUTE_MS = 60_000


@dataclass(frozen=True)
class FileLimits:
    """What one file may be, and how many one request may hold."""

    largest_bytes: int
    by_url: int
    by_base64: int
    longest_ms: int | None = None
    largest_max_pixels: int | None = None  # None: a larger one is clamped


@dataclass(frozen=True)
class Family:
    """One family of models. Pixels are width x height of one picture."""

    name: str
    video: FileLimits
    audio: FileLimits
    image: FileLimits
    fewest_list_frames: int
    most_list_frames: int
    longest_input: int  # tokens
    longest_output: int
    thinking: bool | None  # by enable_thinking; None: not even `false` is accepted
    search: bool
    f: int
    audio_per_second: float
    speech_per_second: float
    image_min: int
    image_max: int
    video_min: int
    video_max: int
    video_max_is_ceiling: bool
    total: int
    fps_min_frames: int
    fps_max_frames: int
    speaks: bool = True
    efforts: tuple[str, ...] = ()  # of reasoning_effort, in place of enable_thinking; by default it thinks
    longest_input_thinking: int | None = None


QWEN35_OMNI = Family(
    name="Qwen3.5-Omni",
    video=FileLimits(2000 * MB, 512, 250, 60 * MINUTE_MS, largest_max_pixels=2_048_000),
    audio=FileLimits(2000 * MB, 2048, 250, 180 * MINUTE_MS),
    image=FileLimits(20 * MB, 2048, 250, largest_max_pixels=16_777_216),
    fewest_list_frames=2,
    most_list_frames=2048,
    longest_input=262_144,
    longest_output=65_536,
    thinking=False,
    search=True,
    f=32,
    audio_per_second=7,
    speech_per_second=12.5,
    image_min=4 * 32**2,
    image_max=1280 * 32**2,
    video_min=64 * 32**2,
    video_max=640 * 32**2,
    video_max_is_ceiling=False,
    total=180_224 * 32**2,
    fps_min_frames=2,
    fps_max_frames=2048,
)

QWEN38_OMNI = replace(
    QWEN35_OMNI,
    name="Qwen3.8-Omni",
    longest_input=991_808,
    longest_input_thinking=983_616,
    longest_output=131_072,
    thinking=True,
    speaks=False,
    efforts=("none", "low", "medium", "high", "max"),
)

QWEN3_OMNI_FLASH = Family(
    name="Qwen3-Omni-Flash",
    video=FileLimits(256 * MB, 1, 1, 150_000),
    audio=FileLimits(100 * MB, 1, 1, 20 * MINUTE_MS),
    image=FileLimits(10 * MB, 2048, 250),
    fewest_list_frames=2,
    most_list_frames=128,
    longest_input=49_152,
    longest_output=16_384,
    thinking=True,
    search=False,
    f=32,
    audio_per_second=12.5,
    speech_per_second=12.5,
    image_min=4 * 32**2,
    image_max=1280 * 32**2,
    video_min=128 * 32**2,
    video_max=768 * 32**2,
    video_max_is_ceiling=True,
    total=16_384 * 32**2,
    fps_min_frames=4,
    fps_max_frames=128,
)

QWEN_OMNI_TURBO = Family(
    name="Qwen-Omni-Turbo",
    video=FileLimits(150 * MB, 1, 1, 40_000),
    audio=FileLimits(10 * MB, 1, 1, 3 * MINUTE_MS),
    image=FileLimits(10 * MB, 2048, 250),
    fewest_list_frames=4,
    most_list_frames=80,
    longest_input=30_720,
    longest_output=2048,
    thinking=None,
    search=False,
    f=28,
    audio_per_second=25,
    speech_per_second=25,
    image_min=4 * 28**2,
    image_max=1280 * 28**2,
    video_min=128 * 28**2,
    video_max=768 * 28**2,
    video_max_is_ceiling=True,
    total=16_384 * 28**2,
    fps_min_frames=4,
    fps_max_frames=80,
)

FAMILIES = {
    "qwen3.8-omni-flash": QWEN38_OMNI,
    **{f"qwen3.5-omni-{size}{snapshot}": QWEN35_OMNI for size in ("plus", "flash") for snapshot in ("", "-2026-03-15")},
    **{f"qwen3-omni-flash{snapshot}": QWEN3_OMNI_FLASH for snapshot in ("", "-2025-12-01", "-2025-09-15")},
    **{f"qwen-omni-turbo{snapshot}": QWEN_OMNI_TURBO for snapshot in ("", "-latest", "-2025-03-26", "-2025-01-19")},
}
MODELS = tuple(FAMILIES)
OPEN_WEIGHTS = "Qwen/Qwen3-Omni-30B-A3B-Instruct"  # what the self-hosted servers serve


def family_of(model: str) -> Family:
    """The family by the model's name; the open-weight models count as Qwen3-Omni-Flash, other names as Qwen3.5-Omni."""
    if "qwen3-omni" in model.lower():
        return QWEN3_OMNI_FLASH
    return FAMILIES.get(model, QWEN35_OMNI)

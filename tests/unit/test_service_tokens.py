"""The token formulae were written twice, for the product and for the stand-in service: they agree to the unit."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.catalog import load_catalog
from config.types import ModelSpec
from tasks import tokens
from tests.support import service_tokens
from tests.support.service_families import FAMILIES, Family, FileLimits
from tests.support.service_faults import Refusal

MODELS = {name: model for name, model in load_catalog().models.items() if name in FAMILIES}
ONE = st.sampled_from(sorted(MODELS))
SIDE = st.integers(11, 4096)
RATE = st.sampled_from([0.5, 1.0, 2.0, 12.5, 23.976, 24.0, 25.0, 29.97, 30000 / 1001, 50.0, 59.94])


@pytest.mark.parametrize("name", MODELS)
def test_the_limits_were_read_the_same_way_twice(name: str) -> None:
    model, family = MODELS[name], FAMILIES[name]
    assert set(model.snapshots) <= set(FAMILIES)
    assert _counts(model) == (
        family.fewest_list_frames, family.most_list_frames, family.longest_input, family.longest_output,
        bool(family.thinking), family.search,
    )  # fmt: skip
    for limits, documented in ((model.video, family.video), (model.audio, family.audio), (model.image, family.image)):
        assert FileLimits(
            limits.max_bytes, limits.per_request_url, limits.per_request_base64, limits.max_duration_ms
        ) == FileLimits(documented.largest_bytes, documented.by_url, documented.by_base64, documented.longest_ms)


@given(ONE, st.integers(0, 11_000_000))
def test_sound_is_counted_alike(name: str, duration_ms: int) -> None:
    counted = service_tokens.audio_tokens(duration_ms / 1000, FAMILIES[name])
    assert counted == tokens.audio_tokens(duration_ms, MODELS[name].tokens)


@given(ONE, SIDE, SIDE)
def test_images_are_counted_alike(name: str, width: int, height: int) -> None:
    assume(max(width, height) <= 200 * min(width, height))
    counted = service_tokens.image_tokens(height, width, FAMILIES[name])
    assert counted == tokens.image_tokens(width, height, MODELS[name].tokens)


@given(ONE, SIDE, SIDE, st.integers(1, 100_000), RATE, st.sampled_from([None, 230_400, 921_600, 2_048_000]))
def test_videos_are_counted_alike_or_refused_alike(
    name: str, width: int, height: int, frames: int, rate: float, max_pixels: int | None
) -> None:
    assume(max(width, height) <= 200 * min(width, height))
    family, constants = FAMILIES[name], MODELS[name].tokens
    try:
        expected: int | None = tokens.video_tokens(width, height, frames, rate, constants, max_pixels)
    except ValueError:
        expected = None
    assert _video_tokens(family, width, height, frames, rate, max_pixels) == expected


def _video_tokens(
    family: Family, width: int, height: int, frames: int, rate: float, max_pixels: int | None
) -> int | None:
    try:
        looked_at = service_tokens.nframes(frames, rate, family)
    except Refusal:
        return None
    seen_height, seen_width = service_tokens.frame_size(height, width, looked_at, family, max_pixels)
    return service_tokens.video_tokens(looked_at, seen_height, seen_width, family)


def _counts(model: ModelSpec) -> tuple[int, int, int, int, bool, bool]:
    return (
        model.min_list_frames, model.max_list_frames, model.max_input_tokens, model.max_output_tokens,
        model.thinking, model.search,
    )  # fmt: skip

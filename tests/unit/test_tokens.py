"""Token formulae: golden values worked out by hand, and what holds for all media."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.catalog import load_catalog
from tasks.tokens import (
    TokenConstants,
    audio_tokens,
    image_size,
    image_tokens,
    text_tokens,
    video_frame_size,
    video_frames,
    video_tokens,
)

GOLDEN = tomllib.loads((Path(__file__).parents[1] / "golden" / "tokens.toml").read_text(encoding="utf-8"))
MODELS = load_catalog().models
FAMILIES = st.sampled_from(sorted(MODELS)).map(lambda name: MODELS[name].tokens)
SIDES = st.integers(11, 8000)
RATES = st.sampled_from([1.0, 2.0, 10.0, 23.976, 24000 / 1001, 25.0, 29.97, 30.0, 59.94, 60.0])


def golden(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", GOLDEN[kind], ids=lambda case: f"{case['model']}: {case['name']}")


def constants(case: dict[str, Any]) -> TokenConstants:
    return MODELS[case["model"]].tokens


@golden("audio")
def test_sound_counts_as_documented(case: dict[str, Any]) -> None:
    assert audio_tokens(case["duration_ms"], constants(case)) == case["tokens"]


@golden("image")
def test_an_image_counts_as_documented_or_is_refused(case: dict[str, Any]) -> None:
    arguments = (case["width"], case["height"], constants(case), case.get("max_pixels"))
    if "tokens" not in case:
        with pytest.raises(ValueError, match=f"{case['width']}x{case['height']}"):
            image_size(*arguments)
        return
    assert image_size(*arguments) == tuple(case["size"])
    assert image_tokens(*arguments) == case["tokens"]


@golden("frames")
def test_the_frames_looked_at_are_as_documented_or_the_clip_is_too_short(case: dict[str, Any]) -> None:
    arguments = (case["total_frames"], case["rate"], constants(case))
    if "frames" not in case:
        with pytest.raises(ValueError, match="too short"):
            video_frames(*arguments)
        return
    assert video_frames(*arguments) == case["frames"]


@golden("video")
def test_a_video_counts_as_documented_or_is_refused(case: dict[str, Any]) -> None:
    c, limit = constants(case), case.get("max_pixels")
    width, height, total_frames, rate = case["width"], case["height"], case["total_frames"], case["rate"]
    if "tokens" not in case:
        with pytest.raises(ValueError, match="too narrow"):
            video_tokens(width, height, total_frames, rate, c, limit)
        return
    frames = video_frames(total_frames, rate, c)
    assert video_frame_size(width, height, frames, c, limit) == tuple(case["size"])
    assert video_tokens(width, height, total_frames, rate, c, limit) == case["tokens"]


@given(first=st.integers(0, 20_000_000), more=st.integers(0, 100_000), c=FAMILIES)
def test_longer_sound_never_counts_less(first: int, more: int, c: TokenConstants) -> None:
    assert audio_tokens(first, c) <= audio_tokens(first + more, c)


@given(width=SIDES, height=SIDES, c=FAMILIES)
def test_an_image_is_seen_in_whole_squares_within_the_bounds(width: int, height: int, c: TokenConstants) -> None:
    assume(max(width, height) <= 100 * min(width, height))
    seen_width, seen_height = image_size(width, height, c)
    assert seen_width % c.factor == 0
    assert seen_height % c.factor == 0
    assert c.image_min_pixels <= seen_width * seen_height <= c.image_max_pixels


@given(total=st.integers(1, 500_000), rate=RATES, c=FAMILIES)
def test_frames_looked_at_are_two_to_the_most_and_no_more_than_there_are(
    total: int, rate: float, c: TokenConstants
) -> None:
    assume(total / rate >= 1)
    assume(total >= 2)
    frames = video_frames(total, rate, c)
    assert 2 <= frames <= min(c.max_frames, total)


@given(seconds=st.integers(1, 40), rate=st.sampled_from([2, 5, 24, 25, 30, 60]))
def test_two_frames_a_second_are_looked_at_while_there_are_not_too_many(seconds: int, rate: int) -> None:
    assert video_frames(seconds * rate, rate, MODELS["qwen3.5-omni-plus"].tokens) == 2 * seconds


@given(
    width=SIDES,
    height=SIDES,
    frames=st.integers(2, 2048),
    c=FAMILIES,
    limit=st.none() | st.integers(230_400, 2_048_000),
)
def test_frames_are_seen_in_whole_squares_below_what_the_request_and_the_total_allow(
    width: int, height: int, frames: int, c: TokenConstants, limit: int | None
) -> None:
    assume(max(width, height) <= 40 * min(width, height))
    frames = min(frames, c.max_frames)
    seen_width, seen_height = video_frame_size(width, height, frames, c, limit)
    assert seen_width % c.factor == 0
    assert seen_height % c.factor == 0
    assert seen_width * seen_height <= (limit or c.video_max_pixels)
    assert seen_width * seen_height * frames <= 2 * c.video_total_pixels
    if c.video_max_pixels_is_ceiling:
        assert seen_width * seen_height <= c.video_max_pixels


@given(width=SIDES, height=SIDES, frames=st.integers(2, 80), c=FAMILIES)
def test_a_turned_picture_is_seen_turned(width: int, height: int, frames: int, c: TokenConstants) -> None:
    assume(max(width, height) <= 200 * min(width, height))
    assert video_frame_size(height, width, frames, c) == video_frame_size(width, height, frames, c)[::-1]


def test_frames_at_no_rate_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        video_frames(10, 0.0, MODELS["embedded"].tokens)


def test_sound_of_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 ms"):
        audio_tokens(-1, MODELS["embedded"].tokens)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("word", 1), ("words", 2), ("描述画面", 4), ("画面 ok!", 3)])
def test_text_is_estimated_from_wide_characters_and_bytes(text: str, tokens: int) -> None:
    assert text_tokens(text) == tokens

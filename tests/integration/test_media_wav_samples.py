"""Samples that are those of clips are kept, and the clip is byte for byte what ffmpeg would make."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks.media.wav_samples import copy_samples
from tests.support.whole_cuts import clip_alone, whole


def recorded(path: Path, frames: int, loudest: int, rate: int = 16_000, channels: int = 1) -> Path:
    samples = np.random.default_rng(frames).integers(-loudest, loudest, frames * channels, endpoint=True)
    samples[frames // 2] = -loudest
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, 2, rate, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("loudest", [0, 1, 32, 33, 20_000, 32_768])
@pytest.mark.parametrize("frames", [16_000, 19_193, 19_207])
def test_samples_that_are_those_of_clips_are_kept(tmp_path: Path, frames: int, loudest: int) -> None:
    sound = whole(recorded(tmp_path / "a.wav", frames, loudest))
    (tmp_path / "cut").mkdir()
    cut, copied = clip_alone(sound, tmp_path / "cut"), copy_samples(*sound, tmp_path)
    assert copied is not None
    assert Path(copied.path).read_bytes() == Path(cut.path).read_bytes()
    assert replace(copied, path=cut.path) == cut


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 2), (48_000, 1)])
def test_other_samples_are_cut(tmp_path: Path, rate: int, channels: int) -> None:
    assert copy_samples(*whole(recorded(tmp_path / "a.wav", 20_000, 9_000, rate, channels)), tmp_path) is None


@pytest.mark.parametrize("left", [44, 45, 5_001])
def test_samples_that_are_gone_since_are_no_clip(tmp_path: Path, left: int) -> None:
    sound = whole(recorded(tmp_path / "a.wav", 20_000, 9_000))
    with (tmp_path / "a.wav").open("rb+") as file:
        file.truncate(left)
    assert copy_samples(*sound, tmp_path) is None

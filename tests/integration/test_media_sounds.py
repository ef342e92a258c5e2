"""Several short sounds that are cut in one run are the bytes that each would be by itself."""

from __future__ import annotations

import subprocess
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks.identity import segment_id
from tasks.media.cutting import cut_segment
from tasks.media.probing import probe_recording
from tasks.media.sounds import Sound, can_be_cut_together, copy_samples, cut_sounds
from tasks.records import AnalysisPlan, Clip, PlannedSegment, Question, Span, Tokens

BUDGET = 7_000_000


def made(path: Path, source: str) -> Path:
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-ac", "2", str(path)]
    subprocess.run(command, check=True)
    return path


def whole(path: Path) -> Sound:
    recording = probe_recording(path, path.name)
    span = Span(0, recording.duration_ms)
    return recording, PlannedSegment(0, segment_id(path.name, span), span, "whole", None, True, Tokens(audio=10))


def alone(sound: Sound, workdir: Path) -> bytes:
    return Path(clip_alone(sound, workdir).path).read_bytes()


def clip_alone(sound: Sound, workdir: Path) -> Clip:
    recording, segment = sound
    question = Question("standard", "", "", "sections", "auto")
    plan = AnalysisPlan("a", recording, "standard", question, "local", "model", "base64", (segment,), "{}")
    (clip,) = cut_segment(plan, segment, workdir, BUDGET)
    return clip


def sounds(folder: Path) -> list[Sound]:
    """Sounds of several containers, and one that is silent."""
    found = []
    for number, name in enumerate(("a.wav", "b.mp3", "c.flac", "d.ogg", "e.m4a", "silent.wav")):
        source = "anullsrc=r=44100:d=1.2" if "silent" in name else f"sine=f={300 + 100 * number}:d=1.{number}"
        found.append(whole(made(folder / name, source)))
    return found


def test_cut_together_they_are_what_each_is_alone(tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    (tmp_path / "together").mkdir()
    found = sounds(tmp_path)
    clips = cut_sounds(found, tmp_path / "together")
    assert [clip and Path(clip.path).read_bytes() for clip in clips] == [
        alone(one, tmp_path / "alone") for one in found
    ]
    assert [clip.audio_sent for clip in clips if clip] == ["sent"] * 5 + ["silent"]


def test_beside_a_damaged_one_each_is_to_be_cut_by_itself(tmp_path: Path) -> None:
    good = whole(made(tmp_path / "good.mp3", "sine=d=2"))
    bad = whole(made(tmp_path / "bad.mp3", "sine=d=2"))
    data = bytearray((tmp_path / "bad.mp3").read_bytes())
    data[4000:6000] = b"\xa5" * 2000
    (tmp_path / "bad.mp3").write_bytes(data)
    assert cut_sounds([good, bad], tmp_path) == [None, None]
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_only_whole_sounds_that_fit_a_wav_are_cut_together(tmp_path: Path) -> None:
    recording, segment = whole(made(tmp_path / "a.wav", "sine=d=2"))
    later = replace(segment, span=Span(500, recording.duration_ms))
    assert [
        can_be_cut_together(recording, segment, BUDGET),
        can_be_cut_together(recording, segment, 1000),
        can_be_cut_together(recording, later, BUDGET),
    ] == [True, False, False]


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

"""Plain WAV files are described as ffprobe describes them, though it is asked about the first of a form alone."""

from __future__ import annotations

import itertools
import json
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from tasks.media import wav_forms
from tasks.media.probing import probe_recording
from tasks.records import Recording
from tests.support import media

pytestmark = pytest.mark.usefixtures("asked_once")

FRAMES = (5_000, 4_801, 17_639, 19_200, 44_099, 100_001)
COMMON = (16_000, 44_100, 48_000)  # samples a second


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wav_forms, "_known", {})


def sound(path: Path, frames: int, rate: int = 16_000, channels: int = 1, width: int = 2) -> Path:
    noise = np.random.default_rng(frames).integers(1, 100, frames * channels * width, dtype=np.uint8)
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, width, rate, 0, "NONE", ""))
        out.writeframes(noise.tobytes())
    return path


def by_ffprobe(path: Path) -> Recording:
    wav_forms._known.clear()
    return probe_recording(path, path.name)


@pytest.mark.parametrize(
    ("rate", "channels", "width"),
    [(8_000, 1, 1), (11_025, 1, 2), (16_000, 1, 2), (22_050, 2, 2), (44_100, 2, 2), (48_000, 2, 3), (96_000, 1, 4)],
)
def test_a_wav_is_described_as_by_ffprobe(
    tmp_path: Path, asked: list[str], rate: int, channels: int, width: int
) -> None:
    lengths = FRAMES if rate in COMMON else FRAMES[rate % 2 :: 2]
    paths = [sound(tmp_path / f"{frames}.wav", frames, rate, channels, width) for frames in lengths]
    theirs = [by_ffprobe(path) for path in paths]
    wav_forms._known.clear()
    asked.clear()
    assert [probe_recording(path, path.name) for path in paths] == theirs
    assert asked == [paths[0].name]


def test_ffprobe_is_asked_once_a_form(tmp_path: Path, asked: list[str]) -> None:
    for rate, frames in itertools.product((16_000, 8_000), FRAMES):
        path = sound(tmp_path / f"{rate}-{frames}.wav", frames, rate)
        probe_recording(path, path.name)
    assert asked == ["16000-5000.wav", "8000-5000.wav"]


def test_tags_are_those_of_the_file(tmp_path: Path) -> None:
    for number, title in enumerate("aab"):
        path = media.make_audio(tmp_path, f"{number}.wav", seconds=1 + number)
        body = path.read_bytes()
        tags = b"INFOINAM" + struct.pack("<L", 2) + title.encode() + b"\0"
        at = body.index(b"data")
        body = body[:at] + b"LIST" + struct.pack("<L", len(tags)) + tags + body[at:]
        path.write_bytes(b"RIFF" + struct.pack("<L", len(body) - 8) + body[8:])
    found = [probe_recording(tmp_path / f"{number}.wav", "x") for number in range(3)]
    assert [json.loads(one.probe_json)["format"]["tags"]["title"] for one in found] == ["a", "a", "b"]


@pytest.mark.parametrize("head", [b"\x7f\xfe\x80\x01\xfc\x3c", b"\xff\xfb\x90\x00", b"\x0b\x77", b"\x72\xf8\x1f\x4e"])
def test_what_may_be_another_codec_is_asked_about(tmp_path: Path, asked: list[str], head: bytes) -> None:
    for frames in FRAMES[:2]:
        path = sound(tmp_path / f"{frames}.wav", frames)
        body = bytearray(path.read_bytes())
        body[44 : 44 + len(head)] = head
        path.write_bytes(body)
        probe_recording(path, path.name)
    assert len(asked) == 2


def test_dts_in_a_wav_is_not_taken_for_samples(tmp_path: Path) -> None:
    tone = ["-f", "lavfi", "-i", "sine=d=2:r=44100", "-ac", "2"]
    coded = media.ffmpeg(tmp_path / "a.dts", [*tone, "-c:a", "dca", "-strict", "-2"])
    path = tmp_path / "disc.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, 44_100, 0, "NONE", ""))
        out.writeframes(coded.read_bytes())
    found = probe_recording(path, path.name)
    assert found.audio is not None
    assert (wav_forms.plain_wav(path), found.audio.codec) == (None, "dts")


@pytest.mark.parametrize("sizes", [(0, 0), (36, 0), (10**6, 10**6), (1036, 1000)])
def test_a_header_that_lies_is_asked_about(tmp_path: Path, asked: list[str], sizes: tuple[int, int]) -> None:
    for frames in FRAMES[:3]:
        probe_recording(sound(tmp_path / f"well-{frames}.wav", frames), "well.wav")
    asked.clear()
    path = sound(tmp_path / "lying.wav", 19_200)
    body = bytearray(path.read_bytes())
    body[4:8], body[40:44] = (size.to_bytes(4, "little") for size in sizes)
    path.write_bytes(body)
    found = probe_recording(path, path.name)
    assert asked == ["lying.wav"]
    assert found == by_ffprobe(path)


@pytest.mark.parametrize("behind", [b"LIST\x04\0\0\0INFO", b"x"])
def test_what_follows_the_samples_is_asked_about(tmp_path: Path, asked: list[str], behind: bytes) -> None:
    for frames in FRAMES[:3]:
        path = sound(tmp_path / f"{frames}.wav", frames)
        path.write_bytes(path.read_bytes() + behind)
        probe_recording(path, path.name)
    assert len(asked) >= 3

"""Which WAV files may be described by another one's header."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tasks.media.wav_forms import plain_wav

SOUND = struct.pack("<HHLLHH", 1, 2, 8000, 32_000, 4, 16)
SAMPLES = bytes(range(1, 81))


def chunk(name: bytes, body: bytes, length: int | None = None) -> bytes:
    return name + struct.pack("<L", len(body) if length is None else length) + body


def written(path: Path, *chunks: bytes, behind: bytes = b"") -> Path:
    body = b"WAVE" + b"".join(chunks)
    path.write_bytes(b"RIFF" + struct.pack("<L", len(body)) + body + behind)
    return path


def test_a_plain_wav_has_its_header_without_sizes(tmp_path: Path) -> None:
    found = plain_wav(written(tmp_path / "a.wav", chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES)))
    assert found is not None
    assert (found.form, found.rate, found.frames, found.start) == (b"WAVE" + chunk(b"fmt ", SOUND), 8000, 20, 44)


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(b"data", SAMPLES)],
        [chunk(b"fmt ", SOUND)],
        [chunk(b"fmt ", SOUND), chunk(b"fact", b"\5\0\0\0"), chunk(b"data", SAMPLES)],
        [chunk(b"fmt ", SOUND), chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES)],
        [chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES), chunk(b"LIST", b"INFO")],
        [chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES, 1000)],
        [chunk(b"fmt ", SOUND), chunk(b"data", b"")],
        [chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES[:-1])],
        [chunk(b"fmt ", b"\x11\0" + SOUND[2:]), chunk(b"data", SAMPLES)],
        [chunk(b"fmt ", SOUND[:-2] + b"\x18\0"), chunk(b"data", SAMPLES)],
        [chunk(b"fmt ", SOUND), chunk(b"data", b"\xff\xfb\x90\x00" + SAMPLES[4:])],
        [chunk(b"fmt ", SOUND), chunk(b"data", b"\xff\xf1\x4c\x80" + SAMPLES[4:])],
        [chunk(b"fmt ", SOUND), chunk(b"data", b"\x56\xe0" + SAMPLES[2:])],
        [chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES[4:] + b"\x7f\xfe\x80\x01\xfc\x3c")],
        [chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES[4:] + b"\xfe\x7f\x01\x80\x3c\xfc")],
        [chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES[4:] + b"\x1f\xff\xe8\x00\x07\xf0")],
        [chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES[4:] + b"\xff\x1f\x00\xe8\xf0\x07")],
    ],
)
def test_what_a_header_does_not_tell_is_not_plain(tmp_path: Path, chunks: list[bytes]) -> None:
    assert plain_wav(written(tmp_path / "a.wav", *chunks)) is None


@pytest.mark.parametrize("body", [b"", b"RIFF", b"RIFF\4\0\0\0WAVE", bytes(1000), b"RF64" + bytes(100)])
def test_another_file_is_not_plain(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(body)
    assert plain_wav(tmp_path / "a.wav") is None


def test_quiet_samples_are_no_frame_of_another_codec(tmp_path: Path) -> None:
    samples = struct.pack("<40h", *[-1] * 40)
    assert plain_wav(written(tmp_path / "a.wav", chunk(b"fmt ", SOUND), chunk(b"data", samples))) is not None


@pytest.mark.parametrize("word", [b"\x7f\xfe\x80\x01\0\0", b"\x1f\xff\xe8\x00\0\0", b"\0\x72\xf8\x1f\x4e\0"])
def test_a_tone_may_have_half_a_sync_word(tmp_path: Path, word: bytes) -> None:
    samples = SAMPLES[:-8] + word + b"\0\0"
    assert plain_wav(written(tmp_path / "a.wav", chunk(b"fmt ", SOUND), chunk(b"data", samples))) is not None


def test_a_file_that_grew_is_not_plain(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", chunk(b"fmt ", SOUND), chunk(b"data", SAMPLES), behind=b"more")
    assert plain_wav(path) is None

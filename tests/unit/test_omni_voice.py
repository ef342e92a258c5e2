"""A spoken answer: decoded as it comes, whole under its name or not there at all."""

from __future__ import annotations

import base64
import wave
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.omni.voice import PcmDecoder, VoiceFile

TONE = bytes(number % 256 for number in range(48_000))  # one second


@st.composite
def cut_anywhere(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """Some sound, and its base64 in pieces."""
    data = draw(st.binary(max_size=200).filter(lambda data: len(data) % 2 == 0))
    text = base64.b64encode(data).decode()
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return data, [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(cut_anywhere())
def test_pieces_cut_anywhere_give_the_same_sound(cut: tuple[bytes, list[str]]) -> None:
    data, pieces = cut
    sink = BytesIO()
    decoder = PcmDecoder(sink)
    for piece in pieces:
        decoder.add(piece)
    assert (sink.getvalue(), decoder.samples) == (data, len(data) // 2)


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_pieces_that_are_padded_each_are_joined(pieces: list[bytes]) -> None:
    sink = BytesIO()
    decoder = PcmDecoder(sink)
    for piece in pieces:
        decoder.add(base64.b64encode(piece).decode())
    whole = b"".join(pieces)
    assert sink.getvalue() == whole[: len(whole) // 2 * 2]


def test_sound_is_written_as_soon_as_a_sample_is_whole() -> None:
    sink = BytesIO()
    decoder = PcmDecoder(sink)
    for piece, written in (("AAE", 0), ("C", 2), ("AwQF", 6)):
        decoder.add(piece)
        assert len(sink.getvalue()) == written


def test_what_is_no_base64_is_noticed() -> None:
    with pytest.raises(ValueError, match="base64"):
        PcmDecoder(BytesIO()).add("????")


def test_a_spoken_answer_becomes_a_wav_of_one_channel(tmp_path: Path) -> None:
    voice = VoiceFile(tmp_path / "voices" / "answer.wav", 24_000)
    encoded = base64.b64encode(TONE).decode()
    for start in range(0, len(encoded), 1001):
        voice.add(encoded[start : start + 1001])
    assert (voice.kept, voice.path.exists(), voice.duration_ms) == (False, False, 1000)
    voice.keep()
    assert voice.kept
    with wave.open(str(voice.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.readframes(file.getnframes()) == TONE
    assert [path.name for path in voice.path.parent.iterdir()] == ["answer.wav"]


def test_of_an_answer_that_broke_off_nothing_is_left(tmp_path: Path) -> None:
    voice = VoiceFile(tmp_path / "answer.wav", 24_000)
    voice.add(base64.b64encode(TONE).decode())
    assert len(list(tmp_path.iterdir())) == 1
    voice.discard()
    assert list(tmp_path.iterdir()) == []


def test_discarding_what_is_kept_changes_nothing(tmp_path: Path) -> None:
    voice = VoiceFile(tmp_path / "answer.wav", 24_000)
    voice.add(base64.b64encode(TONE).decode())
    voice.keep()
    voice.discard()
    assert voice.path.stat().st_size == len(TONE) + 44


def test_an_answer_that_said_nothing_has_no_file(tmp_path: Path) -> None:
    voice = VoiceFile(tmp_path / "answer.wav", 24_000)
    voice.keep()
    assert (voice.kept, voice.problem, list(tmp_path.iterdir())) == (False, "", [])


def test_a_disk_that_does_not_take_it_ends_the_voice_and_not_the_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    voice = VoiceFile(tmp_path / "file" / "answer.wav", 24_000)
    voice.add(base64.b64encode(TONE).decode())
    voice.add(base64.b64encode(TONE).decode())
    voice.keep()
    assert not voice.kept
    assert voice.problem.startswith("The spoken answer could not be kept.")

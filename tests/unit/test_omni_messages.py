"""What is sent to the model about a clip."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import NotFound, NotReadable, TooLarge
from tasks.omni.messages import PIECE_BYTES, encoded_bytes, largest_file_bytes, request_body, upload, user_message
from tasks.records import Picture
from tests.support.service_specs import MODEL, PROVIDER, clip_of

PICTURE = Picture(width=320, height=256, fps=2.0, frames=8, max_pixels=230_400)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"moving picture")
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    path.write_bytes(b"sound")
    return path


def test_a_video_goes_as_a_typed_data_uri_with_its_parameters_beside_it(video: Path) -> None:
    assert user_message(clip_of(video, picture=PICTURE), "Describe it.", "QUJD") == {
        "role": "user",
        "content": [
            {
                "type": "video_url",
                "video_url": {"url": "data:video/mp4;base64,QUJD"},
                "fps": 2,
                "max_pixels": 230_400,
            },
            {"type": "text", "text": "Describe it."},
        ],
    }


def test_sound_goes_as_input_audio_with_its_format(sound: Path) -> None:
    media, _ = user_message(clip_of(sound), "Describe it.", "QUJD")["content"]
    assert media == {"type": "input_audio", "input_audio": {"data": "data:audio/wav;base64,QUJD", "format": "wav"}}


def test_a_video_shown_without_picture_goes_as_sound(video: Path) -> None:
    media, _ = user_message(clip_of(video, picture=None), "Describe it.", "QUJD")["content"]
    assert media == {"type": "input_audio", "input_audio": {"data": "data:audio/mp4;base64,QUJD", "format": "mp4"}}


@pytest.mark.parametrize(("clip_fps", "sent"), [(0.57, 2), (1.0, 2), (2.0, 2), (5.0, 5), (25.0, 10)])
def test_sampling_never_goes_below_the_documented_rate_so_that_every_frame_is_kept(
    video: Path, clip_fps: float, sent: float
) -> None:
    picture = dataclasses.replace(PICTURE, fps=clip_fps)
    media, _ = user_message(clip_of(video, picture=picture), "", "")["content"]
    assert media["fps"] == sent


def test_a_request_is_always_streamed_with_usage_and_text_only() -> None:
    assert request_body(MODEL.name, {"role": "user"}) == {
        "model": MODEL.name,
        "messages": [{"role": "user"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "modalities": ["text"],
    }


def test_the_length_of_the_answer_is_bounded_only_on_demand() -> None:
    assert request_body(MODEL.name, {}, max_tokens=100)["max_tokens"] == 100
    assert "max_tokens" not in request_body(MODEL.name, {})


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 2])
def test_the_pieces_of_an_upload_are_the_request_with_the_whole_clip(sound: Path, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    sound.write_bytes(data)
    instruction = "Say “<media>”\n日本語"
    made = upload(PROVIDER, MODEL.name, clip_of(sound), instruction)
    sent = b"".join(made.pieces())
    assert len(sent) == made.length
    message = user_message(clip_of(sound), instruction, base64.b64encode(data).decode())
    assert json.loads(sent) == request_body(MODEL.name, message)


def test_a_clip_that_vanished_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.wav"):
        upload(PROVIDER, MODEL.name, clip_of(tmp_path / "gone.wav"), "")


def test_a_clip_that_vanishes_or_shrinks_while_it_is_sent_is_noticed(sound: Path) -> None:
    made = upload(PROVIDER, MODEL.name, clip_of(sound), "")
    sound.write_bytes(b"s")
    with pytest.raises(NotReadable, match="shorter"):
        list(made.pieces())
    sound.unlink()
    with pytest.raises(NotFound):
        list(made.pieces())


def test_a_request_above_the_limit_is_refused_with_both_sizes(sound: Path) -> None:
    small = PROVIDER.model_copy(update={"max_data_uri_bytes": 1000})
    sound.write_bytes(bytes(750))
    with pytest.raises(TooLarge, match="at most 1,000 bytes") as caught:
        upload(small, MODEL.name, clip_of(sound), "")
    assert caught.value.facts["limit_bytes"] == 1000
    assert caught.value.facts["needed_bytes"] > 1000


@given(size=st.integers(0, 5000), instruction=st.text(max_size=200), limit=st.integers(200, 8000))
def test_what_is_accepted_is_never_longer_than_the_limit(
    tmp_path_factory: pytest.TempPathFactory, size: int, instruction: str, limit: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.wav"
    path.write_bytes(bytes(size))
    provider = PROVIDER.model_copy(update={"max_data_uri_bytes": limit})
    with contextlib.suppress(TooLarge):
        made = upload(provider, MODEL.name, clip_of(path), instruction)
        assert len(b"".join(made.pieces())) <= limit


@given(instruction=st.text(max_size=500), limit=st.integers(6000, 20_000))
def test_the_largest_file_announced_is_accepted(
    tmp_path_factory: pytest.TempPathFactory, instruction: str, limit: int
) -> None:
    provider = PROVIDER.model_copy(update={"max_data_uri_bytes": limit})
    path = tmp_path_factory.getbasetemp() / "largest.wav"
    path.write_bytes(bytes(largest_file_bytes(provider, instruction)))
    assert upload(provider, MODEL.name, clip_of(path), instruction).length <= limit


@given(st.binary(max_size=100))
def test_the_encoded_size_is_known_before_encoding(data: bytes) -> None:
    assert encoded_bytes(len(data)) == len(base64.b64encode(data))

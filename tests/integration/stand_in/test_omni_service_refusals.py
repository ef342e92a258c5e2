"""What the stand-in refuses, as the documented service does, each once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.media import make_video
from tests.support.service import LONGEST_DATA_URI, FakeService, Strictness
from tests.support.service_bodies import (
    FLASH,
    TURBO,
    Part,
    audio,
    frames,
    image,
    make_image,
    make_silence,
    post,
    post_raw,
    refusal,
    request,
    text,
    video,
)
from tests.support.service_specs import KEY

INVALID = (400, "invalid_parameter_error")
PLUS = "qwen3.5-omni-plus"
NEWEST = "qwen3.8-omni-flash"
VOICE = {"voice": "Tina", "format": "wav"}


@pytest.fixture(scope="module")
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY) as running:
        yield running


@pytest.fixture(scope="module")
def sound(media: Path) -> Part:
    return audio(make_silence(media))


@pytest.fixture(scope="module")
def film(media: Path) -> Path:
    return make_video(media, "film.mp4", seconds=1, fps=4)


@pytest.fixture(scope="module")
def picture(media: Path) -> Path:
    return make_image(media)


def refused(service: FakeService, body: dict[str, Any], **headers: str) -> str:
    """The message of a refusal that has the documented code."""
    status, code, message = refusal(post(service, body, **headers))
    assert (status, code) == INVALID
    return message


# --- the request -----------------------------------------------------------------------------------------------


def test_another_key(service: FakeService, sound: Part) -> None:
    assert refusal(post(service, request(sound), key="sk-other"))[:2] == (401, "invalid_api_key")


def test_another_model(service: FakeService, sound: Part) -> None:
    assert refusal(post(service, request(sound, model="gpt")))[:2] == (404, "model_not_found")


def test_a_body_that_is_no_json(service: FakeService) -> None:
    assert refusal(post_raw(service, b'{"model": '))[:2] == INVALID


@pytest.mark.parametrize("stream", [False, None, "true"])
def test_a_request_that_is_not_streamed(service: FakeService, sound: Part, stream: object) -> None:
    assert "only support stream mode" in refused(service, request(sound, stream=stream))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"role": "robot", "content": "Hello"}, "'robot' is not one of"),
        ({"role": "user", "content": []}, "The content field is a required field"),
        ({"role": "user", "content": [{"type": "audio_url", "audio_url": {"url": "https://a.example/a.mp3"}}]}, "type"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": "https://a.example/a.png"}]}, "wrong form"),
        ({"role": "assistant", "content": "I end it."}, "The last message must be from the user"),
    ],
)
def test_messages_of_the_wrong_form(service: FakeService, message: Part, words: str) -> None:
    assert words in refused(service, request(messages=[message]))


def test_a_request_without_messages(service: FakeService) -> None:
    assert "too short" in refused(service, request(messages=[]))


def test_an_assistant_turn_that_is_not_text(service: FakeService, sound: Part) -> None:
    body = request(sound, text())
    body["messages"] += [{"role": "assistant", "content": [sound]}, {"role": "user", "content": "And?"}]
    assert "The type 'input_audio' of a content part is none of ['text']" in refused(service, body)


def test_a_request_above_ten_mebibytes(service: FakeService, media: Path) -> None:
    half = image(make_image(media, name="half.png", size_bytes=5_000_000))
    assert refusal(post(service, request(half, half)))[:2] == (413, "request_too_large")


def test_more_input_than_the_model_takes(service: FakeService) -> None:
    status, code, message = refusal(post(service, request(text("word " * 30_000), model=TURBO)))
    assert (status, code, message) == (400, "InvalidParameter", "Range of input length should be [1, 30720]")


# --- modes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "modes", "words"),
    [
        (PLUS, {"enable_thinking": True}, "does not support enable_thinking"),
        (TURBO, {"enable_thinking": False}, "enable_thinking is not accepted"),
        (PLUS, {"reasoning_effort": "low"}, "reasoning_effort 'low' is not accepted by Qwen3.5-Omni"),
        (NEWEST, {"reasoning_effort": "huge"}, "reasoning_effort 'huge' is not accepted by Qwen3.8-Omni"),
        (NEWEST, {"enable_thinking": True}, "told by reasoning_effort how to think"),
        (NEWEST, {"modalities": ["text", "audio"], "audio": VOICE}, "answers with text only"),
        (FLASH, {"enable_thinking": True, "modalities": ["text", "audio"], "audio": VOICE}, "does not support audio"),
        (FLASH, {"enable_thinking": True, "audio": VOICE}, "does not support audio"),
        (FLASH, {"enable_search": True, "search_options": {"search_strategy": "agent"}}, "not support enable_search"),
        (PLUS, {"enable_search": True, "search_options": {"search_strategy": "turbo"}}, "must be 'agent'"),
        (PLUS, {"enable_search": True}, "must be 'agent'"),
        (PLUS, {"modalities": ["audio"]}, "The modalities must be"),
        (PLUS, {"modalities": ["text", "audio"]}, "needs audio.voice"),
        (PLUS, {"modalities": ["text", "audio"], "audio": {"format": "wav"}}, "needs audio.voice"),
        (PLUS, {"modalities": ["text", "audio"], "audio": {"voice": "Tina", "format": "mp3"}}, "must be 'wav'"),
        (PLUS, {"max_tokens": 65_537}, "Range of max_tokens should be [1, 65536]"),
        (TURBO, {"max_tokens": 2049}, "Range of max_tokens should be [1, 2048]"),
        (PLUS, {"max_tokens": 0}, "Range of max_tokens"),
    ],
)
def test_modes_that_the_family_lacks(
    service: FakeService, sound: Part, model: str, modes: dict[str, Any], words: str
) -> None:
    assert words in refused(service, request(sound, text(), model=model, **modes))


def test_a_voice_that_is_not_among_the_known_ones(sound: Part) -> None:
    spoken: dict[str, Any] = {"modalities": ["text", "audio"], "audio": {"voice": "Nobody", "format": "wav"}}
    with FakeService(strictness=Strictness(voices=("Tina",))) as choosy:
        assert "Voice 'Nobody' is not supported" in refused(choosy, request(sound, text(), **spoken))


def test_search_by_an_agent_is_let_pass(service: FakeService, sound: Part) -> None:
    modes: dict[str, Any] = {"enable_search": True, "search_options": {"search_strategy": "agent"}}
    assert post(service, request(sound, text(), **modes)).status_code == 200


# --- media in the request --------------------------------------------------------------------------------------


def test_two_modalities_in_one_user_message(service: FakeService, sound: Part, picture: Path) -> None:
    assert "Only one modality besides text" in refused(service, request(sound, image(picture), text()))


def test_two_modalities_are_taken_where_the_newer_rule_holds(sound: Part, picture: Path) -> None:
    with FakeService(strictness=Strictness(mixed=True)) as newer:
        assert post(newer, request(sound, image(picture), text())).status_code == 200


def test_different_messages_may_hold_different_modalities(service: FakeService, sound: Part, picture: Path) -> None:
    body = request(sound, text())
    body["messages"] += [
        {"role": "assistant", "content": "A dog."},
        {"role": "user", "content": [image(picture), text("And this?")]},
    ]
    assert post(service, body).status_code == 200


@pytest.mark.parametrize("key", ["fps", "min_pixels", "max_pixels", "total_pixels"])
def test_parameters_inside_the_media_key(service: FakeService, film: Path, key: str) -> None:
    part = video(film)
    part["video_url"][key] = 2
    assert "beside the media key, not inside it" in refused(service, request(part, text()))


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        ({"fps": 0.05}, "fps must be between 0.1 and 10"),
        ({"fps": 10.5}, "fps must be between 0.1 and 10"),
        ({"fps": "2"}, "fps must be between 0.1 and 10"),
        ({"max_pixels": 2_048_001}, "max_pixels must not exceed 2048000"),
        ({"max_pixels": 230_400.5}, "must be positive integers"),
        ({"min_pixels": 230_401, "max_pixels": 230_400}, "min_pixels must not exceed"),
    ],
)
def test_parameters_out_of_range(service: FakeService, film: Path, beside: dict[str, Any], words: str) -> None:
    assert words in refused(service, request(video(film, **beside), text()))


def test_more_pixels_of_an_image_than_there_may_be(service: FakeService, picture: Path) -> None:
    assert "max_pixels must not exceed 16777216" in refused(service, request(image(picture, max_pixels=16_777_217)))


def test_more_pixels_than_flash_sees_are_clamped_instead(service: FakeService, film: Path) -> None:
    assert post(service, request(video(film, max_pixels=2_048_000), text(), model=FLASH)).status_code == 200


def test_parameters_of_another_modality(service: FakeService, sound: Part) -> None:
    assert "do not belong to input_audio" in refused(service, request({**sound, "fps": 2}, text()))


@pytest.mark.parametrize(("model", "count"), [(PLUS, 1), (FLASH, 1), (FLASH, 129), (TURBO, 3), (TURBO, 81)])
def test_frame_lists_that_are_too_short_or_too_long(
    service: FakeService, picture: Path, model: str, count: int
) -> None:
    assert f"but {count} were given" in refused(service, request(frames(*[picture] * count), text(), model=model))


@pytest.mark.parametrize(
    ("model", "kind", "count", "words"),
    [
        (FLASH, "video", 2, "At most 1 video files by base64"),
        (TURBO, "audio", 2, "At most 1 audio files by base64"),
        (PLUS, "audio", 251, "At most 250 audio files by base64"),
        (PLUS, "image", 251, "At most 250 image files by base64"),
    ],
)
def test_more_files_than_one_request_may_hold(
    service: FakeService, film: Path, sound: Part, picture: Path, model: str, kind: str, count: int, words: str
) -> None:
    part = {"video": video(film), "audio": sound, "image": image(picture)}[kind]
    assert words in refused(service, request(*[part] * count, text(), model=model))


def test_more_addresses_than_one_request_may_hold(service: FakeService) -> None:
    assert "At most 512 video files by URL" in refused(service, request(*[video("https://a.example/a.mp4")] * 513))


def test_a_data_uri_above_ten_mebibytes(service: FakeService, sound: Part) -> None:
    uri = sound["input_audio"]["data"].ljust(LONGEST_DATA_URI + 1, "A")
    words = "Exceeded limit on max bytes per data-uri item : 10485760"
    assert words in refused(service, request(audio(uri), text()))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("UklGRg==", "does not appear to be valid"),
        ("data:audio/wav,RIFF", "does not appear to be valid"),
        ("data:audio/wav;base64,###", "Failed to decode the base64 data"),
    ],
)
def test_addresses_that_are_none(service: FakeService, data: str, words: str) -> None:
    assert words in refused(service, request(audio(data), text()))


def test_base64_of_sound_without_its_format(service: FakeService, sound: Part) -> None:
    bare = {"type": "input_audio", "input_audio": {"data": sound["input_audio"]["data"]}}
    assert "The format of input_audio is required" in refused(service, request(bare, text()))


# --- media, decoded --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["text as sound", "sound as video", "sound as image", "picture as sound"])
def test_media_that_cannot_be_decoded_as_what_it_is_said_to_be(
    service: FakeService, sound: Part, picture: Path, how: str
) -> None:
    heard = sound["input_audio"]["data"]
    part = {
        "text as sound": audio("data:audio/wav;base64,bm90IG1lZGlh"),
        "sound as video": video(heard),
        "sound as image": image(heard),
        "picture as sound": audio(picture),
    }[how]
    assert refusal(post(service, request(part, text())))[:2] == (400, "InvalidParameter.DataInspection")


@pytest.mark.parametrize(("model", "seconds"), [(TURBO, 181), (FLASH, 1201), (PLUS, 10_801)])
def test_sound_that_is_too_long(service: FakeService, media: Path, model: str, seconds: int) -> None:
    long = make_silence(media, seconds, rate=100)
    assert "The audio file is too long." in refused(service, request(audio(long), text(), model=model))


def test_a_video_that_is_too_long(service: FakeService, media: Path) -> None:
    long = make_video(media, "long.mp4", seconds=41, fps=1, size="64x64", sound=False)
    assert "The video file is too long." in refused(service, request(video(long), text(), model=TURBO))
    assert post(service, request(video(long), text(), model=FLASH)).status_code == 200


def test_a_video_without_a_valid_number_of_frames(service: FakeService, media: Path) -> None:
    short = make_video(media, "short.mp4", seconds=0.4, fps=5, size="64x64", sound=False)
    assert "nframes should be in interval" in refused(service, request(video(short), text()))


@pytest.mark.parametrize(("width", "height"), [(10, 200), (2211, 11)])
def test_images_that_are_too_small_or_too_narrow(service: FakeService, media: Path, width: int, height: int) -> None:
    words = "larger than 10 px" if width == 10 else "aspect ratio"
    assert words in refused(service, request(image(make_image(media, width, height))))


@pytest.mark.parametrize("number", [0, 1])
def test_each_frame_of_a_list_is_looked_at(service: FakeService, media: Path, picture: Path, number: int) -> None:
    pictures = [picture, picture, picture]
    pictures[number] = make_image(media, 10, 10)
    assert "larger than 10 px" in refused(service, request(frames(*pictures)))


@pytest.mark.parametrize(("model", "megabytes"), [(FLASH, 10), (PLUS, 20)])
def test_an_image_that_is_too_large(service: FakeService, media: Path, model: str, megabytes: int) -> None:
    large = make_image(media, name=f"{megabytes}.png", size_bytes=megabytes * 1_000_000 + 1)
    assert "Multimodal file size is too large" in refused(service, request(image(service.publish(large)), model=model))


def test_sound_that_is_too_large(service: FakeService, media: Path) -> None:
    large = make_silence(media, seconds=100, rate=100_001)
    assert "Multimodal file size is too large" in refused(service, request(audio(service.publish(large)), model=TURBO))


def test_refusals_have_the_documented_form(service: FakeService) -> None:
    body = json.loads(post(service, request(stream=False)).text)
    assert set(body) == {"error", "request_id"}
    assert set(body["error"]) == {"message", "type", "param", "code"}

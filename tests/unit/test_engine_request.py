from __future__ import annotations

from typing import Any

import pytest

from engine.failures import Refusal
from engine.request import read_request

VIDEO = {"type": "video_url", "video_url": {"url": "data:;base64,AAAA"}, "max_pixels": 921_600}
AUDIO = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
FRAMES = {"type": "video", "video": ["data:;base64,AAAA", "data:;base64,BBBB"], "fps": 1}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TEXT = {"type": "text", "text": "What is shown?"}


def body(*parts: Any, **changes: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": list(parts)}]
    return {"model": "embedded", "stream": True, "messages": messages, **changes}


def test_a_video_with_its_question_is_read() -> None:
    request = read_request(body(VIDEO, TEXT))
    assert request.prompt == "What is shown?"
    assert request.video is not None
    assert request.video.max_pixels == 921_600


def test_a_frame_list_keeps_its_order_and_rate() -> None:
    request = read_request(body(FRAMES, TEXT))
    assert [each.source[-4:] for each in request.pictures] == ["AAAA", "BBBB"]
    assert request.fps == 1
    assert request.pictures_are_frames


def test_a_video_may_bring_its_sound_as_a_part_of_its_own() -> None:
    request = read_request(body(VIDEO, AUDIO, TEXT))
    assert request.video is not None
    assert request.audio is not None


def test_a_follow_up_question_is_about_the_media_sent_before() -> None:
    messages = [
        {"role": "user", "content": [AUDIO, TEXT]},
        {"role": "assistant", "content": "A voice."},
        {"role": "user", "content": "Whose?"},
    ]
    request = read_request(body(messages=messages))
    assert request.prompt == "Whose?"
    assert request.audio is not None


def test_usage_is_reported_only_where_it_is_asked_for() -> None:
    assert not read_request(body(VIDEO)).include_usage
    assert read_request(body(VIDEO, stream_options={"include_usage": True})).include_usage


def test_an_unknown_model_is_a_404() -> None:
    with pytest.raises(Refusal) as refused:
        read_request(body(VIDEO, model="qwen3.5-omni-plus"))
    assert (refused.value.status, refused.value.code) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("request_body", "words"),
    [
        ([], "JSON object"),
        (body(VIDEO, stream=False), "stream"),
        (body(VIDEO, modalities=["text", "audio"]), "text only"),
        (body(messages=[]), "role user"),
        (body(messages="hello"), "list of objects"),
        (body(VIDEO, max_tokens=0), "max_tokens"),
        (body({"type": "audio_url"}), "not supported"),
        (body({"type": "video_url", "video_url": {}}), "video_url.url"),
        (body({**FRAMES, "fps": 60}), "fps"),
        (body({"type": "video", "video": ["data:;base64,AAAA"]}), "2 to 2048"),
        (body({**VIDEO, "max_pixels": "many"}), "max_pixels"),
        (body(VIDEO, VIDEO), "one recording"),
        (body(VIDEO, IMAGE), "one recording"),
    ],
)
def test_what_cannot_be_answered_is_a_400_that_says_why(request_body: Any, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        read_request(request_body)
    assert refused.value.status == 400


def test_an_error_has_the_documented_form() -> None:
    body = Refusal("No.", status=404, code="model_not_found").body("r-1")
    assert body == {
        "error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": "model_not_found"},
        "request_id": "r-1",
    }

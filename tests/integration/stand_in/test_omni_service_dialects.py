"""The stand-in as vLLM and as SGLang: what they take, what they overlook, and what they hear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.media import make_video
from tests.support.service import FakeService
from tests.support.service_bodies import (
    audio,
    frames,
    image,
    make_image,
    make_silence,
    post,
    raw_audio,
    request,
    said,
    text,
    usage,
    video,
)
from tests.support.service_families import OPEN_WEIGHTS

Body = dict[str, Any]


@pytest.fixture(scope="module")
def vllm() -> Iterator[FakeService]:
    with FakeService(dialect="vllm") as service:
        yield service


@pytest.fixture(scope="module")
def sglang() -> Iterator[FakeService]:
    with FakeService(dialect="sglang") as service:
        yield service


@pytest.fixture(params=["vllm", "sglang"])
def either(request: pytest.FixtureRequest) -> FakeService:
    service: FakeService = request.getfixturevalue(request.param)
    return service


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 s at 4 frames a second, with sound."""
    return make_video(tmp_path_factory.mktemp("media"), seconds=30, fps=4, size="64x64")


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return make_silence(tmp_path, seconds=30)


def ask(*parts: dict[str, Any], **more: Any) -> Body:
    return request(*parts, text(), model=OPEN_WEIGHTS, **more)


def looked_at(service: FakeService, body: Body) -> int:
    assert post(service, body).status_code == 200
    return service.requests[-1].seen[0].looked_at


def test_they_answer_under_v1_and_say_errors_in_their_own_form(vllm: FakeService, sglang: FakeService) -> None:
    assert vllm.base_url.endswith(":" + vllm.address.rpartition(":")[2] + "/v1")
    wrong = ask(stream=False)
    assert post(vllm, wrong).json()["error"]["code"] == 400
    assert (post(sglang, wrong).json()["object"], post(sglang, wrong).json()["code"]) == ("error", 400)


def test_the_sound_of_a_video_is_not_heard(either: FakeService, film: Path) -> None:
    assert "No speech appears." in said(post(either, ask(video(film))))
    [seen] = either.requests[-1].seen
    assert (seen.sound_ms, seen.heard, seen.audio_tokens) == (30_000, False, 0)


def test_the_sound_is_heard_as_a_second_part(either: FakeService, film: Path, sound: Path) -> None:
    answer = post(either, ask(video(film), raw_audio(sound)))
    assert "Content: “This lasts 30.000 seconds.”" in said(answer)
    assert [seen.heard for seen in either.requests[-1].seen] == [False, True]


def test_how_tokens_divide_is_not_said(either: FakeService, film: Path) -> None:
    counted = usage(post(either, ask(video(film))))
    assert counted["prompt_tokens"] > 0
    assert counted["prompt_tokens_details"] is None


def test_sound_must_be_raw_base64(either: FakeService, sound: Path) -> None:
    assert post(either, ask(audio(sound))).status_code == 400


def test_sound_may_be_an_address_of_its_own_type(either: FakeService, sound: Path) -> None:
    part = {"type": "audio_url", "audio_url": {"url": either.publish(sound)}}
    assert "Content:" in said(post(either, ask(part)))


def test_a_list_of_frames_is_unknown_but_pictures_are_not(either: FakeService, tmp_path: Path) -> None:
    picture = make_image(tmp_path)
    answer = post(either, ask(frames(picture, picture)))
    assert (answer.status_code, "'video'" in answer.text) == (400, True)
    assert post(either, ask(image(picture), image(picture))).status_code == 200


def test_sglang_hears_only_wav_and_mp3(sglang: FakeService, vllm: FakeService, sound: Path) -> None:
    part = raw_audio(sound)
    part["input_audio"]["format"] = "flac"
    assert [post(service, ask(part)).status_code for service in (sglang, vllm)] == [400, 200]


def test_vllm_overlooks_fps_beside_and_inside_and_heeds_its_own_keys(vllm: FakeService, film: Path) -> None:
    inside = video(film, fps=2)
    inside["video_url"]["fps"] = 2
    assert looked_at(vllm, ask(inside)) == 32
    assert looked_at(vllm, ask(video(film), media_io_kwargs={"video": {"fps": 2}})) == 32
    assert looked_at(vllm, ask(video(film), media_io_kwargs={"video": {"fps": 2, "num_frames": -1}})) == 60


def test_vllm_takes_pixels_from_the_processors_keys(vllm: FakeService, film: Path) -> None:
    post(vllm, ask(video(film, max_pixels=200_704)))
    plain = vllm.requests[-1].seen[0].video_tokens
    post(vllm, ask(video(film), mm_processor_kwargs={"min_pixels": 200_704}))
    assert vllm.requests[-1].seen[0].video_tokens > plain


def test_sglang_overlooks_fps_beside_and_heeds_it_inside(sglang: FakeService, film: Path) -> None:
    inside = video(film)
    inside["video_url"] |= {"fps": 1, "max_frames": 20}
    assert looked_at(sglang, ask(video(film, fps=1))) == 60
    assert looked_at(sglang, ask(inside)) == 20


def test_they_do_not_speak(either: FakeService, sound: Path) -> None:
    spoken = {"modalities": ["text", "audio"], "audio": {"voice": "Tina", "format": "wav"}}
    assert post(either, ask(raw_audio(sound), **spoken)).status_code == 400

"""The stand-in service itself: it answers in the documented form, so that tests can trust it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.media import make_video
from tests.support.service import MODELS, FakeService, Received, Say
from tests.support.service_bodies import (
    FLASH,
    TURBO,
    audio,
    chunks,
    frames,
    image,
    make_image,
    make_silence,
    post,
    request,
    said,
    text,
    usage,
    video,
)
from tests.support.service_specs import KEY


@pytest.fixture
def sound(media: Path) -> Path:
    return make_silence(media, seconds=2)


@pytest.fixture(scope="module")
def film(media: Path) -> Path:
    """4 s, 320 x 240, 25 frames a second, with sound."""
    return make_video(media, "film.mp4")


# --- the stream ------------------------------------------------------------------------------------------------


def test_an_answer_is_streamed_with_the_finish_reason_then_usage_then_done(service: FakeService, sound: Path) -> None:
    first, *_, finish, last = chunks(post(service, request(audio(sound), text())))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert (last["choices"], last["usage"]["prompt_tokens_details"]["audio_tokens"]) == ([], 14)
    assert last["usage"]["total_tokens"] == last["usage"]["prompt_tokens"] + last["usage"]["completion_tokens"]


def test_usage_is_sent_only_where_it_was_asked_for(service: FakeService, sound: Path) -> None:
    *_, last = chunks(post(service, request(audio(sound), text(), stream_options=None)))
    assert last["choices"][0]["finish_reason"] == "stop"


def test_thoughts_come_first_while_content_is_null(service: FakeService, sound: Path) -> None:
    answer = post(service, request(audio(sound), text(), model=FLASH, enable_thinking=True))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks(answer) if chunk["choices"]]
    assert deltas[0] == {"role": "assistant", "content": None, "reasoning_content": ""}
    thinking = [delta["content"] is None for delta in deltas]
    assert thinking == sorted(thinking, reverse=True)
    assert (deltas[-1]["content"], deltas[-1]["reasoning_content"]) == ("", None)
    assert said(answer, "reasoning_content") == "It lasts 2000 ms, so two parts will do."
    assert usage(answer)["completion_tokens_details"]["reasoning_tokens"] > 0


def test_a_spoken_answer_is_a_beep_as_long_as_the_text(service: FakeService, sound: Path) -> None:
    spoken: dict[str, Any] = {"modalities": ["text", "audio"], "audio": {"voice": "Tina", "format": "wav"}}
    answer = post(service, request(audio(sound), text("What is it?"), **spoken))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks(answer) if chunk["choices"]]
    pieces = [delta["audio"] for delta in deltas if "audio" in delta]
    assert all({"data", "id", "expires_at"} == set(piece) for piece in pieces)
    pcm = base64.b64decode("".join(piece["data"] for piece in pieces), validate=True)
    seconds = len(said(answer)) * 0.02
    assert len(pcm) == 2 * 24_000 * seconds
    assert max(pcm) > 0
    details = usage(answer)["completion_tokens_details"]
    assert details["audio_tokens"] == pytest.approx(seconds * 12.5, abs=1)


def test_the_answers_length_can_be_bounded(service: FakeService, sound: Path) -> None:
    answer = post(service, request(audio(sound), text(), max_tokens=10))
    assert len(said(answer)) == 40
    assert chunks(answer)[-2]["choices"][0]["finish_reason"] == "length"


def test_an_answer_may_bear_the_name_of_a_snapshot(service: FakeService, sound: Path) -> None:
    service.next(Say("A dog.", model="qwen3.5-omni-plus-2026-03-15"))
    assert chunks(post(service, request(audio(sound), text())))[0]["model"] == "qwen3.5-omni-plus-2026-03-15"


@pytest.mark.parametrize("model", MODELS)
def test_every_model_and_snapshot_is_served(service: FakeService, sound: Path, model: str) -> None:
    assert said(post(service, request(audio(sound), text(), model=model))).startswith("## Storyline")


# --- what was seen, and how it is counted ----------------------------------------------------------------------


def test_a_video_counts_by_the_formula_and_its_sound_on_top(service: FakeService, film: Path) -> None:
    counted = usage(post(service, request(video(film), text())))["prompt_tokens_details"]
    # 8 frames in 4 rows at 320 x 256 (240 rounds half to even: 8 x 32): 4 x 10 x 8 + 2; sound 4 x 7
    assert (counted["video_tokens"], counted["audio_tokens"], counted["image_tokens"]) == (322, 28, None)
    [seen] = service.requests[-1].seen
    assert (seen.modality, seen.transport, seen.duration_ms, seen.frames, seen.looked_at) == (
        "video", "data", 4000, 100, 8,
    )  # fmt: skip
    assert (seen.width, seen.height, seen.seen_width, seen.seen_height) == (320, 240, 320, 256)
    assert (seen.sound_ms, seen.heard, seen.size_bytes) == (4000, True, film.stat().st_size)


@pytest.mark.parametrize(
    ("model", "beside", "tokens"),
    [
        (FLASH, {}, 4 * 14 * 10 + 2),  # enlarged to 131,072 pixels: beta 1.3064
        (TURBO, {}, 4 * 14 * 10 + 2),  # enlarged to 100,352 pixels: beta 1.1431
        (FLASH, {"fps": 4}, 8 * 14 * 10 + 2),
        ("qwen3.5-omni-flash", {"min_pixels": 131_072}, 4 * 14 * 10 + 2),
    ],
)
def test_families_and_parameters_change_what_a_video_counts(
    service: FakeService, film: Path, model: str, beside: dict[str, int], tokens: int
) -> None:
    counted = usage(post(service, request(video(film, **beside), text(), model=model)))
    assert counted["prompt_tokens_details"]["video_tokens"] == tokens


def test_a_frame_list_is_a_video_without_sound(service: FakeService, media: Path) -> None:
    pictures = [make_image(media, 320, 256, f"{number}.png") for number in range(4)]
    answer = post(service, request(frames(*pictures, fps=2), text()))
    assert usage(answer)["prompt_tokens_details"]["video_tokens"] == 2 * 10 * 8 + 2
    [seen] = service.requests[-1].seen
    assert (seen.type, seen.duration_ms, seen.frames, seen.heard) == ("video", 2000, 4, False)
    assert "No speech appears." in said(answer)


def test_images_count_by_their_own_formula(service: FakeService, media: Path) -> None:
    pictures = [image(make_image(media, 320, 256)), image(make_image(media, 640, 512), max_pixels=81_920)]
    answer = post(service, request(*pictures, text("What is it?")))
    assert usage(answer)["prompt_tokens_details"]["image_tokens"] == 2 * (10 * 8 + 2)
    assert said(answer) == "Pictures of 320x256, 640x512 pixels. Nothing in them calls for attention."


def test_several_recordings_of_one_modality_are_one_timeline(service: FakeService, media: Path, sound: Path) -> None:
    answer = post(service, request(audio(sound), audio(make_silence(media, seconds=3)), text("What is it?")))
    assert said(answer).startswith("A recording of 5.000 seconds.")


def test_a_conversation_is_about_the_newest_media_and_counts_all_of_it(service: FakeService, sound: Path) -> None:
    body = request(audio(sound), text())
    body["messages"] += [
        {"role": "assistant", "content": "## Storyline"},
        {"role": "user", "content": "Is it a dog?"},
    ]
    answer = post(service, body)
    assert said(answer) == "About these 2.000 seconds, to “Is it a dog?”: nothing more can be said."
    assert usage(answer)["prompt_tokens_details"]["audio_tokens"] == 14


def test_a_correction_is_answered_in_sections(service: FakeService, sound: Path) -> None:
    body = request(audio(sound), text("What is it?"))
    body["messages"] += [
        {"role": "assistant", "content": [{"type": "text", "text": "A dog."}]},
        {"role": "user", "content": [text("The section ## Storyline is missing.")]},
    ]
    assert said(post(service, body)).startswith("## Storyline\n00:00.000 - 00:01.000\n")


# --- what is kept ----------------------------------------------------------------------------------------------


def test_requests_are_remembered_without_media_and_key(service: FakeService, sound: Path) -> None:
    post(service, request(audio(sound), text()))
    [kept] = service.requests
    assert (kept.method, kept.path, kept.status) == ("POST", "/compatible-mode/v1/chat/completions", 200)
    assert len(repr(kept)) < 2000
    assert KEY not in repr(kept)
    assert kept.media_bytes == pytest.approx(sound.stat().st_size, abs=2)


def test_what_happens_can_be_chosen_by_what_was_seen(service: FakeService, media: Path, sound: Path) -> None:
    def decide(received: Received) -> Say | None:
        return Say("Long.") if received.seen[0].duration_ms > 2000 else None

    service.decide = decide
    assert said(post(service, request(audio(make_silence(media, seconds=3)), text()))) == "Long."
    assert said(post(service, request(audio(sound), text()))).startswith("## Storyline")


def test_it_runs_alone_as_a_command(sound: Path) -> None:
    command = [sys.executable, "-m", "tests.support.service", "--latency", "0.01", "--requests-per-minute", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as alone:
        assert alone.stdout is not None
        word, _, base_url = alone.stdout.readline().strip().rpartition(" ")
        with httpx2.Client(trust_env=False) as client:
            body = json.dumps(request(audio(sound), text()))
            answers = [client.post(f"{base_url}/chat/completions", content=body) for _ in range(2)]
        alone.terminate()
    assert word == "listening on"
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].text.endswith("data: [DONE]\n\n")
    assert alone.returncode == 0

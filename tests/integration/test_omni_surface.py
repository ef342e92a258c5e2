"""Every kind of input, mode and dialect through the client, against a server as strict as the documented ones."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.catalog import load_catalog
from tasks.omni.client import OmniClient
from tasks.omni.conversation import Turn
from tasks.omni.parts import File, Frames, Image, Link, Medium, Sampling, Sound, Video, of_clip
from tasks.omni.wire import Endpoint
from tasks.planning.cost import cost_nano
from tasks.planning.modes import TEXT, Modes
from tasks.records import Answer, Clip, Picture
from tests.support.media import make_video
from tests.support.service import CutStream, FakeService, Received, Say, Strictness
from tests.support.service_bodies import make_image, make_silence
from tests.support.service_specs import AT_ONCE, KEY, SECTIONS, clip_of
from tests.support.service_stream import speech_of

CATALOG = load_catalog()
OPEN_WEIGHTS = "Qwen/Qwen3-Omni-30B-A3B-Instruct"
PICTURE = Picture(width=64, height=64, fps=2.0, frames=8, max_pixels=230_400)


@pytest.fixture(scope="module")
def running() -> Iterator[FakeService]:
    with FakeService(api_key=KEY, strictness=Strictness(voices=("Tina",))) as server:
        yield server


@pytest.fixture
def service(running: FakeService) -> FakeService:
    running.reset()
    return running


@pytest.fixture(scope="module")
def film(media: Path) -> Path:
    """4 s with sound."""
    return make_video(media, seconds=4, fps=2, size="64x64")


@pytest.fixture(scope="module")
def sound(media: Path) -> Path:
    return make_silence(media, seconds=4)


@pytest.fixture(scope="module")
def page(media: Path) -> Path:
    return make_image(media)


def client_of(service: FakeService, model: str = "qwen3.5-omni-plus", provider: str = "dashscope") -> OmniClient:
    where = CATALOG.providers[provider]
    return OmniClient(where, CATALOG.models[model], Endpoint(service.base_url, SecretStr(KEY)), retries=AT_ONCE)


def ask(
    service: FakeService, clip: Clip, *media: Medium, model: str = "qwen3.5-omni-plus", modes: Modes = TEXT
) -> Answer:
    with client_of(service, model) as client:
        return client.ask(clip, "Describe it.", media=media or None, modes=modes)


def only(service: FakeService) -> Received:
    (request,) = service.requests
    assert request.status == 200
    return request


# --- inputs ----------------------------------------------------------------------------------------------------


def test_a_list_of_frames_is_seen_as_one_video(service: FakeService, film: Path, page: Path) -> None:
    frames = Frames((File(str(page), "png"),) * 8, Sampling(fps=2, max_pixels=65_536))
    answer = ask(service, clip_of(film), frames)
    (seen,) = only(service).seen
    assert (seen.modality, seen.frames, seen.duration_ms) == ("video", 8, 4000)
    assert answer.calls[0].tokens is not None
    assert answer.calls[0].tokens.video == seen.video_tokens


def test_several_images_are_one_question(service: FakeService, film: Path, page: Path) -> None:
    ask(service, clip_of(film), *[Image(File(str(page), "png"))] * 3)
    assert [seen.modality for seen in only(service).seen] == ["image"] * 3


def test_several_videos_and_several_sounds_are_one_question(service: FakeService, film: Path, sound: Path) -> None:
    for medium in (Video(File(str(film), "mp4")), Sound(File(str(sound), "wav"))):
        service.reset()
        ask(service, clip_of(film), medium, medium)
        assert [seen.duration_ms for seen in only(service).seen] == [pytest.approx(4000, abs=50)] * 2


def test_a_public_address_is_passed_through_untouched(service: FakeService, film: Path, sound: Path) -> None:
    for path, kind in ((film, Video), (sound, Sound)):
        service.reset()
        ask(service, clip_of(film), kind(Link(service.publish(path))))
        request = only(service)
        assert (request.seen[0].transport, request.media_bytes) == ("http", 0)


def test_a_request_that_does_not_fit_is_never_sent(service: FakeService, film: Path, sound: Path) -> None:
    answer = ask(service, clip_of(film), Video(File(str(film), "mp4")), Sound(File(str(sound), "wav")))
    assert (answer.outcome, answer.error_class, answer.retryable) == ("failed", "BadRequest", False)
    assert "takes one modality beside text" in answer.reason
    assert service.requests == []


# --- modes -----------------------------------------------------------------------------------------------------


def test_thinking_gives_reasoning_beside_the_text(service: FakeService, sound: Path) -> None:
    answer = ask(service, clip_of(sound, seconds=4), model="qwen3-omni-flash", modes=Modes(thinking=True))
    assert answer.reasoning == "It lasts 4000 ms, so two parts will do."
    assert answer.text.startswith("A recording of 4.000 seconds.")
    assert answer.calls[0].tokens is not None
    assert answer.calls[0].tokens.reasoning == len(answer.reasoning) // 4


def test_a_web_search_is_asked_for_as_documented(service: FakeService, sound: Path) -> None:
    assert ask(service, clip_of(sound), modes=Modes(search=True)).outcome is None
    body = only(service).body
    assert (body["enable_search"], body["search_options"]) == (True, {"search_strategy": "agent"})


def test_a_spoken_answer_is_written_beside_its_words(service: FakeService, sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "voices" / "answer.wav"
    with client_of(service) as client:
        answer = client.ask(clip_of(sound), "Describe it.", modes=Modes(voice="Tina"), voice_path=path)
    assert (answer.text[:12], answer.voice_path) == ("A recording ", str(path))
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.readframes(file.getnframes()) == speech_of(answer.text)


def test_of_a_spoken_answer_only_the_sound_is_billed(service: FakeService, sound: Path, tmp_path: Path) -> None:
    with client_of(service) as client:
        answer = client.ask(clip_of(sound), "Say it.", modes=Modes(voice="Tina"), voice_path=tmp_path / "answer.wav")
    tokens = answer.calls[0].tokens
    assert tokens is not None
    assert tokens.output_audio == pytest.approx(len(answer.text) * 0.02 * 12.5, abs=1)
    assert tokens.output == len(answer.text) // 4
    price = next(p for p in CATALOG.prices if (p.model, p.region) == ("qwen3.5-omni-plus", "beijing"))
    assert cost_nano(tokens, price) == tokens.text * 7_000 + tokens.audio * 53_000 + tokens.output_audio * 213_000


def test_a_voice_that_breaks_off_begins_anew_with_its_answer(service: FakeService, sound: Path, tmp_path: Path) -> None:
    service.next(CutStream(after=30), CutStream(after=40, politely=True))
    path = tmp_path / "answer.wav"
    with client_of(service) as client:
        answer = client.ask(clip_of(sound), "Describe it.", modes=Modes(voice="Tina"), voice_path=path)
    assert [call.error_class for call in answer.calls] == ["ConnectionLost", "ConnectionLost", None]
    assert path.read_bytes()[44:] == speech_of(answer.text)
    assert list(tmp_path.iterdir()) == [path]


def test_an_answer_without_the_sound_that_was_wanted_says_so(service: FakeService, sound: Path, tmp_path: Path) -> None:
    service.next(Say("Hello.", speaks=False))
    with client_of(service) as client:
        answer = client.ask(clip_of(sound), "Say it.", modes=Modes(voice="Tina"), voice_path=tmp_path / "answer.wav")
    assert (answer.text, answer.voice_path, answer.reason) == ("Hello.", None, "No sound came with the answer.")


def test_an_answer_that_never_came_leaves_no_voice(service: FakeService, sound: Path, tmp_path: Path) -> None:
    service.next(*[CutStream(after=30)] * 5)
    with client_of(service) as client:
        answer = client.ask(
            clip_of(sound), "Describe it.", modes=Modes(voice="Tina"), voice_path=tmp_path / "answer.wav"
        )
    assert (answer.outcome, answer.voice_path, list(tmp_path.iterdir())) == ("failed", None, [])


def test_a_voice_is_whole_once_the_finish_reason_has_come(service: FakeService, sound: Path, tmp_path: Path) -> None:
    service.next(CutStream(after=None))
    with client_of(service) as client:
        answer = client.ask(
            clip_of(sound), "Describe it.", modes=Modes(voice="Tina"), voice_path=tmp_path / "answer.wav"
        )
    assert (tmp_path / "answer.wav").read_bytes()[44:] == speech_of(answer.text)
    assert [call.tokens for call in answer.calls] == [None]


def test_an_unwritable_folder_costs_the_voice_and_not_the_answer(
    service: FakeService, sound: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with client_of(service) as client:
        answer = client.ask(
            clip_of(sound), "Describe it.", modes=Modes(voice="Tina"), voice_path=tmp_path / "file" / "answer.wav"
        )
    assert answer.text
    assert (answer.outcome, answer.voice_path) == (None, None)
    assert answer.reason.startswith("The spoken answer could not be kept.")


def test_a_voice_needs_a_place_and_a_place_a_voice(service: FakeService, sound: Path, tmp_path: Path) -> None:
    with client_of(service) as client:
        with pytest.raises(ValueError, match="together"):
            client.ask(clip_of(sound), "Describe it.", modes=Modes(voice="Tina"))
        with pytest.raises(ValueError, match="together"):
            client.ask(clip_of(sound), "Describe it.", voice_path=tmp_path / "answer.wav")


# --- conversations ---------------------------------------------------------------------------------------------


def test_follow_up_questions_continue_what_was_said_about_the_segment(service: FakeService, sound: Path) -> None:
    clip = clip_of(sound, seconds=4)
    with client_of(service) as client:
        said = [Turn(SECTIONS, client.ask(clip, SECTIONS).text)]
        for question in ("Who speaks?", "And why?"):
            said.append(Turn(question, client.ask(clip, question, earlier=said).text))
    assert [turn.answer for turn in said[1:]] == [
        f"About these 4.000 seconds, to “{q}”: nothing more can be said." for q in ("Who speaks?", "And why?")
    ]
    assert [message["role"] for message in service.requests[-1].body["messages"]] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert [len(request.seen) for request in service.requests] == [1, 1, 1]


# --- servers of your own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["vllm", "sglang"])
def test_a_video_is_seen_and_heard_by_a_server_of_your_own(dialect: str, film: Path, sound: Path) -> None:
    clip = clip_of(film, picture=PICTURE, seconds=4)
    with (
        FakeService(dialect="vllm" if dialect == "vllm" else "sglang") as service,
        client_of(service, OPEN_WEIGHTS, dialect) as client,
    ):
        deaf = client.ask(clip, SECTIONS)
        answer = client.ask(clip, SECTIONS, media=of_clip(clip, soundtrack=File(str(sound), "wav")))
        seen, heard = only(service).seen
    assert (deaf.error_class, "must be sent beside the video" in deaf.reason) == ("BadRequest", True)
    assert (seen.looked_at, seen.heard, heard.heard) == (8, False, True)
    assert "This lasts 4.000 seconds." in answer.text


def test_a_list_of_frames_goes_to_a_server_of_your_own_as_images(page: Path, sound: Path, film: Path) -> None:
    frames = Frames((File(str(page), "png"),) * 4, Sampling(fps=2, max_pixels=65_536))
    with FakeService(dialect="vllm") as service, client_of(service, OPEN_WEIGHTS, "vllm") as client:
        client.ask(clip_of(film), "Describe it.", media=(frames, Sound(File(str(sound), "wav"))))
        assert [seen.modality for seen in only(service).seen] == ["image"] * 4 + ["audio"]

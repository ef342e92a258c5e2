"""What is sent to the model: a conversation about some media, in one request."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import load_catalog
from tasks.errors import BadRequest, NotFound, TooLarge
from tasks.omni.conversation import Turn, UserMessage, conversation
from tasks.omni.encoded import Encoded
from tasks.omni.messages import ChatRequest, build_request, request_body
from tasks.omni.parts import File, Frames, Image, Link, Sampling, Sound, Video, of_clip
from tasks.planning.modes import Modes
from tasks.records import Picture
from tests.support.service_specs import MODEL, PROVIDER, clip_of

CATALOG = load_catalog()
PICTURE = Picture(width=320, height=256, fps=2.0, frames=8, max_pixels=230_400)
LONG_AGO = Turn("What is this?", "A dog.")


def about(path: Path, text: str = "", picture: Picture | None = None) -> tuple[UserMessage]:
    (turn,) = conversation(of_clip(clip_of(path, picture=picture)), text)
    assert isinstance(turn, UserMessage)
    return (turn,)


def sent(made: ChatRequest) -> bytes:
    return b"".join(made.pieces())


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "clip.wav"
    path.write_bytes(b"sound")
    return path


# --- a clip as media -------------------------------------------------------------------------------------------


def test_a_clip_with_a_picture_is_a_video_with_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    assert of_clip(clip_of(path, picture=PICTURE)) == (
        Video(File(str(path), "mp4"), Sampling(fps=2.0, max_pixels=230_400, frames=8), sound=True),
    )
    assert of_clip(clip_of(path, picture=PICTURE, sound=False))[0] == Video(
        File(str(path), "mp4"), Sampling(fps=2.0, max_pixels=230_400, frames=8)
    )


def test_a_clip_shown_without_picture_goes_as_sound(tmp_path: Path) -> None:
    assert of_clip(clip_of(tmp_path / "clip.mp4")) == (Sound(File(str(tmp_path / "clip.mp4"), "mp4")),)


def test_the_soundtrack_may_stand_beside_the_video(tmp_path: Path) -> None:
    video, beside = of_clip(clip_of(tmp_path / "clip.mp4", picture=PICTURE), soundtrack=File("clip.mp3", "mp3"))
    assert (type(video), beside) == (Video, Sound(File("clip.mp3", "mp3")))


@pytest.mark.parametrize(("clip_fps", "looked_at"), [(0.57, 2), (1.0, 2), (2.0, 2), (5.0, 5)])
def test_sampling_never_goes_below_the_documented_rate_so_that_every_frame_is_kept(
    tmp_path: Path, clip_fps: float, looked_at: float
) -> None:
    (video,) = of_clip(clip_of(tmp_path / "clip.mp4", picture=dataclasses.replace(PICTURE, fps=clip_fps)))
    assert isinstance(video, Video)
    assert video.sampling.fps == looked_at


# --- the body --------------------------------------------------------------------------------------------------


def test_a_question_about_a_clip_is_streamed_with_usage_and_answered_in_text(sound: Path) -> None:
    data = Encoded(str(sound), "data:audio/wav;base64,")
    assert request_body(PROVIDER, MODEL, about(sound, "Describe it.")) == {
        "model": MODEL.name,
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}},
                    {"type": "text", "text": "Describe it."},
                ],
            }
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "modalities": ["text"],
    }


def test_the_length_of_the_answer_is_bounded_only_on_demand(sound: Path) -> None:
    assert request_body(PROVIDER, MODEL, about(sound), max_tokens=100)["max_tokens"] == 100
    assert "max_tokens" not in request_body(PROVIDER, MODEL, about(sound))


def test_several_media_stand_before_the_text_in_their_order() -> None:
    media = (Image(Link("https://host/1.jpg")), Image(Link("https://host/2.jpg")))
    (message,) = request_body(PROVIDER, MODEL, conversation(media, "Compare them."))["messages"]
    assert [part["type"] for part in message["content"]] == ["image_url", "image_url", "text"]
    assert message["content"][1]["image_url"]["url"] == "https://host/2.jpg"


def test_in_a_conversation_the_media_come_first_and_the_model_said_text_only(sound: Path) -> None:
    media = of_clip(clip_of(sound))
    turns = conversation(media, "And now?", [LONG_AGO, Turn("Which one?", "A poodle.")])
    first, *others = request_body(PROVIDER, MODEL, turns)["messages"]
    assert [part["type"] for part in first["content"]] == ["input_audio", "text"]
    assert others == [
        {"role": "assistant", "content": "A dog."},
        {"role": "user", "content": [{"type": "text", "text": "Which one?"}]},
        {"role": "assistant", "content": "A poodle."},
        {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
    ]


def test_different_messages_may_hold_different_media(sound: Path) -> None:
    turns = (
        UserMessage("Look.", (Image(Link("https://host/1.jpg")),)),
        *conversation(of_clip(clip_of(sound)), "Listen."),
    )
    messages = request_body(PROVIDER, MODEL, turns)["messages"]
    assert [message["content"][0]["type"] for message in messages] == ["image_url", "input_audio"]
    assert build_request(PROVIDER, MODEL, turns).media_bytes == 5


def test_the_modes_are_fields_of_the_request(sound: Path) -> None:
    body = request_body(PROVIDER, MODEL, about(sound), Modes(search=True))
    assert (body["enable_search"], body["search_options"]) == (True, {"search_strategy": "agent"})


def test_a_video_for_vllm_goes_with_its_soundtrack_and_the_rate_at_the_top() -> None:
    provider, model = CATALOG.providers["vllm"], CATALOG.models["Qwen/Qwen3-Omni-30B-A3B-Instruct"]
    sampling = Sampling(fps=2, max_pixels=230_400, frames=8)
    media = (Video(File("clip.mp4", "mp4"), sampling, sound=True), Sound(File("clip.mp3", "mp3")))
    assert request_body(provider, model, conversation(media, "Describe it.")) == {
        "model": "Qwen/Qwen3-Omni-30B-A3B-Instruct",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "video_url", "video_url": {"url": Encoded("clip.mp4", "data:video/mp4;base64,")}},
                    {"type": "input_audio", "input_audio": {"data": Encoded("clip.mp3"), "format": "mp3"}},
                    {"type": "text", "text": "Describe it."},
                ],
            }
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "modalities": ["text"],
        "mm_processor_kwargs": {"fps": 2, "max_pixels": 230_400},
        "media_io_kwargs": {"video": {"fps": 2, "num_frames": -1}},
    }


# --- the upload ------------------------------------------------------------------------------------------------


def test_the_pieces_of_an_upload_are_the_request_with_all_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(5)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes(number * 1001))
    instruction = "Say “<media>” and \\u0000\n日本語\0"
    made = build_request(
        PROVIDER, MODEL, conversation((Frames(tuple(File(str(p), "jpg") for p in paths)),), instruction)
    )
    assert len(sent(made)) == made.length
    assert made.media_bytes == sum(path.stat().st_size for path in paths)
    frames, text = json.loads(sent(made))["messages"][0]["content"]
    assert frames["video"] == [f"data:image/jpeg;base64,{base64.b64encode(p.read_bytes()).decode()}" for p in paths]
    assert text["text"] == instruction


def test_a_clip_that_vanished_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.wav"):
        build_request(PROVIDER, MODEL, about(tmp_path / "gone.wav"))


def test_only_a_request_with_a_temporary_upload_asks_for_it_to_be_looked_up(sound: Path) -> None:
    stored = conversation((Video(Link("oss://dir/clip.mp4")),), "Describe it.")
    assert build_request(PROVIDER, MODEL, stored).headers == {"X-DashScope-OssResourceResolve": "enable"}
    assert build_request(PROVIDER, MODEL, about(sound)).headers == {}
    assert build_request(PROVIDER, MODEL, conversation((Video(Link("https://host/a.mp4")),), "")).headers == {}


@pytest.mark.parametrize(
    ("modes", "media", "words"),
    [
        (Modes(thinking=True), (), "has no thinking mode"),
        (Modes(), (Video(Link("https://host/a.mp4")), Sound(Link("https://host/a.mp3"))), "takes one modality"),
    ],
)
def test_what_the_model_does_not_take_is_refused_before_it_is_sent(
    modes: Modes, media: tuple[Video | Sound, ...], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        build_request(PROVIDER, MODEL, conversation(media, ""), modes)


def test_a_request_above_the_limit_is_refused_with_both_sizes(sound: Path) -> None:
    small = PROVIDER.model_copy(update={"max_data_uri_bytes": 1000})
    sound.write_bytes(bytes(750))
    with pytest.raises(TooLarge, match="at most 1,000 bytes") as caught:
        build_request(small, MODEL, about(sound))
    assert caught.value.limit_bytes == 1000
    assert (caught.value.needed_bytes or 0) > 1000


@given(size=st.integers(0, 5000), instruction=st.text(max_size=200), limit=st.integers(200, 8000))
def test_what_is_accepted_is_never_longer_than_the_limit(
    tmp_path_factory: pytest.TempPathFactory, size: int, instruction: str, limit: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.wav"
    path.write_bytes(bytes(size))
    provider = PROVIDER.model_copy(update={"max_data_uri_bytes": limit})
    with contextlib.suppress(TooLarge):
        assert len(sent(build_request(provider, MODEL, about(path, instruction)))) <= limit

"""What a model and a server take in one request, refused before it is sent."""

from __future__ import annotations

import pytest

from config.catalog import load_catalog
from config.types import ModelSpec, ProviderSpec
from tasks.omni.limits import unsupported_media
from tasks.omni.parts import File, Frames, Image, Link, Medium, Sampling, Sound, Video
from tasks.planning.request_limits import hears_soundtrack, modalities_taken

CATALOG = load_catalog()
PLUS, FLASH, TURBO, OPEN = (
    CATALOG.models[name]
    for name in ("qwen3.5-omni-plus", "qwen3-omni-flash", "qwen-omni-turbo", "Qwen/Qwen3-Omni-30B-A3B-Instruct")
)
SERVICE, VLLM, SGLANG, LOCAL = (CATALOG.providers[name] for name in ("dashscope", "vllm", "sglang", "local"))
EMBEDDED = CATALOG.models["embedded"]

FILE, LINK = File("clip.mp4", "mp4"), Link("https://host/clip.mp4")
VIDEO, SOUND, IMAGE = Video(FILE), Sound(File("clip.wav", "wav")), Image(File("a.jpg", "jpg"))


def frames(count: int, fps: float = 2) -> Frames:
    return Frames((File("frame.jpg", "jpg"),) * count, Sampling(fps=fps))


@pytest.mark.parametrize(
    ("model", "media"),
    [
        (PLUS, [VIDEO]),
        (PLUS, [VIDEO] * 250),
        (PLUS, [Video(LINK)] * 512),
        (PLUS, [SOUND] * 250),
        (PLUS, [Sound(LINK)] * 2048),
        (PLUS, [IMAGE] * 250),
        (PLUS, [Image(LINK)] * 2048),
        (PLUS, [frames(2)]),
        (PLUS, [frames(2048, fps=0.1)]),
        (PLUS, [Video(Link("oss://dir/clip.mp4"))]),
        (FLASH, [VIDEO]),
        (FLASH, [IMAGE] * 250),
        (FLASH, [frames(128)]),
        (TURBO, [frames(4)]),
        (TURBO, [frames(80, fps=10)]),
        (TURBO, []),
    ],
)
def test_what_a_family_takes_by_its_documentation_is_not_refused(model: ModelSpec, media: list[Medium]) -> None:
    assert unsupported_media([media], model, SERVICE) is None


@pytest.mark.parametrize(
    ("model", "media", "words"),
    [
        (PLUS, [VIDEO] * 251, "qwen3.5-omni-plus takes 250 video files per request in base64, but this one has 251."),
        (PLUS, [Video(LINK)] * 513, "takes 512 video files per request, but this one has 513."),
        (PLUS, [Sound(LINK)] * 2049, "takes 2,048 audio files"),
        (PLUS, [IMAGE] * 251, "takes 250 image files per request in base64"),
        (FLASH, [VIDEO] * 2, "qwen3-omni-flash takes 1 video file per request, but this one has 2."),
        (TURBO, [SOUND] * 2, "takes 1 audio file per request"),
        (PLUS, [frames(1)], "takes a list of 2 to 2,048 frames as a video, but this one has 1."),
        (FLASH, [frames(129)], "takes a list of 2 to 128 frames"),
        (TURBO, [frames(3)], "takes a list of 4 to 80 frames"),
        (PLUS, [frames(10, fps=0.05)], "looks at 0.1 to 10 frames per second, not at 0.05."),
        (PLUS, [VIDEO, SOUND], "takes one modality beside text in one message, but this one holds video and audio."),
        (PLUS, [frames(4), IMAGE], "holds video and image"),
        (
            PLUS,
            [Video(Link("ftp://host/a.mp4"))],
            "only addresses that begin with https://, http:// or oss://; found ftp",
        ),
        (PLUS, [Image(Link("a.jpg"))], "found no scheme://."),
    ],
)
def test_what_a_family_does_not_take_is_refused_with_the_limit(
    model: ModelSpec, media: list[Medium], words: str
) -> None:
    assert words in (unsupported_media([media], model, SERVICE) or "")


def test_different_messages_may_hold_different_modalities_but_share_the_counts() -> None:
    assert unsupported_media([[VIDEO], [SOUND]], FLASH, SERVICE) is None
    assert "takes 1 video file per request, but this one has 2" in (
        unsupported_media([[VIDEO], [VIDEO]], FLASH, SERVICE) or ""
    )


@pytest.mark.parametrize("provider", [VLLM, SGLANG])
def test_a_server_that_does_not_hear_a_soundtrack_gets_it_beside_the_video(provider: ProviderSpec) -> None:
    talking = Video(FILE, sound=True)
    assert not hears_soundtrack(provider)
    assert modalities_taken(OPEN, provider) == 2
    assert "must be sent beside the video" in (unsupported_media([[talking]], OPEN, provider) or "")
    assert unsupported_media([[talking, SOUND]], OPEN, provider) is None
    assert unsupported_media([[VIDEO]], OPEN, provider) is None


def test_a_list_of_frames_goes_to_vllm_as_images() -> None:
    assert unsupported_media([[frames(8), SOUND]], OPEN, VLLM) is None


@pytest.mark.parametrize("scheme", ["oss", "file"])
def test_a_server_fetches_only_what_it_can(scheme: str) -> None:
    complaint = unsupported_media([[Video(Link(f"{scheme}://dir/clip.mp4"))]], OPEN, VLLM)
    assert (
        complaint
        == f"vLLM, on a server of your own fetches only addresses that begin with https:// or http://; found {scheme}://."
    )


def test_sglang_takes_sound_as_wav_or_mp3() -> None:
    assert "takes sound as wav or mp3, not as mp4." in (unsupported_media([[Sound(FILE)]], OPEN, SGLANG) or "")


def test_the_embedded_engine_takes_one_recording_with_a_sound_beside_it_and_fetches_nothing() -> None:
    assert unsupported_media([[frames(4), SOUND]], EMBEDDED, LOCAL) is None
    assert "1 video file per request" in (unsupported_media([[VIDEO, VIDEO]], EMBEDDED, LOCAL) or "")
    assert "fetches no addresses: send the file itself" in (unsupported_media([[Video(LINK)]], EMBEDDED, LOCAL) or "")


def test_parts_that_a_model_does_not_take_are_named() -> None:
    deaf = PLUS.model_copy(update={"parts": ("video_url", "image_url")})
    assert (
        unsupported_media([[SOUND]], deaf, SERVICE)
        == "qwen3.5-omni-plus takes no input_audio, only video_url, image_url."
    )
    blind = VLLM.model_copy(update={"dialect": VLLM.dialect.model_copy(update={"parts": ("input_audio",)})})
    assert "takes no image_url, only input_audio" in (unsupported_media([[frames(4)]], OPEN, blind) or "")

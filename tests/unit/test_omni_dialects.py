"""How media are written for each server, as documented."""

from __future__ import annotations

from typing import Any

import pytest

from config.catalog import load_catalog
from tasks.omni.dialects import content_parts, request_fields
from tasks.omni.encoded import Encoded
from tasks.omni.parts import File, Frames, Image, Link, Medium, Sampling, Sound, Video

PROVIDERS = load_catalog().providers
SERVICE, VLLM, SGLANG = (PROVIDERS[name].dialect for name in ("dashscope", "vllm", "sglang"))

VIEW = Sampling(fps=2, max_pixels=230_400, frames=8)
CLIP = Video(File("/w/clip.mp4", "mp4"), VIEW)
SOUND = Sound(File("/w/clip.wav", "wav"))
PICTURE = Image(File("/w/page.jpg", "jpg"), Sampling(fps=2, max_pixels=1_310_720))
FRAMES = Frames((File("/w/1.jpg", "jpg"), Link("https://host/2.jpg")), VIEW)


def frame(name: str) -> Encoded:
    return Encoded(f"/w/{name}", "data:image/jpeg;base64,")


VIDEO_DATA = Encoded("/w/clip.mp4", "data:video/mp4;base64,")


@pytest.mark.parametrize(
    ("medium", "part"),
    [
        (CLIP, {"type": "video_url", "video_url": {"url": VIDEO_DATA}, "fps": 2, "max_pixels": 230_400}),
        (FRAMES, {"type": "video", "video": [frame("1.jpg"), "https://host/2.jpg"], "fps": 2, "max_pixels": 230_400}),
        (
            SOUND,
            {
                "type": "input_audio",
                "input_audio": {"data": Encoded("/w/clip.wav", "data:audio/wav;base64,"), "format": "wav"},
            },
        ),
        (PICTURE, {"type": "image_url", "image_url": {"url": frame("page.jpg")}, "max_pixels": 1_310_720}),
        (Video(Link("oss://dir/a.mp4")), {"type": "video_url", "video_url": {"url": "oss://dir/a.mp4"}}),
        (Sound(Link("https://host/a.mp3")), {"type": "input_audio", "input_audio": {"data": "https://host/a.mp3"}}),
        (Image(Link("https://host/a.png")), {"type": "image_url", "image_url": {"url": "https://host/a.png"}}),
    ],
)
def test_the_service_takes_parameters_beside_the_medias_key_and_typed_data_uris(
    medium: Medium, part: dict[str, Any]
) -> None:
    assert content_parts(medium, SERVICE) == [part]
    assert request_fields([medium], SERVICE) == {}


def test_every_documented_pixel_parameter_stands_beside_the_medias_key() -> None:
    sampling = Sampling(fps=0.5, min_pixels=65_536, max_pixels=655_360, total_pixels=184_549_376)
    (part,) = content_parts(Video(Link("https://host/a.mp4"), sampling), SERVICE)
    assert part == {
        "type": "video_url",
        "video_url": {"url": "https://host/a.mp4"},
        "fps": 0.5,
        "min_pixels": 65_536,
        "max_pixels": 655_360,
        "total_pixels": 184_549_376,
    }


@pytest.mark.parametrize(
    ("medium", "parts"),
    [
        (CLIP, [{"type": "video_url", "video_url": {"url": VIDEO_DATA}}]),
        (
            FRAMES,
            [
                {"type": "image_url", "image_url": {"url": frame("1.jpg")}},
                {"type": "image_url", "image_url": {"url": "https://host/2.jpg"}},
            ],
        ),
        (SOUND, [{"type": "input_audio", "input_audio": {"data": Encoded("/w/clip.wav"), "format": "wav"}}]),
        (PICTURE, [{"type": "image_url", "image_url": {"url": frame("page.jpg")}}]),
        (Sound(Link("https://host/a.mp3")), [{"type": "audio_url", "audio_url": {"url": "https://host/a.mp3"}}]),
    ],
)
def test_vllm_takes_raw_base64_sound_and_a_list_of_frames_as_images(
    medium: Medium, parts: list[dict[str, Any]]
) -> None:
    assert content_parts(medium, VLLM) == parts


def test_vllm_is_told_of_rate_and_pixels_at_the_top_of_the_request() -> None:
    assert request_fields([CLIP, SOUND], VLLM) == {
        "mm_processor_kwargs": {"fps": 2, "max_pixels": 230_400},
        "media_io_kwargs": {"video": {"fps": 2, "num_frames": -1}},
    }
    assert request_fields([FRAMES], VLLM) == {"mm_processor_kwargs": {"max_pixels": 230_400}}
    assert request_fields([SOUND], VLLM) == {}


def test_where_one_look_holds_for_all_the_closest_is_taken() -> None:
    closer = Video(File("/w/other.mp4", "mp4"), Sampling(fps=4, max_pixels=655_360))
    assert request_fields([CLIP, closer], VLLM)["mm_processor_kwargs"] == {"fps": 4, "max_pixels": 655_360}


@pytest.mark.parametrize(
    ("medium", "parts"),
    [
        (CLIP, [{"type": "video_url", "video_url": {"url": VIDEO_DATA, "fps": 2, "max_frames": 8}}]),
        (SOUND, [{"type": "input_audio", "input_audio": {"data": Encoded("/w/clip.wav"), "format": "wav"}}]),
        (PICTURE, [{"type": "image_url", "image_url": {"url": frame("page.jpg")}}]),
        (Sound(Link("https://host/a.mp3")), [{"type": "audio_url", "audio_url": {"url": "https://host/a.mp3"}}]),
    ],
)
def test_sglang_takes_rate_and_frames_inside_the_video(medium: Medium, parts: list[dict[str, Any]]) -> None:
    assert content_parts(medium, SGLANG) == parts
    assert request_fields([medium], SGLANG) == {}


@pytest.mark.parametrize(
    ("medium", "prefix"),
    [
        (Video(File("a.mkv", "mkv")), "data:video/x-matroska;base64,"),
        (Video(File("a.ts", "ts")), "data:video/ts;base64,"),
        (Sound(File("a.mp4", "mp4")), "data:audio/mp4;base64,"),
        (Sound(File("a.MP3", "MP3")), "data:audio/mpeg;base64,"),
        (Image(File("a.png", "png")), "data:image/png;base64,"),
    ],
)
def test_a_data_uri_names_the_type_of_its_file(medium: Medium, prefix: str) -> None:
    (part,) = content_parts(medium, SERVICE)
    (data,) = [value for value in part[part["type"]].values() if isinstance(value, Encoded)]
    assert data.prefix == prefix

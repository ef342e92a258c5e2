"""A provider, a model and clips for tests that speak to the stand-in service."""

from __future__ import annotations

import socket
import wave
from datetime import date
from pathlib import Path

from config.types import MediaLimits, ModelSpec, ProviderSpec, TokenConstants
from tasks.omni.retry import RetryPolicy
from tasks.records import Clip, Picture, PlannedSegment, Span, Tokens

KEY = "sk-f00dfacec0ffee0123456789"

SECTIONS = "Write ## Storyline and ## Speakers and Transcript."  # an instruction that asks for sections

AT_ONCE = RetryPolicy(pause=lambda halted, seconds: None)  # asks again without waiting

_ANY_SIZE = MediaLimits(max_bytes=2**31, per_request_url=512, per_request_base64=250)

MODEL = ModelSpec(
    name="qwen3.5-omni-plus",
    family="qwen3.5-omni",
    as_of=date(2026, 6, 1),
    thinking=False,
    search=True,
    context_tokens=262_144,
    max_input_tokens=196_608,
    max_output_tokens=65_536,
    video=_ANY_SIZE,
    audio=_ANY_SIZE,
    image=_ANY_SIZE,
    tokens=TokenConstants(
        factor=32,
        audio_per_second=7,
        speech_out_per_second=12.5,
        image_min_pixels=4096,
        image_max_pixels=1_310_720,
        video_min_pixels=65_536,
        video_max_pixels=655_360,
        video_max_pixels_is_ceiling=False,
        video_total_pixels=184_549_376,
        min_frames=2,
        max_frames=2048,
    ),
)

PROVIDER = ProviderSpec(
    name="beijing",
    title="the service",
    base_url="https://service.example/v1",
    default_model=MODEL.name,
    api_key_env="SERVICE_API_KEY",
    other_region="singapore",
    max_data_uri_bytes=10 * 1024 * 1024,
)


def clip_of(path: Path, *, picture: Picture | None = None, sound: bool = True, seconds: float = 1) -> Clip:
    """The clip in a file: with `picture` a video, without it sound alone."""
    span = Span(0, round(seconds * 1000))
    segment = PlannedSegment(0, f"segment of {path.name}", span, "whole", picture, sound, Tokens())
    size = path.stat().st_size if path.exists() else 0
    return Clip(
        segment, str(path), path.suffix[1:], size, "sent" if picture else "absent", "sent" if sound else "absent"
    )


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def silent_clip(folder: Path, seconds: float = 1) -> Clip:
    """A clip of silence, made without ffmpeg: 16 kHz, 16 bit, mono."""
    path = folder / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * round(16_000 * seconds)))
    return clip_of(path, seconds=seconds)

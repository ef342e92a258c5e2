"""Requests written by hand, as the documentation shows them, and small media for them: for tests of the stand-in."""

from __future__ import annotations

import base64
import json
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import httpx2
import numpy as np

from tests.support.service import FakeService
from tests.support.service_specs import KEY, MODEL

Part = dict[str, Any]

FLASH = "qwen3-omni-flash"
TURBO = "qwen-omni-turbo"
ALONE = "## Storyline, ## Visible Text, ## Speakers and Transcript"  # an instruction that asks for all sections


def request(*parts: Part, model: str = MODEL.name, **more: Any) -> dict[str, Any]:
    """A whole request of one user message; `more` are further keys of it, or others for those below."""
    return {
        "model": model,
        "messages": [{"role": "user", "content": list(parts)}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "modalities": ["text"],
        **more,
    }


def text(said: str = ALONE) -> Part:
    return {"type": "text", "text": said}


def video(source: Path | str, **beside: Any) -> Part:
    """Of a file, as a data URI, or of an address."""
    return {"type": "video_url", "video_url": {"url": _url(source, "video/mp4")}, **beside}


def audio(source: Path | str, **beside: Any) -> Part:
    return {"type": "input_audio", "input_audio": {"data": _url(source, "audio/wav"), "format": "wav"}, **beside}


def raw_audio(path: Path) -> Part:
    """As self-hosted servers want it."""
    return {"type": "input_audio", "input_audio": {"data": _base64(path), "format": "wav"}}


def image(source: Path | str, **beside: Any) -> Part:
    return {"type": "image_url", "image_url": {"url": _url(source, "image/png")}, **beside}


def frames(*paths: Path, **beside: Any) -> Part:
    return {"type": "video", "video": [_url(path, "image/png") for path in paths], **beside}


def make_image(folder: Path, width: int = 64, height: int = 48, name: str | None = None, size_bytes: int = 0) -> Path:
    """A grey picture, filled up with zeros to `size_bytes`."""
    path = folder / (name or f"{width}x{height}.png")
    data = cv2.imencode(".png", np.full((height, width, 3), 128, np.uint8))[1].tobytes()
    path.write_bytes(data.ljust(size_bytes, b"\0"))
    return path


def make_silence(folder: Path, seconds: float = 1, rate: int = 1000) -> Path:
    """Sound of 8 bit, mono: a byte for each sample, so that hours are small."""
    path = folder / f"{seconds}s-{rate}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(rate)
        file.writeframes(b"\x80" * round(seconds * rate))
    return path


def post(service: FakeService, body: Mapping[str, Any], *, key: str = KEY, **headers: str) -> httpx2.Response:
    """Send a request; underscores in the names of headers stand for hyphens."""
    return post_raw(service, json.dumps(body).encode(), key=key, **headers)


def post_raw(service: FakeService, content: bytes, *, key: str = KEY, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with web() as client:
        return client.post(
            f"{service.base_url}/chat/completions",
            content=content,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json", **named},
        )


@contextmanager
def web() -> Iterator[httpx2.Client]:
    with httpx2.Client(trust_env=False, verify=False, timeout=30) as client:
        yield client


def chunks(response: httpx2.Response) -> list[dict[str, Any]]:
    """The streamed chunks of a whole answer."""
    assert response.status_code == 200, response.text
    *lines, done = [line.removeprefix("data: ") for line in response.text.splitlines() if line]
    assert done == "[DONE]"
    return [json.loads(line) for line in lines]


def said(response: httpx2.Response, key: str = "content") -> str:
    """The text of an answer, or its `reasoning_content`."""
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks(response) if chunk["choices"]]
    return "".join(delta.get(key) or "" for delta in deltas)


def usage(response: httpx2.Response) -> dict[str, Any]:
    last: dict[str, Any] = chunks(response)[-1]["usage"]
    return last


def refusal(response: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and message."""
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


def _url(source: Path | str, media_type: str) -> str:
    return source if isinstance(source, str) else f"data:{media_type};base64,{_base64(source)}"


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()

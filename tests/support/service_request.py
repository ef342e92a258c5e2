"""A request as the stand-in for the service reads it: its parts, what was seen of its media, what is kept of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MEDIA_KEYS = ("video_url", "video", "input_audio", "image_url", "audio_url")
PIXEL_KEYS = ("fps", "min_pixels", "max_pixels", "total_pixels")

Modality = Literal["video", "audio", "image"]
Transport = Literal["data", "http", "oss"]
Body = Mapping[str, Any]

_MODALITIES: dict[str, Modality] = {
    "video_url": "video",
    "video": "video",
    "input_audio": "audio",
    "audio_url": "audio",
    "image_url": "image",
}


@dataclass(frozen=True)
class Part:
    """One media part of a message: `urls` holds one, or each frame of a list; `beside` and `inside` the media key."""

    type: str
    message: int  # index of its message
    urls: tuple[str, ...]
    beside: Mapping[str, Any]
    inside: Mapping[str, Any]

    @property
    def modality(self) -> Modality:
        return _MODALITIES[self.type]


@dataclass(frozen=True)
class Seen:
    """What the service made of one media part, after decoding it.

    `sound_ms` is how much sound there was, `heard` whether the model heard it. `looked_at` frames of `frames` were
    looked at, at `seen_width` x `seen_height`. Tokens as they are counted in the usage.
    """

    modality: Modality
    type: str
    transport: Transport
    message: int
    size_bytes: int
    duration_ms: int = 0
    width: int = 0
    height: int = 0
    frames: int = 0
    looked_at: int = 0
    seen_width: int = 0
    seen_height: int = 0
    sound_ms: int | None = None
    heard: bool = False
    video_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0


@dataclass
class Received:
    """One request as it came: the media replaced by its length, the key left out.

    `status`, `seen` and `usage` are filled in as it is answered. `status` is None until then, and for a dropped one.
    """

    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    media_bytes: int
    media_sha256: str  # of the media as text; of nothing where there is none
    at: float  # time.monotonic()
    status: int | None = None
    seen: tuple[Seen, ...] = ()
    usage: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request that was accepted, with its media: what an answer is made of."""

    body: Body
    seen: tuple[Seen, ...]

    @property
    def instruction(self) -> str:
        return instruction_of(self.body)

    @property
    def subject(self) -> tuple[Seen, ...]:
        """The media of the newest user message that has any: what the question is about."""
        newest = max((seen.message for seen in self.seen), default=None)
        return tuple(seen for seen in self.seen if seen.message == newest)

    @property
    def is_follow_up(self) -> bool:
        """Whether the question comes after an answer."""
        return any(message.get("role") == "assistant" for message in self.body["messages"])

    @property
    def duration_ms(self) -> int:
        """How long the subject lasts; several files of a modality follow one another."""
        return max(sum(s.duration_ms for s in self.subject if s.modality == m) for m in ("video", "audio", "image"))

    @property
    def is_shown(self) -> bool:
        return any(seen.modality != "audio" for seen in self.subject)

    @property
    def is_heard(self) -> bool:
        return any(seen.heard for seen in self.subject)


def parts_of(body: Body) -> list[Part]:
    """The media parts of all messages, also of a body that is wrong elsewhere."""
    return [
        Part(
            type=part["type"],
            message=number,
            urls=_urls(part.get(part["type"])),
            beside={key: value for key, value in part.items() if key not in ("type", part["type"])},
            inside=value if isinstance(value := part.get(part["type"]), Mapping) else {},
        )
        for number, part in _raw_parts(body)
        if part.get("type") in MEDIA_KEYS
    ]


def instruction_of(body: Body) -> str:
    """The text of the last message."""
    return text_of(body["messages"][-1])


def text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text")) for part in content or () if part.get("type") == "text")


def received_from(method: str, path: str, headers: Mapping[str, str], body: object) -> Received:
    """What is kept of a request that comes now; of a body that is no JSON object nothing."""
    known = body if isinstance(body, Mapping) else {}
    kept = {name: value for name, value in headers.items() if name != "authorization"}
    media = hashlib.sha256("".join(url for part in parts_of(known) for url in part.urls).encode()).hexdigest()
    return Received(method, path, without_media(known), kept, media_bytes_of(known), media, time.monotonic())


def media_bytes_of(body: Body) -> int:
    """How many bytes of media came in the request itself, decoded."""
    return sum(len(_base64_of(url)) * 3 // 4 for part in parts_of(body) for url in part.urls)


def without_media(body: Body) -> dict[str, Any]:
    """The body with each piece of base64 replaced by its length."""

    def shortened(value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            data = _base64_of(value) if value.startswith("data:") or key == "data" else ""
            return f"{value.removesuffix(data)}<{len(data)} characters>" if data else value
        if isinstance(value, list):
            return [shortened(item) for item in value]
        return {name: shortened(item, name) for name, item in value.items()} if isinstance(value, Mapping) else value

    return {key: shortened(value) for key, value in body.items()}


def _raw_parts(body: Body) -> Iterator[tuple[int, Mapping[str, Any]]]:
    messages = body.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else ()):
        content = message.get("content") if isinstance(message, Mapping) else None
        for part in content if isinstance(content, list) else ():
            if isinstance(part, Mapping):
                yield number, part


def _urls(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        value = value.get("url") or value.get("data") or ""
    items = value if isinstance(value, list) else [value]
    return tuple(item if isinstance(item, str) else "" for item in items)


def _base64_of(url: str) -> str:
    if url.startswith("data:"):
        return url.partition("base64,")[2]
    return "" if "://" in url[:16] else url

"""Read the JSON body of a chat completion: what is asked of which media. Pure.

No file is opened here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine import MODEL, SNAPSHOT
from engine.failures import Refusal

Modality = Literal["video", "audio", "image"]
DEFAULT_FPS = 2.0


@dataclass(frozen=True, slots=True)
class Medium:
    """A medium is one item as it stands in the request.

    `source` is a data URI, raw base64 or a file:// URL.
    """

    part: Modality
    source: str
    max_pixels: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat request has at most one recording: a video, or pictures in order.

    With it goes at most one sound.
    """

    prompt: str
    video: Medium | None
    pictures: tuple[Medium, ...]
    pictures_are_frames: bool  # a frame list is counted as video, images as images
    fps: float  # of the pictures
    audio: Medium | None
    max_tokens: int | None
    include_usage: bool


def read_request(body: Any) -> ChatRequest:
    """Read the body of a chat completion.

    Raises Refusal where it is none that the engine can answer.
    """
    if not isinstance(body, Mapping):
        raise Refusal("The body must be a JSON object with model, messages and stream.")
    if body.get("model") not in (MODEL, SNAPSHOT):
        raise Refusal(
            f"The model `{body.get('model')}` does not exist here; this server has only `{MODEL}`.",
            status=404,
            code="model_not_found",
        )
    if body.get("stream") is not True:
        raise Refusal("This model supports only streaming; set stream to true.")
    if body.get("modalities", ["text"]) != ["text"]:
        raise Refusal('The embedded engine answers with text only; set modalities to ["text"].')
    prompt, parts = _question(body.get("messages"))
    options = body.get("stream_options")
    return _assembled(
        parts,
        prompt=prompt,
        max_tokens=_max_tokens(body),
        include_usage=isinstance(options, Mapping) and options.get("include_usage") is True,
    )


def _max_tokens(body: Mapping[str, Any]) -> int | None:
    value = body.get("max_completion_tokens", body.get("max_tokens"))
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Refusal(f"max_tokens must be a whole number above 0, found {value!r}.")
    return value


def _question(messages: Any) -> tuple[str, list[Mapping[str, Any]]]:
    """Return the text of the last user message, and its media parts.

    The media are those of the last user message that has some.
    """
    if not isinstance(messages, list) or not all(isinstance(each, Mapping) for each in messages):
        raise Refusal("messages must be a list of objects with role and content.")
    contents = [_parts(each.get("content")) for each in messages if each.get("role") == "user"]
    if not contents:
        raise Refusal("messages must hold at least one message of the role user.")
    prompt = "\n".join(str(part.get("text", "")) for part in contents[-1] if part.get("type") == "text")
    for content in reversed(contents):
        media = [part for part in content if part.get("type") != "text"]
        if media:
            return prompt, media
    return prompt, []


def _parts(content: Any) -> list[Mapping[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list) and all(isinstance(part, Mapping) for part in content):
        return list(content)
    raise Refusal("content must be a text or a list of parts.")


def _assembled(
    parts: list[Mapping[str, Any]], *, prompt: str, max_tokens: int | None, include_usage: bool
) -> ChatRequest:
    videos, frames, images, sounds = [], [], [], []
    fps = DEFAULT_FPS
    for part in parts:
        match part.get("type"):
            case "video_url":
                videos.append(_medium("video", part, _url(part, "video_url", "url")))
            case "video":
                fps = _fps(part)
                frames.append([_medium("image", part, frame) for frame in _frame_list(part)])
            case "image_url":
                images.append(_medium("image", part, _url(part, "image_url", "url")))
            case "input_audio":
                sounds.append(_medium("audio", part, _url(part, "input_audio", "data")))
            case other:
                raise Refusal(
                    f"Content part type {other!r} is not supported; "
                    "expected video_url, video, image_url, input_audio or text."
                )
    pictures = [*images, *(frame for each in frames for frame in each)]
    if len(videos) > 1 or len(frames) > 1 or len(sounds) > 1 or bool(videos) + bool(frames) + bool(images) > 1:
        raise Refusal(
            "The embedded engine takes one recording per request: one video, one frame list or some images, "
            "and at most one audio beside it."
        )
    return ChatRequest(
        prompt=prompt,
        video=videos[0] if videos else None,
        pictures=tuple(pictures),
        pictures_are_frames=bool(frames),
        fps=fps,
        audio=sounds[0] if sounds else None,
        max_tokens=max_tokens,
        include_usage=include_usage,
    )


def _medium(kind: Modality, part: Mapping[str, Any], source: str) -> Medium:
    max_pixels = part.get("max_pixels")
    if max_pixels is not None and (not isinstance(max_pixels, int) or max_pixels < 1):
        raise Refusal(f"max_pixels must be a whole number above 0, found {max_pixels!r}.")
    return Medium(kind, source, max_pixels)


def _url(part: Mapping[str, Any], key: str, field: str) -> str:
    holder = part.get(key)
    source = holder.get(field) if isinstance(holder, Mapping) else holder
    if not isinstance(source, str) or not source:
        raise Refusal(f"A part of type {key} must hold {key}.{field} as a text.")
    return source


def _frame_list(part: Mapping[str, Any]) -> list[str]:
    frames = part.get("video")
    if not isinstance(frames, list) or not all(isinstance(frame, str) for frame in frames):
        raise Refusal("A part of type video must hold its frames as a list of texts.")
    if not 2 <= len(frames) <= 2048:
        raise Refusal(f"A frame list must have 2 to 2048 frames, found {len(frames)}.")
    return frames


def _fps(part: Mapping[str, Any]) -> float:
    fps = part.get("fps", DEFAULT_FPS)
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not 0.1 <= fps <= 10:
        raise Refusal(f"fps must be a number from 0.1 to 10, found {fps!r}.")
    return float(fps)

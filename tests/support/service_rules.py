"""What the documented service refuses in a request before it looks at the media. Each function raises Refusal."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.support.service_errors import AMBIGUOUS, LONGEST_DATA_URI
from tests.support.service_families import Family
from tests.support.service_faults import HttpError, Refusal, invalid
from tests.support.service_request import PIXEL_KEYS, Body, Part, parts_of

DOCUMENTED_PARTS = frozenset({"text", "video_url", "video", "input_audio", "image_url"})
FPS = (0.1, 10.0)


def check_shape(body: object, models: tuple[str, ...]) -> None:
    """A JSON object that names a model, is streamed, and holds messages."""
    if not isinstance(body, Mapping):
        raise invalid("Required body invalid, please check the request body format.")
    model = body.get("model")
    if model not in models:
        message = f"The model `{model}` does not exist or you do not have access to it."
        raise Refusal(HttpError(404, "model_not_found", message))
    if body.get("stream") is not True:
        raise invalid("This model only support stream mode, please enable the stream parameter to access the model.")
    messages = body.get("messages")
    if not (isinstance(messages, list) and messages and all(isinstance(message, Mapping) for message in messages)):
        raise invalid("[] is too short - 'messages'")


def check_messages(body: Body, part_types: frozenset[str]) -> None:
    """Known roles and parts; the last turn is the user's, and what the assistant and the system say is text."""
    for number, message in enumerate(body["messages"]):
        role, content = message.get("role"), message.get("content")
        if role not in ("system", "user", "assistant"):
            raise invalid(f"{role!r} is not one of ['system', 'assistant', 'user'] - 'messages.{number}.role'")
        if isinstance(content, str):
            continue
        if not (isinstance(content, list) and content):
            raise invalid(f"The content field is a required field. - 'messages.{number}.content'")
        for part in content:
            _check_part(part, part_types if role == "user" else frozenset({"text"}), f"messages.{number}")
    if body["messages"][-1]["role"] != "user":
        raise invalid("The last message must be from the user. - 'messages'")


def check_modes(body: Body, family: Family, voices: tuple[str, ...] | None) -> None:
    """Thinking, web search, spoken answers and the answer's length, as far as the family has them."""
    thinking, modalities = body.get("enable_thinking"), body.get("modalities") or ["text"]
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in family.efforts:
        raise invalid(f"The reasoning_effort {effort!r} is not accepted by {family.name}.")
    if thinking is not None and family.efforts:
        raise invalid(f"{family.name} is told by reasoning_effort how to think, not by enable_thinking.")
    if "audio" in modalities and not family.speaks:
        raise invalid(f"{family.name} answers with text only: leave out the audio modality.")
    if thinking is not None and (family.thinking is None or not isinstance(thinking, bool)):
        raise invalid(f"The parameter enable_thinking is not accepted by {family.name}.")
    if thinking and not family.thinking:
        raise invalid(f"{family.name} does not support enable_thinking.")
    if sorted(modalities) not in (["text"], ["audio", "text"]):
        raise invalid('The modalities must be ["text"] or ["text","audio"].')
    if thinking and ("audio" in modalities or body.get("audio") is not None):
        raise invalid("The thinking mode does not support audio output: leave out audio and its modality.")
    if "audio" in modalities:
        _check_voice(body.get("audio"), voices)
    if body.get("enable_search"):
        if not family.search:
            raise invalid(f"{family.name} does not support enable_search.")
        if (body.get("search_options") or {}).get("search_strategy") != "agent":
            raise invalid("The search_strategy of search_options must be 'agent'.")
    longest = body.get("max_tokens")
    if longest is not None and (not _is_whole(longest) or not 1 <= longest <= family.longest_output):
        raise invalid(f"Range of max_tokens should be [1, {family.longest_output}]")


def check_media(body: Body, family: Family, *, mixed: bool, longest_request: int | None, length: int) -> None:
    """Modalities, numbers of files, parameters and data URIs. `length` is the whole request's, in bytes."""
    parts = parts_of(body)
    modalities: dict[int, set[str]] = {}
    for part in parts:
        modalities.setdefault(part.message, set()).add(part.modality)
        _check_parameters(part, family)
        for url in part.urls:
            check_data_uri(url)
    if not mixed and any(len(found) > 1 for found in modalities.values()):
        raise invalid("Only one modality besides text is supported in one user message.")
    _check_numbers(parts, family)
    if longest_request is not None and length > longest_request:
        raise Refusal(HttpError(413, "request_too_large", "The request body is too large."))


def check_data_uri(url: str) -> None:
    """Well formed, valid base64, and not too long; anything that is no data URI must be an address."""
    if url.startswith(("http://", "https://", "oss://")):
        return
    if len(url) > LONGEST_DATA_URI:
        raise Refusal(AMBIGUOUS["data URI too large"])
    head, comma, data = url.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise invalid("The provided URL does not appear to be valid. Ensure it is correctly formatted.")
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error:
        raise invalid("Failed to decode the base64 data.") from None


def _check_part(part: object, allowed: frozenset[str], where: str) -> None:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping) or kind not in allowed:
        raise invalid(f"The type {kind!r} of a content part is none of {sorted(allowed)}. - '{where}'")
    value = part.get(kind)
    shape = {"text": isinstance(value, str), "video": isinstance(value, list)}.get(kind, isinstance(value, Mapping))
    if not shape:
        raise invalid(f"The field {kind} of a content part is missing or of the wrong form. - '{where}'")


def _check_voice(audio: object, voices: tuple[str, ...] | None) -> None:
    voice = audio.get("voice") if isinstance(audio, Mapping) else None
    if not isinstance(audio, Mapping) or not isinstance(voice, str) or not voice:
        raise invalid("The audio modality needs audio.voice.")
    if voices is not None and voice not in voices:
        raise invalid(f"Voice '{voice}' is not supported.")
    if audio.get("format") != "wav":
        raise invalid("The audio.format must be 'wav'.")


def _check_parameters(part: Part, family: Family) -> None:
    if set(part.inside) & set(PIXEL_KEYS):
        raise invalid("fps and pixel parameters stand beside the media key, not inside it.")
    allowed = {"video": set(PIXEL_KEYS), "image": {"min_pixels", "max_pixels"}, "audio": set()}[part.modality]
    if wrong := (set(part.beside) & set(PIXEL_KEYS)) - allowed:
        raise invalid(f"The parameters {sorted(wrong)} do not belong to {part.type}.")
    fps = part.beside.get("fps")
    if fps is not None and (not _is_number(fps) or not FPS[0] <= fps <= FPS[1]):
        raise invalid(f"The fps must be between {FPS[0]} and {FPS[1]:g}.")
    pixels = {key: part.beside[key] for key in PIXEL_KEYS[1:] if part.beside.get(key) is not None}
    if wrong := {key for key, value in pixels.items() if not _is_whole(value) or value < 1}:
        raise invalid(f"The parameters {sorted(wrong)} must be positive integers.")
    largest = (family.video if part.modality == "video" else family.image).largest_max_pixels
    if largest is not None and pixels.get("max_pixels", 0) > largest:
        raise invalid(f"The max_pixels must not exceed {largest}.")
    if pixels.get("min_pixels", 0) > pixels.get("max_pixels", largest or 2**31):
        raise invalid("The min_pixels must not exceed max_pixels.")
    if part.type == "input_audio" and part.urls[0].startswith("data:") and not part.inside.get("format"):
        raise invalid("The format of input_audio is required for base64 data.")


def _check_numbers(parts: list[Part], family: Family) -> None:
    files: Counter[tuple[str, bool]] = Counter()
    for part in parts:
        if part.type != "video":
            files[part.modality, part.urls[0].startswith("data:")] += 1
            continue
        fewest, most = family.fewest_list_frames, family.most_list_frames
        if not fewest <= len(part.urls) <= most:
            raise invalid(f"A frame list holds {fewest} to {most} images, but {len(part.urls)} were given.")
        files[part.modality, part.urls[0].startswith("data:")] += 1
    for (modality, by_base64), count in files.items():
        limits = {"video": family.video, "audio": family.audio, "image": family.image}[modality]
        most = limits.by_base64 if by_base64 else limits.by_url
        if count > most:
            how = "base64" if by_base64 else "URL"
            raise invalid(f"At most {most} {modality} files by {how} are supported in one request, {count} were given.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

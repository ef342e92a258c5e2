"""The dialects that the stand-in speaks: the documented service, and vLLM and SGLang with the open-weight models.

Where the self-hosted servers differ, as far as it is known: sound is raw base64, a list of frames is no part of
theirs, rate and pixels stand elsewhere or have no effect, and the sound track of a video is not heard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.support.service_errors import LONGEST_DATA_URI
from tests.support.service_families import MODELS, OPEN_WEIGHTS, Family
from tests.support.service_faults import HttpError, invalid
from tests.support.service_looking import Looker, Sampling, documented_sampling
from tests.support.service_request import Body, Part, parts_of
from tests.support.service_rules import DOCUMENTED_PARTS, check_data_uri, check_media, check_messages, check_modes

DialectName = Literal["dashscope", "vllm", "sglang"]
SELF_HOSTED_PARTS = frozenset({"text", "image_url", "video_url", "audio_url", "input_audio"})
VLLM_FRAMES = 32  # of a video, unless media_io_kwargs says otherwise
SGLANG_FRAMES = 768


@dataclass(frozen=True)
class Strictness:
    """What the documentation leaves open, and tests may choose."""

    mixed: bool = False  # several modalities in one user message, as a newer page allows
    longest_request: int | None = LONGEST_DATA_URI  # bytes, the whole of it; not documented, yet advised
    voices: tuple[str, ...] | None = None  # None: any name


@dataclass(frozen=True)
class Dialect:
    """One kind of server. `check` raises Refusal; `length` is the request's in bytes."""

    name: DialectName
    base_path: str
    models: tuple[str, ...]
    check: Callable[[Body, int, Family, Strictness], None]
    error_body: Callable[[HttpError], Mapping[str, Any]]
    sampling: Callable[[Part, Body], Sampling]
    is_documented: bool = True

    def usage(self, usage: Mapping[str, Any]) -> Mapping[str, Any]:
        """As it is sent: the self-hosted servers don't say how the tokens divide."""
        if self.is_documented:
            return usage
        return {**usage, "prompt_tokens_details": None, "completion_tokens_details": None}

    def looker(self, family: Family) -> Looker:
        documented = self.is_documented
        return Looker(family, hears_videos=documented, limited=documented, sampling=self.sampling)


def _check_documented(body: Body, length: int, family: Family, strictness: Strictness) -> None:
    check_messages(body, DOCUMENTED_PARTS)
    check_modes(body, family, strictness.voices)
    check_media(body, family, mixed=strictness.mixed, longest_request=strictness.longest_request, length=length)


def _check_self_hosted(body: Body, formats: tuple[str, ...] | None) -> None:
    check_messages(body, SELF_HOSTED_PARTS)
    if "audio" in (body.get("modalities") or ()):
        raise invalid("This server does not speak: leave out the audio modality.")
    for part in parts_of(body):
        url = part.urls[0]
        if part.type != "input_audio":
            check_data_uri(url)
            continue
        if "://" in url[:16] or url.startswith("data:"):
            raise invalid("Invalid base64-encoded audio data: input_audio.data must be raw base64.")
        said = part.inside.get("format")
        if not said or (formats is not None and said not in formats):
            raise invalid(f"Invalid input_audio.format {said!r}: expected {' or '.join(formats or ('a format',))}.")


def _vllm_sampling(part: Part, body: Body) -> Sampling:
    """`fps` and pixels beside the media key have no effect; `media_io_kwargs` and `mm_processor_kwargs` rule."""
    reading = (body.get("media_io_kwargs") or {}).get("video") or {}
    processing = body.get("mm_processor_kwargs") or {}
    fps, most = reading.get("fps") or -1, reading.get("num_frames") or VLLM_FRAMES

    def frames(count: int, rate: float) -> int:
        wanted = count if most < 0 else min(count, most)
        return max(1, min(wanted, math.floor(count / rate * fps))) if fps > 0 else wanted

    return Sampling(max_pixels=processing.get("max_pixels"), min_pixels=processing.get("min_pixels"), frames=frames)


def _sglang_sampling(part: Part, body: Body) -> Sampling:
    """`fps` and `max_frames` inside `video_url` rule."""
    fps, most = part.inside.get("fps") or 2, part.inside.get("max_frames") or SGLANG_FRAMES

    def frames(count: int, rate: float) -> int:
        return max(1, min(count, most, math.floor(count / rate * fps)))

    return Sampling(frames=frames)


def _documented_body(error: HttpError) -> Mapping[str, Any]:
    kind = error.code if error.status == 429 or error.status >= 500 else "invalid_request_error"
    facts = {"message": error.message, "type": kind, "param": None, "code": error.code}
    return {"error": facts, "request_id": "fake-refusal"}


def _vllm_facts(error: HttpError) -> Mapping[str, Any]:
    kind = {400: "BadRequestError", 404: "NotFoundError"}.get(error.status, "InternalServerError")
    return {"message": error.message, "type": kind, "param": None, "code": error.status}


DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "dashscope",
            "/compatible-mode/v1",
            MODELS,
            _check_documented,
            _documented_body,
            documented_sampling,
        ),
        Dialect(
            "vllm",
            "/v1",
            (OPEN_WEIGHTS,),
            lambda body, length, family, strictness: _check_self_hosted(body, None),
            lambda error: {"error": _vllm_facts(error)},
            _vllm_sampling,
            is_documented=False,
        ),
        Dialect(
            "sglang",
            "/v1",
            (OPEN_WEIGHTS,),
            lambda body, length, family, strictness: _check_self_hosted(body, ("wav", "mp3")),
            lambda error: {"object": "error", **_vllm_facts(error)},
            _sglang_sampling,
            is_documented=False,
        ),
    )
}

"""What the documented service does with the media of a request: limits by family, and tokens by modality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.support.service_decoding import Facts, facts_of
from tests.support.service_errors import AMBIGUOUS
from tests.support.service_families import Family, FileLimits
from tests.support.service_faults import HttpError, Refusal, invalid
from tests.support.service_fetching import Fetcher
from tests.support.service_request import Body, Part, Seen, parts_of
from tests.support.service_tokens import FPS, audio_tokens, frame_size, image_tokens, nframes, video_tokens

SMALLEST_SIDE = 10  # px; both sides of an image must exceed it
LARGEST_ASPECT = 200
PADDING_MS = 100  # an encoder's padding at the end of a file; nobody is refused for it


@dataclass(frozen=True)
class Sampling:
    """How a video is looked at: its rate and the bounds of its pixels; `frames` replaces the documented formula."""

    fps: float = FPS
    max_pixels: int | None = None
    min_pixels: int | None = None
    total_pixels: int | None = None
    frames: Callable[[int, float], int] | None = None  # (all frames, their rate) -> those looked at


def documented_sampling(part: Part, body: Body) -> Sampling:
    """By the parameters beside the media key."""
    named = {key: part.beside.get(key) for key in ("max_pixels", "min_pixels", "total_pixels")}
    return Sampling(fps=part.beside.get("fps") or FPS, **named)


@dataclass(frozen=True)
class Looker:
    """Looks at the parts of a request as one family and one kind of server do."""

    family: Family
    hears_videos: bool = True
    limited: bool = True  # whether the family's limits on files and input hold
    sampling: Callable[[Part, Body], Sampling] = documented_sampling

    def look(self, body: Body, fetcher: Fetcher) -> tuple[Seen, ...]:
        """Raises Refusal for media that cannot be had, cannot be decoded or are too much."""
        looks = {"video": self._film, "audio": self._sound, "image": self._image}
        return tuple(
            (self._list if part.type == "video" else looks[part.modality])(part, self.sampling(part, body), fetcher)
            for part in parts_of(body)
        )

    def _film(self, part: Part, how: Sampling, fetcher: Fetcher) -> Seen:
        limits = self.family.video
        facts = self._facts(part, 0, limits, fetcher)
        self._check_length(facts.duration_ms, limits, "video")
        heard = facts.sound_ms is not None and self.hears_videos
        if how.frames is None:
            looked_at = nframes(facts.frames, facts.rate, self.family, how.fps)
        else:
            looked_at = how.frames(facts.frames, facts.rate)
        return replace(
            self._pictures(part, facts, looked_at, how, fetcher),
            sound_ms=facts.sound_ms,
            heard=heard,
            audio_tokens=audio_tokens((facts.sound_ms or 0) / 1000, self.family) if heard else 0,
        )

    def _list(self, part: Part, how: Sampling, fetcher: Fetcher) -> Seen:
        frames = [self._picture_facts(part, number, fetcher) for number in range(len(part.urls))]
        first, count = frames[0], len(frames)
        size = sum(frame.size_bytes for frame in frames)
        whole = Facts(size, round(count / how.fps * 1000), first.width, first.height, count, how.fps)
        return self._pictures(part, whole, count, how, fetcher)

    def _sound(self, part: Part, how: Sampling, fetcher: Fetcher) -> Seen:
        facts = self._facts(part, 0, self.family.audio, fetcher)
        self._check_length(facts.duration_ms, self.family.audio, "audio")
        return replace(
            self._seen(part, facts, fetcher),
            heard=True,
            audio_tokens=audio_tokens(facts.duration_ms / 1000, self.family),
        )

    def _image(self, part: Part, how: Sampling, fetcher: Fetcher) -> Seen:
        facts = self._picture_facts(part, 0, fetcher)
        counted = image_tokens(facts.height, facts.width, self.family, how.max_pixels, how.min_pixels)
        return replace(self._seen(part, facts, fetcher), looked_at=1, image_tokens=counted)

    def _pictures(self, part: Part, facts: Facts, looked_at: int, how: Sampling, fetcher: Fetcher) -> Seen:
        if max(facts.width, facts.height) > LARGEST_ASPECT * min(facts.width, facts.height):
            raise invalid(f"The absolute aspect ratio of the video must be smaller than {LARGEST_ASPECT}.")
        pixels = (how.max_pixels, how.min_pixels, how.total_pixels)
        height, width = frame_size(facts.height, facts.width, looked_at, self.family, *pixels)
        return replace(
            self._seen(part, facts, fetcher),
            looked_at=looked_at,
            seen_width=width,
            seen_height=height,
            video_tokens=video_tokens(looked_at, height, width, self.family),
        )

    def _seen(self, part: Part, facts: Facts, fetcher: Fetcher) -> Seen:
        return Seen(
            modality=part.modality,
            type=part.type,
            transport=fetcher.transport(part.urls[0]),
            message=part.message,
            size_bytes=facts.size_bytes,
            duration_ms=facts.duration_ms,
            width=facts.width,
            height=facts.height,
            frames=facts.frames,
            sound_ms=facts.sound_ms,
        )

    def _picture_facts(self, part: Part, number: int, fetcher: Fetcher) -> Facts:
        facts = self._facts(part, number, self.family.image, fetcher)
        if min(facts.width, facts.height) <= SMALLEST_SIDE:
            raise invalid(f"The image's width and height must be larger than {SMALLEST_SIDE} px.")
        if max(facts.width, facts.height) > LARGEST_ASPECT * min(facts.width, facts.height):
            raise invalid(f"The absolute aspect ratio of the image must be smaller than {LARGEST_ASPECT}.")
        return facts

    def _facts(self, part: Part, number: int, limits: FileLimits, fetcher: Fetcher) -> Facts:
        largest = limits.largest_bytes if self.limited else None
        with fetcher.fetched(part.urls[number], largest) as path:
            if largest is not None and path.stat().st_size > largest:
                raise Refusal(AMBIGUOUS["file too large"])
            return facts_of(path, "image" if part.type == "video" else part.modality)

    def _check_length(self, duration_ms: int, limits: FileLimits, modality: str) -> None:
        if self.limited and limits.longest_ms is not None and duration_ms > limits.longest_ms + PADDING_MS:
            raise invalid(f"The {modality} file is too long.")


def usage_of(
    seen: tuple[Seen, ...], texts: list[str], *, written: int, thought: int, spoken: int | None
) -> Mapping[str, Any]:
    """The usage in the documented form; modalities that did not occur are null. Text counts a token per 4 characters.

    `texts` are those of the messages; `written`, `thought` and `spoken` the answer's tokens.
    """
    shown = {
        "text_tokens": sum(len(text) // 4 for text in texts),
        "audio_tokens": sum(s.audio_tokens for s in seen) or None,
        "video_tokens": sum(s.video_tokens for s in seen) or None,
        "image_tokens": sum(s.image_tokens for s in seen) or None,
        "cached_tokens": 0,
    }
    prompt = sum(count or 0 for count in shown.values())
    made = written + thought + (spoken or 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": made,
        "total_tokens": prompt + made,
        "prompt_tokens_details": shown,
        "completion_tokens_details": {"text_tokens": written, "audio_tokens": spoken, "reasoning_tokens": thought},
    }


def check_input(prompt_tokens: int, family: Family, *, thinking: bool = False) -> None:
    """Whether the input fits the model."""
    longest = (family.longest_input_thinking if thinking else None) or family.longest_input
    if prompt_tokens > longest:
        error = AMBIGUOUS["input too long"]
        message = f"Range of input length should be [1, {longest}]"
        raise Refusal(HttpError(error.status, error.code, message))

"""Read a streamed answer: pieces become one reply, usage becomes tokens."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from openai.types.chat import ChatCompletionChunk

from config.types import ProviderSpec
from tasks.errors import ConnectionLost, EmptyAnswer, ReelsheetError, Refused
from tasks.omni.error_mapping import code_and_message
from tasks.omni.error_table import error_from
from tasks.omni.voice import VoiceFile
from tasks.records import Tokens


class Listener(Protocol):
    """A listener hears an answer while it comes."""

    def begin(self) -> None:
        """A request goes out; what came of an earlier one is void."""

    def think(self, piece: str) -> None:
        """Hear a piece of the reasoning."""

    def say(self, piece: str) -> None:
        """Hear a piece of the answer."""


@dataclass(slots=True)
class Reply:
    """A reply collects what has arrived of one answer so far."""

    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    model: str | None = None  # as the service names it: the snapshot, where it says so
    request_id: str | None = None
    tokens: Tokens | None = None
    first_token_at: float | None = None  # time.monotonic()
    voice: VoiceFile | None = None  # receives what is spoken; None: that is not wanted
    spoken: list[str] = field(default_factory=list)  # the words of what is spoken, where the service adds them
    listener: Listener | None = None

    @property
    def text(self) -> str:
        """Return the answer's words.

        Older snapshots are seen to give those of a spoken answer with its sound alone.
        """
        return well_formed(self.content) or well_formed(self.spoken)


def well_formed(pieces: Iterable[str]) -> str:
    """Join the pieces into one text.

    A character that was split between two pieces is whole, half a character becomes U+FFFD.

    >>> well_formed(["Good ", "morning"])
    'Good morning'
    """
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read(chunks: Iterable[ChatCompletionChunk], reply: Reply, provider: ProviderSpec) -> None:
    """Add each piece to `reply` as it comes.

    Raises the service's error where the stream holds one instead; what arrived before it stays in `reply`. Raises
    ValueError for sound that is no base64.
    """
    for chunk in chunks:
        extra = chunk.model_extra or {}
        if not chunk.choices and extra.get("message"):  # the vendor's own error frame: {"code", "message"}
            reply.request_id = str(extra.get("request_id") or "") or reply.request_id
            raise error_from(None, *code_and_message(extra), {}, provider)
        reply.model = chunk.model or reply.model
        reply.request_id = reply.request_id or chunk.id or None
        if chunk.usage is not None:
            reply.tokens = tokens_from(chunk.usage.model_dump(warnings=False))
        for choice in chunk.choices or ():
            _add(choice, reply)


def reply_error(reply: Reply, provider: ProviderSpec) -> ReelsheetError | None:
    """Return what keeps a stream that ended from being an answer, if anything.

    An answer is whole once its finish reason has come, even if the usage after it is missing.
    """
    if reply.finish_reason is None:
        got = f"after {len(reply.text):,} characters" if reply.text else "before the first word"
        return ConnectionLost(f"The answer of {provider.title} broke off {got}, without a finish reason.")
    if reply.finish_reason == "content_filter":
        return Refused(f"{provider.title} refused this content (finish reason content_filter).")
    if not reply.text.strip() and reply.finish_reason != "length":
        return EmptyAnswer(f"{provider.title} answered without a word (finish reason {reply.finish_reason}).")
    return None


def tokens_from(usage: Mapping[str, Any]) -> Tokens:
    """Read tokens by modality from the service's usage.

    Input that the details don't account for counts as text, so that the sum stays the service's. `output` is all that
    was written, reasoning included, without spoken output; `cached` is a part of the input, `reasoning` of the
    output.

    >>> tokens_from({"prompt_tokens": 9, "completion_tokens": 4}).input
    9
    """
    shown = usage.get("prompt_tokens_details") or {}
    made = usage.get("completion_tokens_details") or {}
    video, audio, image = (_count(shown, f"{kind}_tokens") for kind in ("video", "audio", "image"))
    spoken = _count(made, "audio_tokens")
    return Tokens(
        video=video,
        audio=audio,
        image=image,
        text=max(_count(shown, "text_tokens"), _count(usage, "prompt_tokens") - video - audio - image),
        cached=_count(shown, "cached_tokens"),
        output=max(_count(made, "text_tokens"), _count(usage, "completion_tokens") - spoken),
        output_audio=spoken,
        reasoning=_count(made, "reasoning_tokens"),
    )


def _count(numbers: Mapping[str, Any], name: str) -> int:
    value = numbers.get(name)
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def _add(choice: Any, reply: Reply) -> None:
    """Add one choice of a chunk.

    Its fields are as the server sent them, so any of them may be absent or null.
    """
    reply.finish_reason = choice.finish_reason or reply.finish_reason
    content = getattr(choice.delta, "content", None)
    reasoning = getattr(choice.delta, "reasoning_content", None)
    audio = getattr(choice.delta, "audio", None)
    sound, words = _field(audio, "data"), _field(audio, "transcript")
    if (content or reasoning or sound or words) and reply.first_token_at is None:
        reply.first_token_at = time.monotonic()
    if content:
        reply.content.append(content)
    if reasoning:
        reply.reasoning.append(reasoning)
    if words:
        reply.spoken.append(words)
    if reply.listener is not None:
        _tell(reply.listener, content or ("" if reply.content else words), reasoning)
    if sound and reply.voice is not None:
        reply.voice.add(sound)


def _tell(listener: Listener, said: str | None, thought: str | None) -> None:
    if thought:
        listener.think(thought)
    if said:
        listener.say(said)


def _field(part: object, name: str) -> Any:
    """Return a field of a part, which the openai client may leave as a plain mapping."""
    return part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)

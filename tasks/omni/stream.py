"""Read a streamed answer: pieces become one reply, usage becomes tokens.

A chunk is whatever JSON a server sent: any field may be absent, null, or of another type than documented.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from config.types import ProviderSpec
from tasks.errors import ConnectionLost, EmptyAnswer, ReelsheetError, Refused, ServiceBusy
from tasks.omni import json_fields as fields
from tasks.omni.error_mapping import code_and_message
from tasks.omni.error_table import error_from
from tasks.omni.json_fields import text_of, well_formed
from tasks.omni.voice import VoiceFile
from tasks.records import Tokens

_LENGTH = ("length", "max_tokens", "max_length", "max_output_tokens", "token_limit", "model_length")
_FILTERED = ("content_filter", "sensitive", "safety", "blocklist", "prohibited_content")
_BROKEN_OFF = ("abort", "aborted", "error", "cancelled", "canceled", "timeout")


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


def read(chunks: Iterable[object], reply: Reply, provider: ProviderSpec) -> None:
    """Add each piece to `reply` as it comes.

    Raises the service's error where the stream holds one instead; what arrived before it stays in `reply`. Raises
    ValueError for sound that is no base64.
    """
    for chunk in chunks:
        choices = fields.items(fields.field(chunk, "choices"))
        if not choices and isinstance(message := fields.field(chunk, "message"), str) and message:
            reply.request_id = fields.name_of(fields.field(chunk, "request_id")) or reply.request_id
            raise error_from(None, *code_and_message(_mapping(chunk)), {}, provider)  # the vendor's own error frame
        reply.model = fields.name_of(fields.field(chunk, "model")) or reply.model
        reply.request_id = reply.request_id or fields.name_of(fields.field(chunk, "id"))
        usage = _mapping(fields.field(chunk, "usage"))
        if usage:
            reply.tokens = tokens_from(usage)
        for choice in choices:
            _add(choice, reply)


def reply_error(reply: Reply, provider: ProviderSpec) -> ReelsheetError | None:
    """Return what keeps a stream that ended from being an answer, if anything.

    An answer is whole once its finish reason has come, even if the usage after it is missing.
    """
    if reply.finish_reason is None:
        got = f"after {len(reply.text):,} characters" if reply.text else "before the first word"
        return ConnectionLost(f"The answer of {provider.title} broke off {got}, without a finish reason.")
    if reply.finish_reason.lower() in _FILTERED:
        return Refused(f"{provider.title} refused this content (finish reason {reply.finish_reason}).")
    if reply.finish_reason.lower() in _BROKEN_OFF:
        got = f"after {len(reply.text):,} characters" if reply.text else "before the first word"
        return ServiceBusy(f"{provider.title} gave up its answer {got} (finish reason {reply.finish_reason}).")
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
    shown, made = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    video, audio, image = (fields.count(shown, f"{kind}_tokens") for kind in ("video", "audio", "image"))
    spoken = fields.count(made, "audio_tokens")
    return Tokens(
        video=video,
        audio=audio,
        image=image,
        text=max(fields.count(shown, "text_tokens"), fields.count(usage, "prompt_tokens") - video - audio - image),
        cached=fields.count(shown, "cached_tokens"),
        output=max(fields.count(made, "text_tokens"), fields.count(usage, "completion_tokens") - spoken),
        output_audio=spoken,
        reasoning=fields.count(made, "reasoning_tokens"),
    )


def _add(choice: object, reply: Reply) -> None:
    """Add one choice of a chunk, or of a whole answer that came at once.

    Of several choices the first counts.
    """
    if fields.field(choice, "index") not in (None, 0):
        return
    ended = fields.first_name(fields.field(choice, "finish_reason"), "type", "reason")
    if ended:
        reply.finish_reason = "length" if ended.lower() in _LENGTH else ended
    delta = fields.field(choice, "delta")
    if delta is None and not reply.content:
        delta = fields.field(choice, "message") or choice
    content, audio = fields.field(delta, "content"), fields.field(delta, "audio")
    said = text_of(delta if isinstance(delta, str) else content) or text_of(fields.field(delta, "text"))
    reasoning = text_of(fields.field(delta, "reasoning_content") or fields.field(delta, "reasoning"))
    reasoning = reasoning or fields.thoughts_of(content)
    sound, words = fields.field(audio, "data"), text_of(fields.field(audio, "transcript"))
    if (said or reasoning or sound or words) and reply.first_token_at is None:
        reply.first_token_at = time.monotonic()
    reply.content += [said] if said else []
    reply.reasoning += [reasoning] if reasoning else []
    reply.spoken += [words] if words else []
    if reply.listener is not None:
        _tell(reply.listener, said or ("" if reply.content else words), reasoning)
    if isinstance(sound, str) and sound and reply.voice is not None:
        reply.voice.add(sound)


def _tell(listener: Listener, said: str, thought: str) -> None:
    if thought:
        listener.think(thought)
    if said:
        listener.say(said)


def _mapping(part: object) -> Mapping[str, Any]:
    """Return a part as a mapping, empty where it is none."""
    if isinstance(part, Mapping):
        return part
    dumped = getattr(part, "model_dump", None)
    return dumped(warnings=False) if callable(dumped) else {}

"""An answer as the stream of chunks that the service documents: role, pieces, finish reason, usage without choices."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.support.service_faults import CutStream, ErrorFrame, Fault, Say, Stall

Chunk = dict[str, Any]

SPEECH_RATE = 24_000  # Hz; 16 bit, mono
SPOKEN_MS = 20  # for each character
_PIECE = 12  # characters


def speech_of(text: str) -> bytes:
    """The spoken answer: a beep of 440 Hz, 20 ms for each character, as PCM without a header."""
    times = np.arange(SPEECH_RATE * SPOKEN_MS * len(text) // 1000) / SPEECH_RATE
    return bytes((np.sin(2 * math.pi * 440 * times) * 8000).astype("<i2").tobytes())


def spoken_s(text: str) -> float:
    """How long the spoken answer lasts, in seconds."""
    return len(text) * SPOKEN_MS / 1000


def chunks_of(body: Mapping[str, Any], reply: Say, usage: Mapping[str, Any] | None) -> list[Chunk]:
    """All chunks of an answer. `usage` None leaves the last one out."""
    head = {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 1_780_000_000,
        "model": reply.model or body["model"],
    }

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> Chunk:
        return {**head, "choices": [{"delta": delta, "finish_reason": finish_reason, "index": 0}], "usage": None}

    thinks = bool(reply.reasoning)
    first = {"content": None, "reasoning_content": ""} if thinks else {"content": ""}
    beside = {"reasoning_content": None} if thinks else {}
    thoughts = [chunk({"content": None, "reasoning_content": piece}) for piece in _pieces(reply.reasoning)]
    said = [chunk({"content": piece, **beside}) for piece in _pieces(reply.text)]
    if "audio" in (body.get("modalities") or ()) and reply.speaks:
        spoken = [chunk({"content": None, "audio": audio}) for audio in _spoken(reply.text)]
        said = [either for pair in zip(said, spoken, strict=True) for either in pair]
    last: list[Chunk] = [] if usage is None else [{**head, "choices": [], "usage": dict(usage)}]
    begin, end = chunk({"role": "assistant", **first}), chunk({"content": "", **beside}, reply.finish_reason)
    return [begin, *thoughts, *said, end, *last]


def strikes_at(chunks: list[Chunk], fault: Fault | None) -> int:
    """The index of the first chunk that a fault within the stream holds back; their number where there is none."""
    if not isinstance(fault, CutStream | ErrorFrame | Stall):
        return len(chunks)
    finish = next(index for index, chunk in enumerate(chunks) if _finishes(chunk))
    if fault.after is None:
        return finish + 1
    said = 0
    for index, chunk in enumerate(chunks[: finish + 1]):
        said += len(chunk["choices"][0]["delta"].get("content") or "")
        if said > fault.after:
            return index
    return finish


def _spoken(text: str) -> list[dict[str, Any]]:
    """The speech in pieces, one for each piece of text; their base64 can be decoded one by one, or joined."""
    speech, step = speech_of(text), 2 * SPEECH_RATE * SPOKEN_MS // 1000 * _PIECE
    return [
        {
            "data": base64.b64encode(speech[start : start + step]).decode(),
            "id": "audio_fake",
            "expires_at": 1_780_086_400,
        }
        for start in range(0, len(speech), step)
    ]


def _finishes(chunk: Chunk) -> bool:
    return bool(chunk["choices"]) and chunk["choices"][0]["finish_reason"] is not None


def _pieces(text: str) -> list[str]:
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]

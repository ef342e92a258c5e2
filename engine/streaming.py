"""Stream the answer as server-sent events. Pure.

The chat completion chunks have the documented order and form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine import SNAPSHOT

DONE = "data: [DONE]\n\n"
STILL_WORKING = ": still working\n\n"  # a comment: clients skip it, but the connection does not look dead
DELTA_LENGTH = 160  # characters


def event(data: dict[str, object]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


class Chunks:
    """The chunks of one completion share id and time (`created`, seconds since 1970)."""

    def __init__(self, completion_id: str, created: int) -> None:
        self._head = {"id": completion_id, "object": "chat.completion.chunk", "created": created, "model": SNAPSHOT}

    def content(self, text: str) -> Iterator[str]:
        for number, piece in enumerate(pieces(text)):
            delta: dict[str, object] = {"content": piece} if number else {"role": "assistant", "content": piece}
            yield self._chunk(delta, None)

    def finish(self, reason: str) -> str:
        return self._chunk({"content": ""}, reason)

    def usage(self, usage: dict[str, object]) -> str:
        return event({**self._head, "choices": [], "usage": usage})

    def _chunk(self, delta: dict[str, object], reason: str | None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return event({**self._head, "choices": [choice], "usage": None})


def pieces(text: str) -> Iterator[str]:
    """Yield the text in pieces of about DELTA_LENGTH characters.

    They are cut behind a blank where there is one.
    """
    while text:
        cut = len(text) if len(text) <= DELTA_LENGTH else text.rfind(" ", 1, DELTA_LENGTH) + 1 or DELTA_LENGTH
        yield text[:cut]
        text = text[cut:]

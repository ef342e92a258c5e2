"""What the stand-in for the service reads out of a request, and the answer that it makes of it."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any

from tests.support.service_faults import CutStream, ErrorFrame, Fault, Say

MEDIA_KEYS = ("video_url", "video", "input_audio", "image_url")


def media_of(body: Mapping[str, Any]) -> list[str]:
    """The media of a request's messages: URLs, in practice data URIs."""
    found: list[str] = []
    for message in body.get("messages") or ():
        for part in message["content"] if isinstance(message["content"], list) else ():
            value = part.get(part.get("type"))
            if part.get("type") in MEDIA_KEYS and isinstance(value, dict):
                found.append(str(value.get("url") or value.get("data") or ""))
    return found


def instruction_of(body: Mapping[str, Any]) -> str:
    """The text of the last user message."""
    content = body["messages"][-1]["content"]
    return (
        content if isinstance(content, str) else "\n".join(part["text"] for part in content if part["type"] == "text")
    )


def probe_duration_ms(data: bytes) -> int | None:
    """How long the media lasts; None: ffprobe cannot read it."""
    with tempfile.NamedTemporaryFile(suffix=".media") as file:
        file.write(data)
        file.flush()
        command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "json", file.name]
        result = subprocess.run(command, capture_output=True, check=False)
    duration = json.loads(result.stdout or b"{}").get("format", {}).get("duration")
    return round(float(duration) * 1000) if result.returncode == 0 and duration else None


def answer_to(body: Mapping[str, Any], duration_ms: int) -> str:
    """The same answer for the same kind and duration: the sections if the prompt names them, otherwise one line."""
    seconds = f"{duration_ms / 1000:.3f}"
    if "storyline" not in instruction_of(body).lower():
        return f"A recording of {seconds} seconds. Nothing in it calls for attention."
    whole = f"{_clock(0)} - {_clock(duration_ms)}"
    halves = (f"{_clock(0)} - {_clock(duration_ms // 2)}", f"{_clock(duration_ms // 2)} - {_clock(duration_ms)}")
    story = "\n".join(
        f"{part}\nWhat is seen and heard in part {no} of {seconds} s." for no, part in enumerate(halves, 1)
    )
    texts = f"## Visible Text\n{whole}\n“Part {seconds}”: white letters at the bottom\n"
    speech = (
        "## Speakers and Transcript\nSpeaker profiles:\nAnna - a calm voice, the narrator\n"
        f"{halves[0]}\nSpeaker: Anna\nState: calm\nContent: “This lasts {seconds} seconds.”\n"
    )
    video = any(part["type"].startswith("video") for part in body["messages"][-1]["content"])
    return f"## Storyline\n{story}\n{texts if video else ''}{speech}"


def frames_of(body: Mapping[str, Any], reply: Say, duration_ms: int) -> list[dict[str, Any]]:
    """The chunks of a streamed answer in the documented form: role, pieces, finish reason, usage without choices."""
    head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1_780_000_000, "model": body["model"]}

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        return {**head, "choices": [{"delta": delta, "finish_reason": finish_reason, "index": 0}], "usage": None}

    usage = None if reply.usage is None else reply.usage or usage_of(body, reply, duration_ms)
    pieces = [reply.text[start : start + 12] for start in range(0, len(reply.text), 12)]
    thoughts = [reply.reasoning[start : start + 12] for start in range(0, len(reply.reasoning), 12)]
    return [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": None, "reasoning_content": piece}) for piece in thoughts),
        *(chunk({"content": piece}) for piece in pieces),
        chunk({"content": ""}, reply.finish_reason),
        {**head, "choices": [], "usage": usage},
    ]


def strikes_at(frames: list[dict[str, Any]], fault: Fault | None) -> int:
    """The index of the first frame that a fault within the stream holds back; their number where there is none."""
    if not isinstance(fault, CutStream | ErrorFrame):
        return len(frames)
    ending = len(frames) - 1  # the usage
    if fault.after is None:
        return ending
    said = 0
    for index, frame in enumerate(frames[:ending]):
        said += len(frame["choices"][0]["delta"].get("content") or "")
        if said > fault.after:
            return index
    return ending - 1


def usage_of(body: Mapping[str, Any], reply: Say, duration_ms: int) -> dict[str, Any]:
    """Usage in the documented form, with numbers that depend on the request alone."""
    seconds = max(1, math.ceil(duration_ms / 1000))
    types = {part["type"] for part in body["messages"][-1]["content"]}
    shown = {
        "text_tokens": len(instruction_of(body)) // 4,
        "audio_tokens": seconds * 7,
        "video_tokens": seconds * 100 if "video_url" in types else None,
        "cached_tokens": 0,
    }
    thought, written = len(reply.reasoning) // 4, len(reply.text) // 4
    total = sum(value or 0 for value in shown.values())
    return {
        "prompt_tokens": total,
        "completion_tokens": written + thought,
        "total_tokens": total + written + thought,
        "prompt_tokens_details": shown,
        "completion_tokens_details": {"text_tokens": written, "reasoning_tokens": thought},
    }


def _clock(ms: int) -> str:
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def without_media(body: Mapping[str, Any]) -> dict[str, Any]:
    def shortened(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("data:"):
            head, _, data = value.partition("base64,")
            return f"{head}base64,<{len(data)} characters>"
        if isinstance(value, list):
            return [shortened(item) for item in value]
        return {key: shortened(item) for key, item in value.items()} if isinstance(value, dict) else value

    return {key: shortened(value) for key, value in body.items()}

"""A service that answers each question after a while: `python -m bench.slow_service LATENCY_S`.

It takes the documented request and no other, streams a documented answer with its usage, and keeps when each question
came and was answered: GET /times gives and forgets them, as [[came, answered], …] in seconds of its clock.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tasks.system.child_server import READY

ANSWER = "## Storyline\n00:00.000 - 00:01.200\nA tone.\n\n## Visible Text\nThere is no visible text.\n\n"
ANSWER += "## Speakers and Transcript\nThere is no speech.\n"
NOTHING_FOUND = "## Findings\nNo findings.\n"
USAGE = {"prompt_tokens": 60, "completion_tokens": 40, "total_tokens": 100}
MEDIA = {"input_audio", "video_url", "image_url", "video"}

_times: list[list[float]] = []


def app(latency_s: float) -> Starlette:
    async def chat(request: Request) -> Response:
        came = time.monotonic()
        body = await request.json()
        if wrong := wrong_in(body):
            return JSONResponse({"error": {"message": wrong, "code": "invalid_parameter_error"}}, 400)
        words = NOTHING_FOUND if "## Findings" in json.dumps(body["messages"]) else ANSWER
        return StreamingResponse(answered(words, body["model"], came, latency_s), media_type="text/event-stream")

    async def times(_: Request) -> Response:
        found = [*_times]
        _times.clear()
        return JSONResponse(found)

    async def models(_: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "qwen3.5-omni-flash", "object": "model"}]})

    return Starlette(
        routes=[
            Route("/compatible-mode/v1/chat/completions", chat, methods=["POST"]),
            Route("/compatible-mode/v1/models", models),
            Route("/times", times),
        ]
    )


def wrong_in(body: dict[str, Any]) -> str:
    """Say what is not as documented; empty where all is."""
    if body.get("stream") is not True or body.get("modalities") != ["text"]:
        return "stream and modalities ['text'] are required"
    parts = body["messages"][-1]["content"]
    media = [part for part in parts if part["type"] in MEDIA]
    if len(media) != 1 or not any(part["type"] == "text" and part["text"] for part in parts):
        return "one medium and a text are required"
    if media[0]["type"] == "input_audio":
        data = base64.b64decode(media[0]["input_audio"]["data"].partition(",")[2], validate=True)
        if len(data) < 100:
            return "the sound is empty"
    return ""


async def answered(words: str, model: str, came: float, latency_s: float) -> AsyncIterator[str]:
    await asyncio.sleep(latency_s)
    common = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": model}
    yield event({**common, "choices": [{"index": 0, "delta": {"content": words}, "finish_reason": None}]})
    yield event({**common, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]})
    yield event({**common, "choices": [], "usage": USAGE})
    _times.append([came, time.monotonic()])
    yield "data: [DONE]\n\n"


def event(chunk: object) -> str:
    return f"data: {json.dumps(chunk)}\n\n"


def main(latency_s: float) -> None:
    """Serve until standard input ends."""
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sys.stdout.write(f"{READY}http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app(latency_s), log_level="critical")).run(sockets=[listening])


if __name__ == "__main__":
    main(float(sys.argv[1]))

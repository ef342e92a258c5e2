"""A stand-in for the model's service: a real HTTP server on loopback that answers as documented, or fails as told.

    with FakeService() as service:
        service.next(DOCUMENTED["Throttling"], CutStream(after=20))
        ... ask service.base_url ...
        assert len(service.requests) == 3

Alone, for tests that kill their client: `python -m tests.support.service --port 8123 --latency 1`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.service_answers import (
    MEDIA_KEYS,
    answer_to,
    frames_of,
    instruction_of,
    media_of,
    probe_duration_ms,
    strikes_at,
    without_media,
)
from tests.support.service_faults import DOCUMENTED, CutStream, Drop, ErrorFrame, Fault, HttpError, Say, Wait

__all__ = [
    "DOCUMENTED",
    "CutStream",
    "Drop",
    "ErrorFrame",
    "FakeService",
    "Fault",
    "HttpError",
    "Received",
    "Say",
    "Wait",
    "answer_to",
    "instruction_of",
]

BASE_PATH = "/compatible-mode/v1"
LONGEST_DATA_URI = 10 * 1024 * 1024
MODELS = ("qwen3.5-omni-plus", "qwen3.5-omni-flash", "qwen3-omni-flash", "qwen-omni-turbo")
PIXEL_KEYS = ("fps", "min_pixels", "max_pixels", "total_pixels")


@dataclass(frozen=True)
class Received:
    """One request as it came: the media replaced by its length, the key left out."""

    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    media_bytes: int
    media_sha256: str  # of the media as text; of nothing where there is none
    at: float  # time.monotonic()


class FakeService:
    """A running service at `base_url`; a context manager. `api_key` None takes any key, or none.

    `answer` makes the text of an answer from the request's body and the media's duration in ms.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        latency_s: float = 0.0,
        models: tuple[str, ...] = MODELS,
        port: int = 0,
        answer: Callable[[Mapping[str, Any], int], str] = answer_to,
    ) -> None:
        self.api_key = api_key
        self.latency_s = latency_s
        self.models = models
        self.answer = answer
        self.requests: list[Received] = []
        self.keys: list[str | None] = []  # the Authorization header of each request
        self.in_flight = 0
        self.most_in_flight = 0
        self._faults: deque[Fault] = deque()
        self._durations: dict[bytes, int | None] = {}
        routes = [
            Route(f"{BASE_PATH}/chat/completions", self._chat, methods=["POST"]),
            Route(f"{BASE_PATH}/models", self._models, methods=["GET"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), host="127.0.0.1", port=port, log_config=None, log_level=60,
            lifespan="off", ws="none", http="h11", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="fake service", daemon=True)

    def next(self, *faults: Fault) -> None:
        """What will happen to the next requests, in this order; then all goes well again.

        Wait is no answer: it is followed by the next fault in the same request, or by a good answer.
        """
        self._faults.extend(faults)

    def reset(self) -> None:
        """Forget all requests and faults, so that the next test finds a fresh service."""
        self.requests, self.keys = [], []
        self._faults.clear()
        self.latency_s, self.most_in_flight = 0.0, self.in_flight

    def wait_for_requests(self, count: int, within_s: float = 10.0) -> bool:
        """Whether so many requests have come in all; waits for them."""
        end = time.monotonic() + within_s
        while len(self.requests) < count and time.monotonic() < end:
            time.sleep(0.005)
        return len(self.requests) >= count

    def wait_until_quiet(self, within_s: float = 10.0) -> bool:
        """Whether nobody is connected and nothing is being answered any more; waits for that.

        After the death of a client: then all that it had sent is among the requests.
        """
        state, end = self._server.server_state, time.monotonic() + within_s
        while (state.connections or state.tasks) and time.monotonic() < end:
            time.sleep(0.005)
        return not state.connections and not state.tasks

    def start(self) -> Self:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the stand-in service did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}{BASE_PATH}"

    async def _models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _chat(self, request: Request) -> Response:
        body = await request.json()
        number = self._record(request, body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            fault = await self._next_fault()
            await asyncio.sleep(self.latency_s)
        finally:
            self.in_flight -= 1
        if isinstance(fault, Drop):
            self._hang_up(request)
            return Response(status_code=500)
        refusal = fault if isinstance(fault, HttpError) else self._objection(request, body)
        if refusal is None:
            media = media_of(body)
            duration_ms = await run_in_threadpool(self._duration_of, media[0]) if media else 0
            if duration_ms is None:
                refusal = DOCUMENTED["InvalidParameter.DataInspection"]
        if refusal is not None:
            return _refused(refusal)
        reply = fault if isinstance(fault, Say) else Say(self.answer(body, duration_ms or 0))
        frames = frames_of(body, reply, duration_ms or 0)
        return StreamingResponse(
            self._send(request, frames, fault),
            media_type="text/event-stream",
            headers={"x-request-id": f"fake-{number}"},
        )

    async def _next_fault(self) -> Fault | None:
        while self._faults:
            fault = self._faults.popleft()
            if not isinstance(fault, Wait):
                return fault
            await asyncio.sleep(fault.seconds)
            while fault.until is not None and not fault.until.is_set():
                await asyncio.sleep(0.005)
        return None

    async def _send(self, request: Request, frames: list[dict[str, Any]], fault: Fault | None) -> AsyncIterator[str]:
        for frame in frames[: strikes_at(frames, fault)]:
            yield _event(frame)
            await asyncio.sleep(0)
        if isinstance(fault, ErrorFrame):
            error = {"code": fault.code, "message": fault.message}
            yield _event({**error, "request_id": "fake-frame"} if fault.bare else {"error": error})
        elif isinstance(fault, CutStream):
            if not fault.politely:
                await asyncio.sleep(0.01)  # let what was sent arrive
                self._hang_up(request)
        else:
            yield "data: [DONE]\n\n"

    def _hang_up(self, request: Request) -> None:
        assert request.client is not None
        for connection in list(self._server.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None and transport.get_extra_info("peername") == tuple(request.client):
                transport.abort()

    def _record(self, request: Request, body: dict[str, Any]) -> int:
        """Note a request, and give its number, from 1."""
        self.keys.append(request.headers.get("authorization"))
        kept = {name: value for name, value in request.headers.items() if name != "authorization"}
        media = media_of(body)
        size = sum(len(uri.partition("base64,")[2]) * 3 // 4 for uri in media)
        digest = hashlib.sha256("".join(media).encode()).hexdigest()
        self.requests.append(
            Received(request.method, request.url.path, without_media(body), kept, size, digest, time.monotonic())
        )
        return len(self.requests)

    def _objection(self, request: Request, body: dict[str, Any]) -> HttpError | None:
        """What the documented service would refuse, as far as this goes."""
        if self.api_key is not None and request.headers.get("authorization") != f"Bearer {self.api_key}":
            return DOCUMENTED["invalid_api_key"]
        if body.get("model") not in self.models:
            return HttpError(404, "model_not_found", f"The model `{body.get('model')}` does not exist.")
        if body.get("stream") is not True:
            return _invalid("This model only support stream mode, please enable the stream parameter.")
        return _objection_to_messages(body)

    def _duration_of(self, uri: str) -> int | None:
        data = base64.b64decode(uri.partition("base64,")[2])
        digest = hashlib.sha256(data).digest()
        if digest not in self._durations:
            self._durations[digest] = probe_duration_ms(data)
        return self._durations[digest]


def _objection_to_messages(body: dict[str, Any]) -> HttpError | None:
    for message in body.get("messages") or ():
        parts = message["content"] if isinstance(message["content"], list) else []
        media = [part for part in parts if part.get("type") in MEDIA_KEYS]
        if len(media) > 1:
            return _invalid("Only one modality besides text is supported in one user message.")
        if any(isinstance(part[part["type"]], dict) and set(part[part["type"]]) & set(PIXEL_KEYS) for part in media):
            return _invalid("fps and pixel parameters stand beside the media key, not inside it.")
    for uri in media_of(body):
        if len(uri) > LONGEST_DATA_URI:
            return _invalid(f"Exceeded limit on max bytes per data-uri item : {LONGEST_DATA_URI}")
        head, comma, data = uri.partition(",")
        if not (head.startswith("data:") and head.endswith(";base64") and comma):
            return _invalid("The provided URL does not appear to be valid. Ensure it is correctly formatted.")
        try:
            base64.b64decode(data, validate=True)
        except binascii.Error:
            return _invalid("Failed to decode the base64 data.")
    return None


def _invalid(message: str) -> HttpError:
    return HttpError(400, "invalid_parameter_error", message)


def _refused(error: HttpError) -> Response:
    if error.body is not None:
        return Response(error.body, error.status, dict(error.headers))
    facts = {"message": error.message, "type": "invalid_request_error", "param": None, "code": error.code}
    return JSONResponse({"error": facts, "request_id": "fake-refusal"}, error.status, dict(error.headers))


def _event(frame: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(frame, ensure_ascii=False)}\n\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the model's service, for tests and benchmarks.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--api-key", default=None, help="refuse any other key")
    options = parser.parse_args()
    with FakeService(api_key=options.api_key, latency_s=options.latency, port=options.port) as service:
        sys.stdout.write(f"listening on {service.base_url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()

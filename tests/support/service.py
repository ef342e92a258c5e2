"""A stand-in for the model's service: a real HTTP server on loopback that answers as documented, or fails as told.

    with FakeService() as service:
        service.next(DOCUMENTED["Throttling"], CutStream(after=20))
        ... ask service.base_url ...
        assert len(service.requests) == 3

What it checks, how it counts and what it can be told stands in docs/service.md.
Alone, for tests that kill their client: `python -m tests.support.service --port 8123 --latency 1`.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.service_answers import answer_to
from tests.support.service_dialects import DIALECTS, DialectName, Strictness
from tests.support.service_errors import AMBIGUOUS, DOCUMENTED, LONGEST_DATA_URI, OUTPUT_REFUSED
from tests.support.service_families import MODELS
from tests.support.service_faults import (
    CutStream,
    Drop,
    ErrorFrame,
    Fault,
    FaultQueue,
    HttpError,
    Refusal,
    Say,
    Slow,
    Stall,
    Wait,
    Write,
    wait_for,
)
from tests.support.service_files import FileShelf, Published
from tests.support.service_judging import Judge, Verdict
from tests.support.service_rates import RateKeeper, Rates, Window
from tests.support.service_request import Received, Seen, instruction_of, media_bytes_of, without_media
from tests.support.service_server import LoopbackServer
from tests.support.service_spoilt import EMPTY, MALFORMED, beyond_the_clip, looping, stops_early, truncated, without
from tests.support.service_stream import Chunk, chunks_of, strikes_at
from tests.support.service_upload_routes import POLICY_PATH, STORE_PATH, UploadDesk
from tests.support.service_uploads import UploadStore

__all__ = [
    "AMBIGUOUS",
    "DOCUMENTED",
    "EMPTY",
    "LONGEST_DATA_URI",
    "MALFORMED",
    "MODELS",
    "OUTPUT_REFUSED",
    "CutStream",
    "Drop",
    "ErrorFrame",
    "FakeService",
    "Fault",
    "HttpError",
    "Received",
    "Say",
    "Seen",
    "Slow",
    "Stall",
    "Wait",
    "Write",
    "answer_to",
    "beyond_the_clip",
    "instruction_of",
    "looping",
    "stops_early",
    "truncated",
    "without",
]

LONGEST_REQUEST = LONGEST_DATA_URI  # the whole of it; not documented, yet it is advised to stay below


class FakeService:
    """A running service at `base_url`; a context manager. `api_key` None takes any key, or none.

    `requests` holds the chat requests alone; those for uploads and files are in `uploads.requests`, `files.requests`.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        latency_s: float = 0.0,
        models: tuple[str, ...] | None = None,
        port: int = 0,
        dialect: DialectName = "dashscope",
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        minute_s: float = 60.0,
        window: Window = "sliding",
        burst: int | None = None,
        tells_when: bool = False,
        mixed_modalities: bool = False,
        longest_request: int | None = LONGEST_REQUEST,
        voices: tuple[str, ...] | None = None,
    ) -> None:
        self.dialect = DIALECTS[dialect]
        self.api_key = api_key
        self.latency_s = latency_s
        self.models = models or self.dialect.models
        self.requests: list[Received] = []
        self.keys: list[str | None] = []  # the Authorization header of each chat request
        self.in_flight = 0
        self.most_in_flight = 0
        self.decide: Callable[[Received], Fault | None] | None = None
        self._faults = FaultQueue()
        self._rates = RateKeeper(
            Rates(requests_per_minute, tokens_per_minute, minute_s, window, burst, tells_when),
        )
        self._folder = tempfile.TemporaryDirectory(prefix="stand-in-")
        self.store = UploadStore(Path(self._folder.name))
        self.files = FileShelf()
        strictness = Strictness(mixed_modalities, longest_request, voices)
        self._judge = Judge(self.dialect, self.models, strictness, self.store)
        self.uploads = UploadDesk(self.store, api_key, self.models, self._hang_up)
        routes = [
            Route(f"{self.dialect.base_path}/chat/completions", self._chat, methods=["POST"]),
            Route(f"{self.dialect.base_path}/models", self._models, methods=["GET"]),
            Route("/files/{rest:path}", self._file, methods=["GET", "HEAD"]),
        ]
        if self.dialect.is_documented:
            routes.append(Route(POLICY_PATH, self.uploads.give_policy, methods=["GET"]))
            routes.append(Route(STORE_PATH, self.uploads.take_form, methods=["POST"]))
        self._server = LoopbackServer(routes, port)

    # --- what tests tell it ---------------------------------------------------------------------------------------

    def next(self, *faults: Fault) -> None:
        """What will happen to the next requests, in the order of their arrival; then all goes well again.

        Wait is no answer: the fault behind it comes in the same request, or a good answer if that is another Wait. For
        requests that find nothing here, `decide` chooses, if it is set; it sees what the service saw of the media.
        """
        self._faults.extend(faults)

    def next_upload(self, *faults: HttpError | Drop | Wait) -> None:
        """What will happen to the next requests for a policy or an upload, in this order."""
        self.uploads.faults.extend(faults)

    def publish(
        self, path: Path, *, etag: bool = True, ranges: bool = True, head: bool = True, length: bool = True
    ) -> str:
        """A public address of a file. What its server does not do can be chosen. Faults: `files.next(…)`."""
        return self.address + self.files.publish(Published(path, etag, ranges, head, length))

    def reset(self) -> None:
        """Forget all requests, faults and rates, so that the next test finds a fresh service. Files stay."""
        self.requests, self.keys = [], []
        self._faults.clear()
        self._rates.reset()
        self.uploads.reset()
        self.files.reset()
        self.decide = None
        self.latency_s, self.most_in_flight = 0.0, self.in_flight

    # --- what tests ask it ----------------------------------------------------------------------------------------

    @property
    def throttled(self) -> list[Received]:
        """The requests that met HTTP 429."""
        return [request for request in self.requests if request.status == 429]

    def wait_for_requests(self, count: int, within_s: float = 10.0) -> bool:
        """Whether so many requests have come in all; waits for them."""
        end = time.monotonic() + within_s
        while len(self.requests) < count and time.monotonic() < end:
            time.sleep(0.005)
        return len(self.requests) >= count

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def base_url(self) -> str:
        return self.address + self.dialect.base_path

    # --- running --------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- answering ------------------------------------------------------------------------------------------------

    async def _models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _file(self, request: Request) -> Response:
        return self.files.answer(request, _received(request, {}))

    async def _chat(self, request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        received = self._record(request, body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            self._check_key(request)
            self._rates.let_in(received.at)
            verdict, fault = await self._decided(request, received, body, len(raw))
        except Refusal as refusal:
            return self._refused(received, refusal.error)
        finally:
            self.in_flight -= 1
        if verdict is None:  # a connection that was hung up
            return Response(status_code=500)
        received.status = 200
        return StreamingResponse(
            self._send(request, chunks_of(body, verdict.reply, verdict.said_usage), fault),
            media_type="text/event-stream",
            headers={"x-request-id": f"fake-{len(self.requests)}"} if self.dialect.is_documented else {},
        )

    async def _decided(
        self, request: Request, received: Received, body: Any, length: int
    ) -> tuple[Verdict | None, Fault | None]:
        """What is answered, and what will go wrong while it is sent. Raises Refusal."""
        wait, fault = self._faults.take()
        if not isinstance(fault, HttpError | Drop):
            asked = await run_in_threadpool(self._judge.asked, body, length, request.headers)
            received.seen = asked.seen
            if fault is None and self.decide is not None:
                fault = self.decide(received)
                wait, fault = (fault, None) if isinstance(fault, Wait) else (wait, fault)
        if not isinstance(fault, HttpError | Drop):
            verdict = self._judge.verdict(asked, fault)
            received.usage = verdict.usage
            self._rates.spend(verdict.usage["prompt_tokens"], verdict.usage["total_tokens"], time.monotonic())
        await wait_for(wait)
        await asyncio.sleep(self.latency_s)
        if isinstance(fault, HttpError):
            raise Refusal(fault)
        if isinstance(fault, Drop):
            self._hang_up(request)
            return None, fault
        return verdict, fault

    async def _send(self, request: Request, chunks: list[Chunk], fault: Fault | None) -> AsyncIterator[str]:
        strikes = strikes_at(chunks, fault)
        for number, chunk in enumerate(chunks):
            if number == strikes:
                if not isinstance(fault, Stall):
                    break
                await wait_for(Wait(until=fault.until))
            await asyncio.sleep(fault.pause_s if isinstance(fault, Slow) else 0)
            yield _event(chunk)
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
        self._server.hang_up(request)

    def _check_key(self, request: Request) -> None:
        if self.api_key is not None and request.headers.get("authorization") != f"Bearer {self.api_key}":
            raise Refusal(DOCUMENTED["invalid_api_key"])

    def _record(self, request: Request, body: Any) -> Received:
        self.keys.append(request.headers.get("authorization"))
        received = _received(request, body if isinstance(body, dict) else {})
        self.requests.append(received)
        return received

    def _refused(self, received: Received, error: HttpError) -> Response:
        received.status = error.status
        if error.body is not None:
            return Response(error.body, error.status, dict(error.headers))
        return JSONResponse(self.dialect.error_body(error), error.status, dict(error.headers))


def _received(request: Request, body: Mapping[str, Any]) -> Received:
    kept = {name: value for name, value in request.headers.items() if name != "authorization"}
    return Received(request.method, request.url.path, without_media(body), kept, media_bytes_of(body), time.monotonic())


def _event(frame: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(frame, ensure_ascii=False)}\n\n"


if __name__ == "__main__":
    from tests.support.service_command import main

    main()

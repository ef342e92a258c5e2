"""The chat address of the stand-in for the service: a request comes, is kept, judged, and answered as told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.support.service_errors import DOCUMENTED
from tests.support.service_faults import (
    CutStream,
    Drop,
    ErrorFrame,
    Fault,
    FaultQueue,
    HttpError,
    Refusal,
    Slow,
    Stall,
    Wait,
    wait_for,
)
from tests.support.service_judging import Judge, Verdict
from tests.support.service_rates import RateKeeper
from tests.support.service_request import Received, received_from
from tests.support.service_stream import Chunk, chunks_of, strikes_at


class ChatDesk:
    """What tests read and set of it is public: see FakeService, which it is the core of."""

    def __init__(
        self,
        judge: Judge,
        rates: RateKeeper,
        *,
        api_key: str | None,
        latency_s: float,
        hang_up: Callable[[Request], None],
    ) -> None:
        self.api_key = api_key
        self.latency_s = latency_s
        self.requests: list[Received] = []
        self.keys: list[str | None] = []  # the Authorization header of each request
        self.in_flight = 0
        self.most_in_flight = 0
        self.decide: Callable[[Received], Fault | None] | None = None
        self._faults = FaultQueue()
        self._judge = judge
        self._rates = rates
        self._hang_up = hang_up

    def next(self, *faults: Fault) -> None:
        """What will happen to the next requests, in the order of their arrival; then all goes well again.

        Wait is no answer: the fault behind it comes in the same request, or a good answer if that is another Wait. For
        requests that find nothing here, `decide` chooses, if it is set; it sees what the service saw of the media.
        """
        self._faults.extend(faults)

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

    def reset(self) -> None:
        """Forget all requests, faults and rates."""
        self.requests, self.keys = [], []
        self._faults.clear()
        self._rates.reset()
        self.decide = None
        self.latency_s, self.most_in_flight = 0.0, self.in_flight

    async def chat(self, request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        received = received_from(request.method, request.url.path, request.headers, body)
        self.keys.append(request.headers.get("authorization"))
        self.requests.append(received)
        number = len(self.requests)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.api_key is not None and request.headers.get("authorization") != f"Bearer {self.api_key}":
                raise Refusal(DOCUMENTED["invalid_api_key"])
            self._rates.let_in(received.at)
            verdict, fault = await self._decided(request, received, body, len(raw))
        except Refusal as refusal:
            return self._refused(received, refusal.error)
        finally:
            self.in_flight -= 1
        if verdict is None:  # the connection was hung up
            return Response(status_code=500)
        received.status = 200
        return StreamingResponse(
            self._send(request, chunks_of(body, verdict.reply, verdict.said_usage), fault),
            media_type="text/event-stream",
            headers={"x-request-id": f"fake-{number}"} if self._judge.dialect.is_documented else {},
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

    def _refused(self, received: Received, error: HttpError) -> Response:
        received.status = error.status
        if error.body is not None:
            return Response(error.body, error.status, dict(error.headers))
        return JSONResponse(self._judge.dialect.error_body(error), error.status, dict(error.headers))


def _event(frame: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(frame, ensure_ascii=False)}\n\n"

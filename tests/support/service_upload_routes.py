"""The temporary upload over HTTP: where the policy is given out, and where the form is posted to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support.service_faults import Drop, FaultQueue, HttpError, Refusal, wait_for
from tests.support.service_rates import Gate, SlidingWindow
from tests.support.service_request import Received, received_from
from tests.support.service_uploads import UploadStore, error_xml, form_of

POLICY_PATH = "/api/v1/uploads"
STORE_PATH = "/temporary-upload"
PER_SECOND = 100


@dataclass
class UploadDesk:
    """`requests` holds the requests of both steps, as they came. `faults` strike either step."""

    store: UploadStore
    api_key: str | None
    models: tuple[str, ...]
    hang_up: Callable[[Request], None]
    requests: list[Received] = field(default_factory=list)
    faults: FaultQueue = field(default_factory=FaultQueue)
    _gate: Gate = field(default_factory=lambda: SlidingWindow(PER_SECOND, 1.0))

    def reset(self) -> None:
        self.requests.clear()
        self.faults.clear()

    async def give_policy(self, request: Request) -> Response:
        received = self._record(request)
        try:
            await self._fail(request)
            data = self._policy(request)
        except Refusal as refusal:
            error = refusal.error
            received.status = error.status
            said = {"code": error.code, "message": error.message, "request_id": "fake-policy"}
            return _answer(error, JSONResponse(said, error.status))
        received.status = 200
        return JSONResponse({"request_id": "fake-policy", "data": data})

    async def take_form(self, request: Request) -> Response:
        received = self._record(request)
        body = await request.body()
        try:
            await self._fail(request)
            received.status = self.store.put(form_of(body, request.headers.get("content-type", "")))
        except Refusal as refusal:
            error = refusal.error
            received.status = error.status
            return _answer(error, Response(error_xml(error), error.status, media_type="application/xml"))
        return Response(status_code=received.status)

    def _policy(self, request: Request) -> dict[str, object]:
        account, model = request.headers.get("authorization", ""), request.query_params.get("model", "")
        if self.api_key is not None and account != f"Bearer {self.api_key}":
            raise Refusal(HttpError(401, "InvalidApiKey", "Invalid API-key provided."))
        if request.query_params.get("action") != "getPolicy":
            raise Refusal(HttpError(400, "InvalidParameter", "The parameter action must be getPolicy."))
        if model not in self.models:
            raise Refusal(HttpError(404, "ModelNotFound", "Model not exist."))
        now = time.monotonic()
        if self._gate.wait_s(1, now) > 0:
            raise Refusal(HttpError(429, "Throttling.RateQuota", "Requests rate limit exceeded."))
        self._gate.take(1, now)
        return self.store.policy(model, account, f"{request.url.scheme}://{request.url.netloc}{STORE_PATH}")

    async def _fail(self, request: Request) -> None:
        wait, fault = self.faults.take()
        await wait_for(wait)
        if isinstance(fault, Drop):
            self.hang_up(request)
        elif isinstance(fault, HttpError):
            raise Refusal(fault)

    def _record(self, request: Request) -> Received:
        asked = dict(request.query_params)
        received = received_from(request.method, request.url.path, request.headers, asked)
        self.requests.append(received)
        return received


def _answer(error: HttpError, usual: Response) -> Response:
    """The usual words, unless the error brings its own body; its headers in either case."""
    response = usual if error.body is None else Response(error.body, error.status)
    response.headers.update(error.headers)
    return response

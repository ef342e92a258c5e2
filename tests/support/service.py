"""A stand-in for the model's service: a real HTTP server on loopback that answers as documented, or fails as told.

    with FakeService() as service:
        service.next(DOCUMENTED["Throttling"], CutStream(after=20))
        ... ask service.base_url ...
        assert len(service.requests) == 3

What it checks, how it counts and what it can be told stands in docs/stand-in.md.
Alone, for tests that kill their client: `python -m tests.support.service --port 8123 --latency 1`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.service_answers import answer_to
from tests.support.service_chat import ChatDesk
from tests.support.service_dialects import DIALECTS, DialectName, Strictness
from tests.support.service_errors import AMBIGUOUS, DOCUMENTED, LONGEST_DATA_URI, OUTPUT_REFUSED
from tests.support.service_families import MODELS
from tests.support.service_faults import CutStream, Drop, ErrorFrame, Fault, HttpError, Say, Slow, Stall, Wait, Write
from tests.support.service_files import FileShelf, Published
from tests.support.service_judging import Judge
from tests.support.service_rates import RateKeeper, Rates, Window
from tests.support.service_request import Asked, Received, Seen, instruction_of, received_from
from tests.support.service_server import LoopbackServer
from tests.support.service_spoilt import EMPTY, MALFORMED, beyond_the_clip, looping, stops_early, truncated, without
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
    "Asked",
    "CutStream",
    "Drop",
    "ErrorFrame",
    "FakeService",
    "Fault",
    "HttpError",
    "Rates",
    "Received",
    "Say",
    "Seen",
    "Slow",
    "Stall",
    "Strictness",
    "Wait",
    "Window",
    "Write",
    "answer_to",
    "beyond_the_clip",
    "instruction_of",
    "looping",
    "stops_early",
    "truncated",
    "without",
]

NO_LIMITS = Rates()
USUAL = Strictness()


class FakeService(ChatDesk):
    """A running service at `base_url`; a context manager. `api_key` None takes any key, or none.

    `requests` holds the chat requests alone; those for uploads and files are in `uploads.requests`, `files.requests`.
    `answer` makes the text of an answer that is left to the service.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        latency_s: float = 0.0,
        models: tuple[str, ...] | None = None,
        port: int = 0,
        dialect: DialectName = "dashscope",
        rates: Rates = NO_LIMITS,
        strictness: Strictness = USUAL,
        answer: Callable[[Asked], str] = answer_to,
    ) -> None:
        self.dialect = DIALECTS[dialect]
        self.models = models or self.dialect.models
        self._folder = tempfile.TemporaryDirectory(prefix="stand-in-")
        self.store = UploadStore(Path(self._folder.name))
        self.uploads = UploadDesk(self.store, api_key, self.models, self._break)
        self.files = FileShelf()
        super().__init__(
            Judge(self.dialect, self.models, strictness, self.store, answer),
            RateKeeper(rates),
            api_key=api_key,
            latency_s=latency_s,
            hang_up=self._break,
        )
        routes = [
            Route(f"{self.dialect.base_path}/chat/completions", self.chat, methods=["POST"]),
            Route(f"{self.dialect.base_path}/models", self._models, methods=["GET"]),
            Route("/files/{rest:path}", self._file, methods=["GET", "HEAD"]),
        ]
        if self.dialect.is_documented:
            routes.append(Route(POLICY_PATH, self.uploads.give_policy, methods=["GET"]))
            routes.append(Route(STORE_PATH, self.uploads.take_form, methods=["POST"]))
        self._server = LoopbackServer(routes, port)

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
        super().reset()
        self.uploads.reset()
        self.files.reset()

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def base_url(self) -> str:
        return self.address + self.dialect.base_path

    def wait_until_quiet(self, within_s: float = 10.0) -> bool:
        """Whether nobody is connected and nothing is being answered any more; waits for that.

        After the death of a client: then all that it had sent is among the requests.
        """
        return self._server.wait_until_quiet(within_s)

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

    async def _models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _file(self, request: Request) -> Response:
        return self.files.answer(request, received_from(request.method, request.url.path, request.headers, {}))

    def _break(self, request: Request) -> None:
        self._server.hang_up(request)


if __name__ == "__main__":
    from tests.support.service_command import main

    main()

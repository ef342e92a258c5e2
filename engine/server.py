"""Serve HTTP: routes, analysis in worker threads, errors in the documented form."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from engine import MODEL
from engine.analysis import Clip, analyse, pictures_apart, prepared
from engine.answer import file_by_file, render
from engine.failures import Abandoned, Refusal
from engine.progress import Progress
from engine.prompting import read_prompt
from engine.request import ChatRequest, read_request
from engine.streaming import DONE, STILL_WORKING, Chunks, event
from engine.usage import shortened, usage_block

AT_ONCE = 2  # analyses; further requests wait their turn
LARGEST_BODY = 64 * 1024 * 1024  # bytes
HEARTBEAT_SECONDS = 5.0

_log = logging.getLogger("engine")


class Engine:
    """The engine holds what lives as long as the server: work folder and threads."""

    def __init__(self, work: Path, tell_speakers_apart: bool) -> None:
        self.work = work
        self.tell_speakers_apart = tell_speakers_apart
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="analysis")
        self._under_way: dict[Future[str], Progress] = {}  # those that wait for their turn, too

    def start(self, request: ChatRequest, clip: Clip, gone: threading.Event) -> Future[str]:
        """Start an answer, whose text comes in time.

        The clip's folder is removed when it is done.
        """
        wanted = read_prompt(request.prompt)
        progress = Progress(clip.duration_ms)

        def answer() -> str:
            clips = pictures_apart(clip) if wanted.by_file and not request.pictures_are_frames else (clip,)
            texts = []
            for number, one in enumerate(clips, 1):
                own = progress if len(clips) == 1 else Progress(one.duration_ms)
                texts.append(render(analyse(one, wanted, self.tell_speakers_apart, gone, own), wanted))
                progress.picture = number / len(clips) if len(clips) > 1 else progress.picture
            return file_by_file(texts, wanted)

        future = self._workers.submit(answer)
        self._under_way[future] = progress
        future.add_done_callback(lambda done: self._under_way.pop(done, None))
        future.add_done_callback(lambda _: shutil.rmtree(clip.folder, ignore_errors=True))
        return future

    def status(self) -> dict[str, object]:
        """Return how far each analysis is, and how many wait for their turn."""
        each = [(future.running(), progress) for future, progress in list(self._under_way.items())]
        analyses = [progress.as_json() for is_running, progress in each if is_running]
        return {"analyses": analyses, "waiting": sum(not is_running for is_running, _ in each)}

    async def prepare(self, request: ChatRequest) -> Clip:
        folder = Path(tempfile.mkdtemp(dir=self.work))
        try:
            return await run_in_threadpool(prepared, request, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


class AbandonableStream(StreamingResponse):
    """Tell the workers when the client is gone, or was served."""

    def __init__(self, events: AsyncIterator[str], gone: threading.Event, future: Future[str], request_id: str) -> None:
        super().__init__(
            events,
            media_type="text/event-stream",
            headers={"cache-control": "no-cache", "x-request-id": request_id},
        )
        self._gone, self._future = gone, future

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._gone.set()
            self._future.cancel()


def create_app(work: Path, tell_speakers_apart: bool, ready: Callable[[], None]) -> Starlette:
    """Create the server's application.

    `work` is a folder for temporary media; `ready` is called once the server answers.
    """
    engine = Engine(work, tell_speakers_apart)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ready()
        yield

    routes = [
        Route("/healthz", _healthz),
        Route("/v1/models", _models),
        Route("/v1/status", partial(_status, engine)),
        Route("/v1/chat/completions", partial(_complete, engine), methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _status(engine: Engine, _: Request) -> Response:
    return JSONResponse(engine.status())


async def _models(_: Request) -> Response:
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "reelsheet"}
    return JSONResponse({"object": "list", "data": [model]})


async def _complete(engine: Engine, http: Request) -> Response:
    request_id = str(uuid.uuid4())
    try:
        request = read_request(await _body(http))
        clip = await engine.prepare(request)
    except Refusal as refusal:
        return JSONResponse(refusal.body(request_id), refusal.status, headers={"x-request-id": request_id})
    except ClientDisconnect:
        return Response(status_code=499)
    except Exception as error:  # whatever a hostile file does to a library becomes an answer, not a traceback
        failure = _unexpected(error)
        return JSONResponse(failure.body(request_id), failure.status, headers={"x-request-id": request_id})
    gone = threading.Event()
    future = engine.start(request, clip, gone)
    return AbandonableStream(_events(request, clip, future, request_id), gone, future, request_id)


async def _body(http: Request) -> object:
    data = bytearray()
    async for piece in http.stream():
        data += piece
        if len(data) > LARGEST_BODY:
            raise Refusal(
                f"The request is larger than {LARGEST_BODY} bytes; send less media at once.",
                status=413,
                code="request_too_large",
            )
    try:
        return json.loads(data)
    except ValueError as error:
        raise Refusal("The body is not valid JSON.") from error


async def _events(request: ChatRequest, clip: Clip, future: Future[str], request_id: str) -> AsyncIterator[str]:
    waiting = asyncio.wrap_future(future)
    while not (await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS))[0]:
        yield STILL_WORKING
    try:
        text = waiting.result()
    except (Abandoned, asyncio.CancelledError):
        return
    except Refusal as refusal:
        yield event(refusal.body(request_id))
        return
    except Exception as error:  # as above
        yield event(_unexpected(error).body(request_id))
        return
    answer, cut = shortened(text, request.max_tokens)
    chunks = Chunks(f"chatcmpl-{request_id}", int(time.time()))
    for chunk in chunks.content(answer):
        yield chunk
    yield chunks.finish("length" if cut else "stop")
    if request.include_usage:
        yield chunks.usage(usage_block(clip.tokens, answer))
    yield DONE


def _unexpected(error: Exception) -> Refusal:
    _log.error("unexpected %s: %s", type(error).__name__, error)
    return Refusal(
        f"The embedded engine failed on this media ({type(error).__name__}: {error}).",
        status=500,
        code="internal_error",
    )

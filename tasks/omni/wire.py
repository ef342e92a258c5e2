"""Send one request to the model, read its answer, and record it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
from openai import APIStatusError, Omit, OpenAI, OpenAIError, Stream
from pydantic import SecretStr

from config.types import ProviderSpec
from tasks.errors import BadKey, ConnectionLost, ReelsheetError, UsageError
from tasks.omni.connections import Timeouts, http_client
from tasks.omni.error_mapping import WEB_PAGE, body_of, code_and_message, from_openai, request_id_of
from tasks.omni.error_table import error_from, no_api, quote
from tasks.omni.messages import ChatRequest
from tasks.omni.parts import Link
from tasks.omni.stream import Listener, Reply, read, reply_error
from tasks.omni.upload import Uploads
from tasks.omni.voice import VoiceFile
from tasks.records import Call

_NO_KEY = "none"  # the openai client wants a key; without one, the header is left out of every request


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint is where a model is asked, and how it is connected to.

    Its address may differ from the provider's own.
    """

    base_url: str
    api_key: SecretStr | None = None
    timeouts: Timeouts = field(default=Timeouts())
    kept: int = 32  # connections that stay open between requests; it limits nothing


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange is a request that was sent, its reply, record and error."""

    reply: Reply
    call: Call
    error: ReelsheetError | None
    answered: bool  # the server said something, be it a refusal


class Wire:
    """A wire leads to one server, for any number of threads.

    `provider.base_url` is the address. Raises UsageError for an address that is none, BadKey for a key that cannot be
    sent.
    """

    def __init__(self, provider: ProviderSpec, api_key: SecretStr | None, timeouts: Timeouts, kept: int) -> None:
        base_url = _checked_url(provider.base_url or "")
        self._provider = provider
        self._key = _checked_key(provider, api_key)
        self._http = http_client(base_url, timeouts, kept)
        self._openai = OpenAI(api_key=self._key or _NO_KEY, base_url=base_url, max_retries=0, http_client=self._http)
        self._uploads = Uploads(provider, self._key, self._http)
        # Given for each request, or variables of the environment meant for another service would be sent along.
        self._headers: dict[str, str | Omit] = {
            "Authorization": f"Bearer {self._key}" if self._key else Omit(),
            "OpenAI-Organization": Omit(),
            "OpenAI-Project": Omit(),
        }

    def send(
        self,
        request: ChatRequest,
        model: str,
        attempt_no: int,
        voice: VoiceFile | None = None,
        listener: Listener | None = None,
    ) -> Exchange:
        """Send one request and read its answer to the end.

        Never raises an error of the service or the network. `voice` receives what is spoken; where the answer broke
        off, nothing of it is left. `listener` hears the answer while it comes.
        """
        started_at, started = datetime.now(UTC), time.monotonic()
        reply = Reply(voice=voice, listener=listener)
        if listener is not None:
            listener.begin()
        try:
            status, error = self._converse(request, reply)
            if voice is not None and error is None:
                voice.keep()
        finally:
            if voice is not None:
                voice.discard()
        if error is not None:
            error = _without_key(error, self._key)
        ended = time.monotonic()
        call = Call(
            call_id=uuid4().hex,
            attempt_no=attempt_no,
            model=model,
            http_status=status,
            error_class=type(error).__name__ if error is not None else None,
            started_at=started_at,
            latency_ms=round((ended - started) * 1000),
            first_token_ms=None if reply.first_token_at is None else round((reply.first_token_at - started) * 1000),
            tokens=reply.tokens,
            request_id=reply.request_id,
        )
        return Exchange(reply, call, error, answered=status is not None)

    def upload(self, path: str, model: str) -> Link:
        """Return the address of a file in the temporary upload.

        Raises as Uploads.link does.
        """
        try:
            return self._uploads.link(path, model)
        except ReelsheetError as error:
            raise _without_key(error, self._key) from None

    def forget_upload(self, path: str) -> None:
        """Forget the file's address, which is of no use any more."""
        self._uploads.forget(path)

    def close(self) -> None:
        self._http.close()

    def _converse(self, request: ChatRequest, reply: Reply) -> tuple[int | None, ReelsheetError | None]:
        """Fill `reply`; return the HTTP status and the error, where there was one.

        Only here openai's errors arrive.
        """
        status = None
        try:
            # Not `chat.completions.create`: the vendor's parts are not among its types, and it holds the media.
            stream = self._openai.post(
                "/chat/completions",
                cast_to=object,  # plain JSON: odd servers send chunks that fit no type
                content=request.pieces(),
                options={"headers": {**self._headers, **request.headers, "Content-Length": str(request.length)}},
                stream=True,
                stream_cls=Stream[object],
            )
            status = stream.response.status_code
            reply.request_id = stream.response.headers.get("x-request-id")
            with stream:
                read(self._chunks(stream), reply, self._provider)
        except APIStatusError as refusal:
            reply.request_id = request_id_of(refusal)
            return refusal.status_code, from_openai(refusal, self._provider)
        except OpenAIError as failure:
            error = from_openai(failure, self._provider)
            if not (isinstance(error, ConnectionLost) and reply.finish_reason):
                return status, error
            # Cut behind the answer's end: it is whole, only its usage is missing.
        except ReelsheetError as known:  # an error frame, or a clip that vanished meanwhile
            return status, known.with_traceback(None)
        except (ValueError, RecursionError) as nonsense:  # a frame that is no JSON, or nested for its own sake
            if not reply.finish_reason:
                why = quote(str(nonsense))
                return status, ConnectionLost(f"{self._provider.title} sent what is no answer ({why}).")
        return status, reply_error(reply, self._provider)

    def _chunks(self, stream: Stream[object]) -> Iterable[object]:
        """Return the chunks of a stream, or the whole answer where it came at once.

        Raises the error that HTTP 200 with a page or plain JSON means: a gateway's, or an address of something else.
        """
        response = stream.response
        if not _is_no_stream(response):
            return stream
        response.read()
        body = body_of(response)
        if isinstance(body, Mapping) and body.get("choices"):
            return (body,)
        code, message = code_and_message(body)
        if message == WEB_PAGE:
            raise no_api(self._provider)
        raise error_from(None, code, message or code or "neither an answer nor an error", {}, self._provider)


def _is_no_stream(response: httpx2.Response) -> bool:
    """Return whether the server declares something else than a stream.

    A server that declares nothing is believed to stream.
    """
    return response.headers.get("content-type", "").startswith(("application/json", "text/html", "text/plain"))


def _checked_url(base_url: str) -> str:
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        url = httpx2.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(f"A base URL looks like https://host/v1, but {base_url!r} was given. Correct it.")
    return base_url


def _checked_key(provider: ProviderSpec, api_key: SecretStr | None) -> str | None:
    """Return the key without the white space around it that copying leaves.

    An HTTP header takes only printable ASCII.
    """
    key = api_key.get_secret_value().strip() if api_key is not None else ""
    if not all("!" <= sign <= "~" for sign in key):
        name = provider.api_key_env or "the environment"
        raise BadKey(f"The key in {name} holds a space or a sign that no key has. Copy it again, whole and alone.")
    return key or None


def _without_key(error: ReelsheetError, key: str | None) -> ReelsheetError:
    """Mask the key in an error's texts, where a server repeated it."""
    texts = {name: text for name, text in vars(error).items() if isinstance(text, str)}
    if not key or not any(key in text for text in texts.values()):
        return error
    return error.replace(**{name: text.replace(key, "***") for name, text in texts.items()})

"""Map the openai client's exceptions to ours, here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAIError

from config.types import ProviderSpec
from tasks.errors import ConnectionLost, ReelsheetError, ServiceBusy
from tasks.omni.error_table import address, error_from, quote

WEB_PAGE = "a web page"
NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)


def from_openai(error: OpenAIError, provider: ProviderSpec) -> ReelsheetError:
    """Return our error for one of the openai client's.

    ConnectionLost says whether a connection ever came. The result has no cause and no context: the original holds the
    request, and with it the key and the media.
    """
    if isinstance(error, APIStatusError):
        code, message = code_and_message(error.body)
        return error_from(error.status_code, code, message, error.response.headers, provider)
    if isinstance(error, APIConnectionError):
        return _connection_lost(error, provider)
    if isinstance(error, APIError):  # an error frame inside a stream that began with HTTP 200
        code, message = code_and_message(error.body or error.message)
        return error_from(None, code, message, {}, provider)
    return ServiceBusy(f"The openai client gave up: {quote(str(error))}.")


def from_httpx(error: httpx2.HTTPError, provider: ProviderSpec) -> ConnectionLost:
    """Return our error for an upload or another request without an answer."""
    why = quote(str(error)) or type(error).__name__
    if isinstance(error, NOT_CONNECTED):
        return ConnectionLost(f"No connection to {address(provider)} ({why}).", never_connected=True, why=why)
    return ConnectionLost(f"The connection to {provider.title} broke ({why}).")


def code_and_message(body: object) -> tuple[str, str]:
    """Read code and message of an error body.

    The shapes seen are OpenAI's, the vendor's own, FastAPI's, and plain text.

    >>> code_and_message({"error": {"code": "Throttling", "message": "Slow down."}})
    ('Throttling', 'Slow down.')
    """
    if isinstance(body, Mapping):
        facts: Mapping[str, Any] = body["error"] if isinstance(body.get("error"), Mapping) else body
        code = facts.get("code") or facts.get("type") or ""
        message = facts.get("message") or facts.get("detail") or facts.get("error") or ""
        return str(code), str(message)
    text = str(body or "").strip()
    return "", WEB_PAGE if text.startswith("<") else text


def request_id_of(error: OpenAIError) -> str | None:
    """Return the request's id, from the error response's header or body."""
    if not isinstance(error, APIStatusError):
        return None
    body = body_of(error.response)
    found = body.get("request_id") if isinstance(body, Mapping) else None  # next to `error`, not inside it
    return error.request_id or (str(found) if found else None)


def body_of(response: httpx2.Response) -> object:
    """Return the body of a response that was read: JSON, otherwise its text."""
    try:
        return response.json()
    except ValueError:
        return response.text


def _connection_lost(error: APIConnectionError, provider: ProviderSpec) -> ConnectionLost:
    cause = error.__cause__
    why = quote(str(cause)) if cause is not None and str(cause) else type(cause or error).__name__
    if isinstance(cause, NOT_CONNECTED):
        return ConnectionLost(f"No connection to {address(provider)} ({why}).", never_connected=True, why=why)
    if isinstance(error, APITimeoutError):
        return ConnectionLost(f"{provider.title} fell silent, and the connection was given up ({why}).")
    return ConnectionLost(f"The connection to {provider.title} broke ({why}).")

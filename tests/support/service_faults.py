"""What the stand-in for the service can be told to do wrong, and the documented errors."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class HttpError:
    """The service refuses before it answers. `body` replaces the documented error body, for gateways and web pages."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True)
class CutStream:
    """The connection breaks after so many characters; None: after the finish reason, before the usage.

    With `politely` the stream ends as if it were whole.
    """

    after: int | None = 0
    politely: bool = False


@dataclass(frozen=True)
class ErrorFrame:
    """HTTP 200, so many characters, then a frame `{"error": …}`; with `bare`, the vendor's `{"code", "message"}`."""

    code: str
    message: str
    after: int = 20
    bare: bool = False


@dataclass(frozen=True)
class Say:
    """The answer's text, finish reason and reasoning. `Say("")` is the empty answer. `usage` None leaves it out."""

    text: str
    finish_reason: str = "stop"
    reasoning: str = ""
    usage: Mapping[str, Any] | None = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """The answer begins only after so many seconds, or once `until` is set."""

    seconds: float = 0.0
    until: threading.Event | None = None


@dataclass(frozen=True)
class Drop:
    """The connection breaks before a word of HTTP."""


Fault = HttpError | CutStream | ErrorFrame | Say | Wait | Drop

# The documented errors, one for each code, by the code.
DOCUMENTED: dict[str, HttpError] = {
    error.code: error
    for error in (
        HttpError(400, "invalid_parameter_error", "Required parameter is missing."),
        HttpError(400, "data_inspection_failed", "Input data may contain inappropriate content."),
        HttpError(400, "DataInspectionFailed", "Output data may contain inappropriate content."),
        HttpError(400, "InvalidParameter.DataInspection", "The media format is not supported or incorrect."),
        HttpError(400, "Arrearage", "Access denied, please make sure your account is in good standing."),
        HttpError(401, "invalid_api_key", "Incorrect API key provided."),
        HttpError(403, "AccessDenied.Unpurchased", "Access to model denied."),
        HttpError(403, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted."),
        HttpError(404, "model_not_found", "The model `x` does not exist or you do not have access to it."),
        HttpError(413, "request_too_large", "The request body is too large."),
        HttpError(429, "limit_requests", "You exceeded your current requests list."),
        HttpError(429, "Throttling", "Requests throttling triggered."),
        HttpError(429, "insufficient_quota", "You exceeded your current quota: tokens per minute."),
        HttpError(429, "PostpaidBillOverdue", "The postpaid bill is overdue."),
        HttpError(429, "CommodityNotPurchased", "Commodity has not purchased yet."),
        HttpError(500, "internal_error", "An internal error has occurred, please try again later."),
        HttpError(503, "ModelServingError", "Too many requests. Your requests are being throttled."),
        HttpError(504, "RequestTimeOut", "Request timed out, please try again later."),
    )
}

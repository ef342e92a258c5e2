"""What the service's errors mean: each documented row, in each spelling."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import (
    AccessDenied,
    BadKey,
    BadRequest,
    DownloadFailed,
    InArrears,
    RateLimited,
    ReelsheetError,
    Refused,
    ServiceBusy,
    TooLarge,
    UnknownModel,
    Unreachable,
)
from tasks.omni.error_mapping import code_and_message
from tasks.omni.error_table import LONGEST_QUOTE, address, error_from, retry_after, unreachable
from tests.support.service_specs import PROVIDER

ROWS = [
    (400, "invalid_parameter_error", "Required body invalid", BadRequest),
    (400, "InvalidParameter", "Required body invalid", BadRequest),
    (400, "invalid_request_error", "Required body invalid", BadRequest),
    (400, "InternalError.Algo.InvalidParameter", "The input is odd", BadRequest),
    (400, "invalid_parameter_error", "Failed to download multimodal content", DownloadFailed),
    (
        400,
        "InvalidParameter",
        "Download the media resource timed out during the data inspection process",
        DownloadFailed,
    ),
    (400, "invalid_parameter_error", "Multimodal file size is too large", TooLarge),
    (400, "InvalidParameter", "Exceeded limit on max bytes per data-uri item : 10485760", TooLarge),
    (400, "invalid_parameter_error", "The video file is too long", TooLarge),
    (400, "InvalidParameter", "Range of input length should be [1, 196608]", TooLarge),
    (400, "400", "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", TooLarge),
    (400, "BadRequestError", "The prompt (length 9000) is longer than the maximum model length of 8192", TooLarge),
    (400, "400", "Input length (9000 tokens) exceeds the maximum allowed length (8192 tokens)", TooLarge),
    (
        400,
        "BadRequestError",
        "'max_tokens' or 'max_completion_tokens' is too large: 65536. This model's maximum context length is 8192",
        BadRequest,
    ),
    (400, "InvalidParameter", "Access denied, please make sure your account is in good standing", InArrears),
    (400, "data_inspection_failed", "Input data may contain inappropriate content", Refused),
    (400, "DataInspectionFailed", "Output data may contain inappropriate content", Refused),
    (400, "InternalError.Algo.DataInspectionFailed", "Input text data may contain it", Refused),
    (400, "invalid_parameter_error", "Output data may contain inappropriate content", Refused),
    (400, "InvalidParameter.DataInspection", "Unable to download the media resource", BadRequest),
    (400, "Arrearage", "Access denied, please make sure your account is in good standing", InArrears),
    (402, "", "", InArrears),
    (401, "invalid_api_key", "Incorrect API key provided", BadKey),
    (401, "InvalidApiKey", "Invalid API-key provided", BadKey),
    (401, "", "", BadKey),
    (403, "AccessDenied", "Access denied", AccessDenied),
    (403, "Model.AccessDenied", "Model access denied", AccessDenied),
    (403, "AccessDenied.Unpurchased", "Access to model denied", AccessDenied),
    (403, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted", AccessDenied),
    (404, "model_not_found", "The model `x` does not exist", UnknownModel),
    (404, "ModelNotFound", "Model can not be found", UnknownModel),
    (404, "model_not_supported", "Unsupported model", UnknownModel),
    (404, "NotFoundError", "The model `x` does not exist.", UnknownModel),
    (404, "", "Not Found", Unreachable),
    (405, "", "Method Not Allowed", Unreachable),
    (301, "", "", Unreachable),
    (413, "request_too_large", "Request body too large", TooLarge),
    (413, "", "", TooLarge),
    (429, "limit_requests", "You exceeded your current requests list", RateLimited),
    (429, "Throttling", "Requests throttling triggered", RateLimited),
    (429, "Throttling.RateQuota", "Requests rate limit exceeded", RateLimited),
    (429, "Throttling.BurstRate", "Request rate increased too quickly", RateLimited),
    (429, "limit_burst_rate", "Request rate increased too quickly", RateLimited),
    (429, "Throttling.Concurrency", "Too many at once", RateLimited),
    (429, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota limit", RateLimited),
    (429, "insufficient_quota", "You exceeded your current quota", RateLimited),
    (429, "", "", RateLimited),
    (429, "CommodityNotPurchased", "Commodity has not purchased yet", AccessDenied),
    (429, "PrepaidBillOverdue", "The prepaid bill is overdue", InArrears),
    (429, "PostpaidBillOverdue", "The postpaid bill is overdue", InArrears),
    (429, "Throttling.AllocationQuota", "Free allocated quota exceeded", AccessDenied),
    (429, "insufficient_quota", "Free allocated quota exceeded", AccessDenied),
    (408, "", "", ServiceBusy),
    (500, "internal_error", "An internal error has occurred", ServiceBusy),
    (500, "InternalError.Algo", "An error in the algorithm", ServiceBusy),
    (500, "SystemError", "A system error has occurred", ServiceBusy),
    (500, "ModelServiceFailed", "Failed to request model service", ServiceBusy),
    (504, "RequestTimeOut", "Request timed out", ServiceBusy),
    (503, "ModelServingError", "Too many requests", ServiceBusy),
    (503, "ModelUnavailable", "Model is unavailable", ServiceBusy),
    (502, "", "<html>Bad Gateway</html>", ServiceBusy),
    (418, "", "I'm a teapot", BadRequest),
    # error frames inside a stream that began with HTTP 200 carry no status
    (None, "DataInspectionFailed", "Output data may contain inappropriate content", Refused),
    (None, "internal_error", "An internal error has occurred", ServiceBusy),
    (None, "invalid_parameter_error", "Required body invalid", BadRequest),
    (None, "", "something broke", ServiceBusy),
    (200, "404", "The model `x` does not exist", UnknownModel),
    (None, "429", "slow down", RateLimited),
]


@pytest.mark.parametrize(("status", "code", "message", "kind"), ROWS)
def test_each_row_of_the_documented_table_has_its_class(
    status: int | None, code: str, message: str, kind: type[ReelsheetError]
) -> None:
    error = error_from(status, code, message, {}, PROVIDER)
    assert type(error) is kind
    assert type(pickle.loads(pickle.dumps(error))) is kind


@pytest.mark.parametrize("code", ["data_inspection_failed", "DataInspectionFailed", "data.inspection.failed"])
def test_the_spelling_of_a_code_does_not_matter(code: str) -> None:
    assert isinstance(error_from(400, code, "", {}, PROVIDER), Refused)


def test_a_refused_key_names_the_variable_the_address_and_the_other_region() -> None:
    message = error_from(401, "invalid_api_key", "Incorrect API key provided.", {}, PROVIDER).message
    assert "SERVICE_API_KEY" in message
    assert "https://service.example/v1" in message
    assert "singapore" in message


def test_an_unreachable_server_is_named_with_the_reason_and_the_other_region() -> None:
    message = unreachable(PROVIDER, "Connection refused").message
    assert "https://service.example/v1" in message
    assert "Connection refused" in message
    assert "singapore" in message


def test_an_address_without_an_api_says_what_to_check() -> None:
    message = error_from(404, "", "Not Found", {}, PROVIDER).message
    assert "no chat API" in message
    assert "base URL" in message


def test_a_shown_address_has_neither_password_nor_query() -> None:
    secret = PROVIDER.model_copy(update={"base_url": "https://me:secret@host.example:8443/v1/?token=secret"})
    assert address(secret) == "https://host.example:8443/v1"


def test_a_message_quotes_the_server_on_one_line_and_briefly() -> None:
    message = error_from(400, "bad_request", "line\n\x1b[31mtwo " + "A" * 100_000, {}, PROVIDER).message
    assert "\n" not in message
    assert "\x1b" not in message
    assert len(message) < LONGEST_QUOTE + 200


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "Wed, 01 Jul 2026 10:00:30 GMT", "date": "Wed, 01 Jul 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Wed, 01 Jul 2020 10:00:00 GMT"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "tomorrow"}, None),
    ],
)
def test_the_wait_that_the_server_asks_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
    error = error_from(429, "Throttling", "", headers, PROVIDER)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_a_server_may_forbid_asking_again() -> None:
    error = error_from(503, "", "", {"x-should-retry": "false"}, PROVIDER)
    assert isinstance(error, ServiceBusy)
    assert error.max_retries == 0


def test_a_server_may_allow_asking_again_where_nothing_else_is_known() -> None:
    assert isinstance(error_from(400, "strange", "", {"x-should-retry": "true"}, PROVIDER), ServiceBusy)
    assert isinstance(error_from(401, "", "", {"x-should-retry": "true"}, PROVIDER), BadKey)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"error": {"code": "c", "message": "m", "type": "t"}, "request_id": "r"}, ("c", "m")),
        ({"code": "c", "message": "m", "request_id": "r"}, ("c", "m")),
        ({"object": "error", "message": "m", "type": "NotFoundError", "code": 404}, ("404", "m")),
        ({"detail": "Not Found"}, ("", "Not Found")),
        ({"error": "m"}, ("", "m")),
        ({"code": None, "message": None, "type": "t"}, ("t", "")),
        ("plain words", ("", "plain words")),
        ("<!doctype html><p>Bad gateway", ("", "a web page")),
        (None, ("", "")),
        ([], ("", "")),
    ],
)
def test_error_bodies_are_read_in_every_shape_seen(body: object, found: tuple[str, str]) -> None:
    assert code_and_message(body) == found


@given(
    status=st.none() | st.integers(200, 999),
    code=st.text(max_size=40),
    message=st.text(max_size=400),
    headers=st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-should-retry", "date"]), st.text()),
)
def test_any_error_gets_a_class_and_one_sentence(
    status: int | None, code: str, message: str, headers: dict[str, str]
) -> None:
    error = error_from(status, code, message, headers, PROVIDER)
    assert error.message.isprintable()
    assert error.message.endswith(".")

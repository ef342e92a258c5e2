"""What the stand-in can be told to do wrong: each fault once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.support.service import (
    AMBIGUOUS,
    DOCUMENTED,
    EMPTY,
    MALFORMED,
    OUTPUT_REFUSED,
    CutStream,
    Drop,
    ErrorFrame,
    FakeService,
    Say,
    Slow,
    Stall,
    Wait,
    Write,
    beyond_the_clip,
    looping,
    stops_early,
    truncated,
    without,
)
from tests.support.service_bodies import audio, chunks, make_silence, post, refusal, request, said, text


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return request(audio(make_silence(tmp_path_factory.mktemp("media"), seconds=10)), text())


# --- before the answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_error_in_its_documented_form(service: FakeService, body: dict[str, Any], code: str) -> None:
    error = DOCUMENTED[code]
    service.next(error)
    answer = post(service, body)
    assert refusal(answer) == (error.status, code, error.message)
    assert service.requests[0].status == error.status


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_every_message_that_a_code_alone_does_not_tell(service: FakeService, body: dict[str, Any], name: str) -> None:
    error = AMBIGUOUS[name]
    service.next(error)
    answer = post(service, body)
    assert answer.status_code == error.status
    assert (answer.text if error.body is not None else refusal(answer)[2]) == (error.body or error.message)


def test_an_error_bears_headers(service: FakeService, body: dict[str, Any]) -> None:
    several = {"Retry-After": "7", "retry-after-ms": "2500", "x-should-retry": "false"}
    service.next(DOCUMENTED["Throttling"].bearing(several))
    headers = post(service, body).headers
    assert {name: headers[name] for name in several} == several


def test_a_connection_that_breaks_before_a_word(service: FakeService, body: dict[str, Any]) -> None:
    service.next(Drop())
    with pytest.raises(httpx2.RemoteProtocolError):
        post(service, body)
    assert service.requests[0].status is None


def test_a_fault_is_over_after_one_request(service: FakeService, body: dict[str, Any]) -> None:
    service.next(DOCUMENTED["internal_error"])
    assert [post(service, body).status_code for _ in range(2)] == [500, 200]


# --- within the stream -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "last"),
    [
        (OUTPUT_REFUSED, {"error": {"code": OUTPUT_REFUSED.code, "message": OUTPUT_REFUSED.message}}),
        (
            ErrorFrame("SystemError", "No.", bare=True),
            {"code": "SystemError", "message": "No.", "request_id": "fake-frame"},
        ),
    ],
)
def test_an_error_frame_in_the_middle_of_a_good_answer(
    service: FakeService, body: dict[str, Any], fault: ErrorFrame, last: dict[str, Any]
) -> None:
    service.next(fault)
    answer = post(service, body)
    assert answer.status_code == 200
    *before, frame = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line]
    assert frame == last
    assert 0 < len("".join(chunk["choices"][0]["delta"]["content"] for chunk in before)) <= fault.after


def test_a_stream_that_is_cut(service: FakeService, body: dict[str, Any]) -> None:
    service.next(CutStream(after=30))
    with pytest.raises(httpx2.RemoteProtocolError):
        post(service, body)


def test_a_stream_that_ends_as_if_it_were_whole(service: FakeService, body: dict[str, Any]) -> None:
    service.next(CutStream(after=30, politely=True))
    answer = post(service, body).text
    assert "[DONE]" not in answer
    assert '"finish_reason": "stop"' not in answer


def test_a_stream_without_its_usage(service: FakeService, body: dict[str, Any]) -> None:
    service.next(CutStream(after=None, politely=True))
    answer = post(service, body).text
    assert '"finish_reason": "stop"' in answer
    assert "prompt_tokens" not in answer


def test_a_stream_that_falls_silent_and_goes_on(service: FakeService, body: dict[str, Any]) -> None:
    go_on = threading.Event()
    service.next(Stall(after=20, until=go_on))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, service, body)
        assert service.wait_for_requests(1)
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.2)
        go_on.set()
        assert said(answer.result(timeout=10)).startswith("## Storyline")


def test_slowness_changes_nothing_but_the_time(service: FakeService, body: dict[str, Any]) -> None:
    service.next(Slow(pause_s=0.001), Wait(seconds=0.001))
    assert said(post(service, body)) == said(post(service, body))


def test_a_wait_is_followed_by_the_fault_behind_it(service: FakeService, body: dict[str, Any]) -> None:
    service.next(Wait(seconds=0.001), DOCUMENTED["RequestTimeOut"], Wait(seconds=0.001), Wait(seconds=0.001))
    assert [post(service, body).status_code for _ in range(3)] == [504, 200, 200]


# --- what is said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoilt", "finish_reason", "told"),
    [
        (EMPTY, "stop", lambda answer: answer == ""),
        (MALFORMED, "stop", lambda answer: "#" not in answer),
        (truncated(60), "length", lambda answer: len(answer) == 60),
        (looping(60), "stop", lambda answer: answer.count("the same thing happens once more") == 60),
        (looping(60, "length"), "length", lambda answer: answer.startswith("## Storyline")),
        (stops_early(0.4), "stop", lambda answer: "00:04.000" in answer and "00:10.000" not in answer),
        (beyond_the_clip(30_000), "stop", lambda answer: "00:40.000" in answer),
        (without("Speakers"), "stop", lambda answer: "Storyline" in answer and "Speakers" not in answer),
        (Write(lambda asked: Say(f"{asked.duration_ms} ms")), "stop", lambda answer: answer == "10000 ms"),
    ],
)
def test_answers_are_spoilt_as_models_spoil_them(
    service: FakeService, body: dict[str, Any], spoilt: Say | Write, finish_reason: str, told: Any
) -> None:
    service.next(spoilt)
    answer = post(service, body)
    assert told(said(answer)), said(answer)
    assert chunks(answer)[-2]["choices"][0]["finish_reason"] == finish_reason


def test_a_request_that_is_wrong_is_refused_whatever_should_have_been_said(
    service: FakeService, body: dict[str, Any]
) -> None:
    service.next(Say("A dog."))
    assert refusal(post(service, {**body, "stream": False}))[0] == 400

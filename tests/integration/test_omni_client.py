"""The client against a real HTTP server that answers, refuses, breaks off and falls silent."""

from __future__ import annotations

import dataclasses
import pickle
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from tasks.omni.client import OmniClient
from tasks.omni.connections import Timeouts
from tasks.omni.conversation import conversation
from tasks.omni.messages import build_request
from tasks.omni.parts import of_clip
from tasks.omni.retry import RetryPolicy
from tasks.omni.wire import Endpoint, Wire
from tasks.records import Clip, Picture, Tokens
from tests.support.media import make_video
from tests.support.service import DOCUMENTED, CutStream, Drop, ErrorFrame, FakeService, HttpError, Say, Wait
from tests.support.service_specs import AT_ONCE, KEY, MODEL, PROVIDER, SECTIONS, clip_of, silent_clip


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return silent_clip(tmp_path)


# --- an answer -------------------------------------------------------------------------------------------------


def test_an_answer_comes_with_text_usage_ids_and_times(client: OmniClient, clip: Clip) -> None:
    answer = client.ask(clip, SECTIONS)
    assert answer.text.startswith("## Storyline\n00:00.000 - 00:00.500\n")
    assert (answer.finish_reason, answer.outcome, answer.error_class) == ("stop", None, None)
    assert (answer.request_id, answer.model_snapshot) == ("fake-1", MODEL.name)
    (call,) = answer.calls
    assert (call.attempt_no, call.http_status, call.error_class, call.request_id) == (1, 200, None, "fake-1")
    assert call.tokens == Tokens(audio=7, text=len(SECTIONS) // 4, output=len(answer.text) // 4)
    assert call.first_token_ms is not None
    assert 0 <= call.first_token_ms <= call.latency_ms
    assert pickle.loads(pickle.dumps(answer)) == answer


def test_a_video_arrives_whole_with_its_parameters(client: OmniClient, service: FakeService, tmp_path: Path) -> None:
    path = make_video(tmp_path, seconds=2, fps=2)
    picture = Picture(width=320, height=240, fps=2.0, frames=4, max_pixels=230_400)
    answer = client.ask(clip_of(path, picture=picture, seconds=2), SECTIONS)
    assert "## Visible Text" in answer.text
    (request,) = service.requests
    media, text = request.body["messages"][0]["content"]
    assert request.media_bytes == pytest.approx(path.stat().st_size, abs=2)
    assert (media["fps"], media["max_pixels"], text["text"]) == (2, 230_400, SECTIONS)


def test_reasoning_is_kept_apart_from_the_answer(client: OmniClient, service: FakeService, clip: Clip) -> None:
    service.next(Say("A dog.", reasoning="It barks, so it is one."))
    answer = client.ask(clip, SECTIONS)
    assert (answer.text, answer.reasoning) == ("A dog.", "It barks, so it is one.")


def test_an_answer_cut_by_its_length_is_kept_for_the_parser(
    client: OmniClient, service: FakeService, clip: Clip
) -> None:
    service.next(Say("## Storyline\n00:00", finish_reason="length"))
    answer = client.ask(clip, SECTIONS)
    assert (answer.text, answer.finish_reason, answer.outcome) == ("## Storyline\n00:00", "length", None)


def test_an_answer_cut_before_its_first_word_is_truncated(client: OmniClient, service: FakeService, clip: Clip) -> None:
    service.next(Say("", finish_reason="length", reasoning="Thinking without end"))
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.reasoning) == ("truncated", "Thinking without end")


def test_a_service_without_usage_leaves_tokens_unknown(client: OmniClient, service: FakeService, clip: Clip) -> None:
    service.next(Say("A dog.", usage=None))
    assert client.ask(clip, SECTIONS).calls[0].tokens is None


def test_the_length_of_the_answer_can_be_bounded(client: OmniClient, service: FakeService, clip: Clip) -> None:
    client.ask(clip, SECTIONS, max_tokens=64)
    assert service.requests[0].body["max_tokens"] == 64


def test_a_model_without_a_key_is_asked_without_one(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "meant-for-another-service")
    monkeypatch.setenv("OPENAI_ORG_ID", "meant-for-another-service")
    with FakeService() as open_service, OmniClient(PROVIDER, MODEL, Endpoint(open_service.base_url)) as client:
        client.ask(clip, SECTIONS)
        assert "meant-for-another-service" not in str(open_service.requests)
        assert open_service.keys == [None]


def test_an_answer_lost_behind_its_end_is_whole_though_unpriced(
    client: OmniClient, service: FakeService, clip: Clip
) -> None:
    service.next(CutStream(after=None))
    answer = client.ask(clip, SECTIONS)
    assert answer.finish_reason == "stop"
    assert [call.tokens for call in answer.calls] == [None]


# --- asking again ----------------------------------------------------------------------------------------------

PASSING = [
    (DOCUMENTED["Throttling"], "RateLimited", 429),
    (DOCUMENTED["limit_requests"], "RateLimited", 429),
    (DOCUMENTED["insufficient_quota"], "RateLimited", 429),
    (DOCUMENTED["internal_error"], "ServiceBusy", 500),
    (DOCUMENTED["ModelServingError"], "ServiceBusy", 503),
    (DOCUMENTED["RequestTimeOut"], "ServiceBusy", 504),
    (HttpError(502, "", "", body="<html>Bad Gateway</html>"), "ServiceBusy", 502),
    (HttpError(400, "InvalidParameter", "Failed to download multimodal content"), "DownloadFailed", 400),
    (ErrorFrame("internal_error", "An internal error has occurred"), "ServiceBusy", 200),
    (ErrorFrame("internal_error", "An internal error has occurred", bare=True), "ServiceBusy", 200),
    (CutStream(after=0), "ConnectionLost", 200),
    (CutStream(after=40), "ConnectionLost", 200),
    (CutStream(after=40, politely=True), "ConnectionLost", 200),
    (Drop(), "ConnectionLost", None),
    (Say(""), "EmptyAnswer", 200),
    (HttpError(200, "", "", {"content-type": "application/json"}, '{"code": "SystemError"}'), "ServiceBusy", 200),
    (HttpError(200, "", "", {"content-type": "application/json"}, "{}"), "ServiceBusy", 200),
    (HttpError(200, "", "", body="data: {broken\n\n"), "ConnectionLost", 200),
]


@pytest.mark.parametrize(("fault", "kind", "status"), PASSING)
def test_what_may_pass_is_asked_again_and_recorded(
    client: OmniClient, service: FakeService, clip: Clip, fault: HttpError, kind: str, status: int | None
) -> None:
    service.next(fault)
    answer = client.ask(clip, SECTIONS)
    failed, answered = answer.calls
    assert (failed.attempt_no, failed.error_class, failed.http_status) == (1, kind, status)
    assert (answered.attempt_no, answered.error_class) == (2, None)
    assert answer.text.startswith("## Storyline")
    assert answer.outcome is None


def test_a_broken_answer_leaves_no_trace_in_the_next_one(client: OmniClient, service: FakeService, clip: Clip) -> None:
    service.next(CutStream(after=40))
    whole = client.ask(clip, SECTIONS).text
    assert whole == client.ask(clip, SECTIONS).text


def test_the_tokens_of_an_empty_answer_are_recorded(client: OmniClient, service: FakeService, clip: Clip) -> None:
    service.next(Say(""))
    empty, _ = client.ask(clip, SECTIONS).calls
    assert empty.tokens is not None
    assert empty.tokens.audio == 7


def test_what_does_not_pass_becomes_a_failure_worth_a_retry(
    client: OmniClient, service: FakeService, clip: Clip
) -> None:
    service.next(*[DOCUMENTED["Throttling"]] * 5)
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable, answer.text) == ("failed", "RateLimited", True, "")
    assert [call.attempt_no for call in answer.calls] == [1, 2, 3, 4, 5]
    assert answer.request_id == "fake-refusal"


def test_the_servers_wish_is_waited_for(service: FakeService, clip: Clip) -> None:
    waits: list[float] = []
    policy = RetryPolicy(first_wait_s=0.001, pause=lambda _, seconds: waits.append(seconds))
    with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(KEY)), retries=policy) as client:
        throttled = dataclasses.replace(DOCUMENTED["Throttling"], headers={"Retry-After": "7"})
        precisely = dataclasses.replace(DOCUMENTED["Throttling"], headers={"retry-after-ms": "2500"})
        service.next(throttled, precisely)
        client.ask(clip, SECTIONS)
    assert waits == [pytest.approx(7, abs=0.01), pytest.approx(2.5, abs=0.01)]


def test_a_silent_server_is_given_up_and_asked_again(service: FakeService, clip: Clip) -> None:
    never = threading.Event()
    service.next(Wait(until=never))
    timeouts = Timeouts(read_s=0.3)
    with OmniClient(
        PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(KEY), timeouts=timeouts), retries=AT_ONCE
    ) as client:
        answer = client.ask(clip, SECTIONS)
    never.set()
    assert [call.error_class for call in answer.calls] == ["ConnectionLost", None]


# --- this segment will not be answered -------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [DOCUMENTED["data_inspection_failed"], ErrorFrame("DataInspectionFailed", "no")])
def test_a_refusal_is_an_answer(client: OmniClient, service: FakeService, clip: Clip, refusal: HttpError) -> None:
    service.next(refusal)
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable) == ("refused", "Refused", False)
    assert len(answer.calls) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_parameter_error", "BadRequest"),
        ("InvalidParameter.DataInspection", "BadRequest"),
        ("request_too_large", "TooLarge"),
    ],
)
def test_a_request_that_is_wrong_is_not_repeated(
    client: OmniClient, service: FakeService, clip: Clip, code: str, kind: str
) -> None:
    service.next(DOCUMENTED[code])
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable) == ("failed", kind, False)
    assert len(service.requests) == 1


def test_a_clip_above_the_limit_is_never_sent(service: FakeService, clip: Clip) -> None:
    small = PROVIDER.model_copy(update={"max_data_uri_bytes": 10_000})
    with OmniClient(small, MODEL, Endpoint(service.base_url, SecretStr(KEY))) as client:
        answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.calls) == ("failed", "TooLarge", ())
    assert service.requests == []


def test_a_clip_that_vanished_is_a_failure_worth_a_retry(client: OmniClient, clip: Clip) -> None:
    Path(clip.path).unlink()
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable) == ("failed", "NotFound", True)


def test_a_clip_that_shrinks_while_it_is_sent_ends_the_request_with_its_name(service: FakeService, clip: Clip) -> None:
    provider = PROVIDER.model_copy(update={"base_url": service.base_url})
    request = build_request(provider, MODEL, conversation(of_clip(clip), SECTIONS))
    Path(clip.path).write_bytes(b"RIFF")
    resolve = Wire(provider, SecretStr(KEY), Timeouts(), kept=1)
    exchange = resolve.send(request, MODEL.name, attempt_no=1)
    resolve.close()
    assert (exchange.call.error_class, exchange.call.http_status) == ("NotReadable", None)
    assert "silence.wav" in str(exchange.error)

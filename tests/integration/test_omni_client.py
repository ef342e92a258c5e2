"""The client against a real HTTP server that answers, refuses, breaks off and falls silent."""

from __future__ import annotations

import dataclasses
import logging
import pickle
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.types import ProviderSpec
from tasks.errors import (
    AccessDenied,
    BadKey,
    InArrears,
    Interrupted,
    ReelsheetError,
    RunStopped,
    UnknownModel,
    Unreachable,
    UsageError,
)
from tasks.omni.client import OmniClient
from tasks.omni.connections import Timeouts
from tasks.omni.messages import upload
from tasks.omni.retry import RetryPolicy
from tasks.omni.wire import Wire
from tasks.records import Clip, Picture, Tokens
from tests.support.media import make_video
from tests.support.service import DOCUMENTED, CutStream, Drop, ErrorFrame, FakeService, HttpError, Say, Wait
from tests.support.service_specs import KEY, MODEL, PROVIDER, clip_of, silent_clip

SECTIONS = "Write ## Storyline and ## Speakers and Transcript."
LONG_PAUSE_S = 3600.0  # a wait that a test must never sit through


def no_pause(_: threading.Event, __: float) -> None:
    """Ask again at once."""


AT_ONCE = RetryPolicy(pause=no_pause)


@pytest.fixture(scope="module")
def running() -> Iterator[FakeService]:
    with FakeService(api_key=KEY) as server:
        yield server


@pytest.fixture
def service(running: FakeService) -> FakeService:
    running.reset()
    return running


@pytest.fixture
def client(service: FakeService) -> Iterator[OmniClient]:
    with OmniClient(PROVIDER, MODEL, service.base_url, SecretStr(KEY), retries=AT_ONCE) as ready:
        yield ready


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return silent_clip(tmp_path)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


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
    with FakeService() as open_service, OmniClient(PROVIDER, MODEL, open_service.base_url, None) as client:
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
    (HttpError(400, "InvalidParameter", "Failed to download multimodal content"), "ServiceBusy", 400),
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
    with OmniClient(PROVIDER, MODEL, service.base_url, SecretStr(KEY), retries=policy) as client:
        throttled = dataclasses.replace(DOCUMENTED["Throttling"], headers={"Retry-After": "7"})
        precisely = dataclasses.replace(DOCUMENTED["Throttling"], headers={"retry-after-ms": "2500"})
        service.next(throttled, precisely)
        client.ask(clip, SECTIONS)
    assert waits == [pytest.approx(7, abs=0.01), pytest.approx(2.5, abs=0.01)]


def test_a_silent_server_is_given_up_and_asked_again(service: FakeService, clip: Clip) -> None:
    never = threading.Event()
    service.next(Wait(until=never))
    timeouts = Timeouts(read_s=0.3)
    with OmniClient(PROVIDER, MODEL, service.base_url, SecretStr(KEY), retries=AT_ONCE, timeouts=timeouts) as client:
        answer = client.ask(clip, SECTIONS)
    never.set()
    assert [call.error_class for call in answer.calls] == ["ConnectionLost", None]


# --- this segment will not be answered -------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [DOCUMENTED["data_inspection_failed"], ErrorFrame("DataInspectionFailed", "no")])
def test_a_refusal_is_confirmed_once_and_recorded(
    client: OmniClient, service: FakeService, clip: Clip, refusal: HttpError
) -> None:
    service.next(refusal, refusal)
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable) == ("refused", "Refused", False)
    assert len(answer.calls) == 2


def test_a_refusal_that_is_not_confirmed_is_forgotten(client: OmniClient, service: FakeService, clip: Clip) -> None:
    service.next(DOCUMENTED["data_inspection_failed"])
    assert client.ask(clip, SECTIONS).outcome is None


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
    with OmniClient(small, MODEL, service.base_url, SecretStr(KEY)) as client:
        answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.calls) == ("failed", "TooLarge", ())
    assert service.requests == []


def test_a_clip_that_vanished_is_a_failure_worth_a_retry(client: OmniClient, clip: Clip) -> None:
    Path(clip.path).unlink()
    answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable) == ("failed", "NotFound", True)


def test_a_clip_that_shrinks_while_it_is_sent_ends_the_request_with_its_name(service: FakeService, clip: Clip) -> None:
    provider = PROVIDER.model_copy(update={"base_url": service.base_url})
    request = upload(provider, MODEL.name, clip, SECTIONS)
    Path(clip.path).write_bytes(b"RIFF")
    wire = Wire(provider, SecretStr(KEY), Timeouts(), kept=1)
    exchange = wire.send(request, MODEL.name, attempt_no=1)
    wire.close()
    assert (exchange.call.error_class, exchange.call.http_status) == ("NotReadable", None)
    assert "silence.wav" in str(exchange.error)


# --- the run is over -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_api_key", BadKey),
        ("Arrearage", InArrears),
        ("PostpaidBillOverdue", InArrears),
        ("AccessDenied.Unpurchased", AccessDenied),
        ("AllocationQuota.FreeTierOnly", AccessDenied),
        ("CommodityNotPurchased", AccessDenied),
        ("model_not_found", UnknownModel),
    ],
)
def test_a_provider_that_refuses_stops_every_question(
    client: OmniClient, service: FakeService, clip: Clip, code: str, kind: type[RunStopped]
) -> None:
    service.next(DOCUMENTED[code])
    with pytest.raises(kind) as first:
        client.ask(clip, SECTIONS)
    with pytest.raises(kind) as second:
        client.ask(clip, SECTIONS)
    assert first.value.message == second.value.message
    assert len(service.requests) == 1
    assert [call.error_class for call in first.value.facts["calls"]] == [kind.__name__]
    assert second.value.facts["calls"] == ()


def test_a_wrong_key_names_where_it_comes_from_and_the_other_region(service: FakeService, clip: Clip) -> None:
    with (
        OmniClient(PROVIDER, MODEL, service.base_url, SecretStr("sk-wrong")) as client,
        pytest.raises(BadKey, match=r"SERVICE_API_KEY.*singapore") as caught,
    ):
        client.ask(clip, SECTIONS)
    assert service.base_url in caught.value.message


def test_a_server_that_is_not_there_is_unreachable_after_three_tries(clip: Clip) -> None:
    address = f"http://127.0.0.1:{closed_port()}/v1"
    with (
        OmniClient(PROVIDER, MODEL, address, SecretStr(KEY), retries=AT_ONCE) as client,
        pytest.raises(Unreachable, match="Connection refused") as caught,
    ):
        client.ask(clip, SECTIONS)
    assert address in caught.value.message
    assert "singapore" in caught.value.message
    assert [call.http_status for call in caught.value.facts["calls"]] == [None] * 3


def test_a_name_that_nobody_knows_is_unreachable(clip: Clip) -> None:
    with (
        OmniClient(PROVIDER, MODEL, "http://nobody.invalid/v1", SecretStr(KEY), retries=AT_ONCE) as client,
        pytest.raises(Unreachable, match=r"nobody\.invalid"),
    ):
        client.ask(clip, SECTIONS)


def test_a_server_that_goes_away_later_fails_the_segment_only(clip: Clip) -> None:
    with (
        FakeService() as service,
        OmniClient(PROVIDER, MODEL, service.base_url, None, retries=AT_ONCE) as client,
    ):
        client.ask(clip, SECTIONS)
        service.stop()
        answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable) == ("failed", "ConnectionLost", True)
    assert len(answer.calls) == 5


def test_an_address_with_a_wrong_path_is_named(service: FakeService, clip: Clip) -> None:
    wrong = service.base_url.removesuffix("/v1")
    with (
        OmniClient(PROVIDER, MODEL, wrong, SecretStr(KEY)) as client,
        pytest.raises(Unreachable, match="no chat API"),
    ):
        client.ask(clip, SECTIONS)


def test_an_address_with_a_web_site_behind_it_is_named(service: FakeService, client: OmniClient, clip: Clip) -> None:
    page = "<html>Welcome to the hotel's network</html>"
    service.next(HttpError(200, "", "", {"content-type": "text/html"}, page))
    with pytest.raises(Unreachable, match=r"no chat API: it answered HTTP 200 \(a web page\)"):
        client.ask(clip, SECTIONS)


@pytest.mark.parametrize("address", ["localhost:8000/v1", "ftp://host/v1", "", "http://", "http://[::1", "http://h:x/"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(UsageError, match="base URL"):
        OmniClient(PROVIDER, MODEL, address, None)


# --- stopping and many threads ---------------------------------------------------------------------------------


def test_halting_ends_waits_at_once_and_lets_requests_under_way_finish(service: FakeService, tmp_path: Path) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def pause(halted: threading.Event, seconds: float) -> None:
        waiting.set()
        halted.wait(seconds)

    policy = RetryPolicy(first_wait_s=LONG_PAUSE_S, longest_wait_s=LONG_PAUSE_S, pause=pause)
    clip = silent_clip(tmp_path)
    with (
        OmniClient(PROVIDER, MODEL, service.base_url, SecretStr(KEY), retries=policy) as client,
        ThreadPoolExecutor() as pool,
    ):
        service.next(DOCUMENTED["Throttling"])
        sleeping = pool.submit(client.ask, clip, SECTIONS)
        assert waiting.wait(10)
        service.next(Wait(until=go_on))
        under_way = pool.submit(client.ask, clip, SECTIONS)
        assert service.wait_for_requests(2)

        client.halt(Interrupted("Stopped by Ctrl-C."))
        with pytest.raises(Interrupted) as caught:
            sleeping.result(timeout=10)
        assert len(caught.value.facts["calls"]) == 1
        with pytest.raises(Interrupted):
            client.ask(clip, SECTIONS)
        go_on.set()
        assert under_way.result(timeout=10).text.startswith("## Storyline")
    assert len(service.requests) == 2


def test_cutting_off_ends_requests_under_way(service: FakeService, client: OmniClient, clip: Clip) -> None:
    never = threading.Event()
    service.next(Wait(until=never))
    with ThreadPoolExecutor() as pool:
        under_way = pool.submit(client.ask, clip, SECTIONS)
        assert service.wait_for_requests(1)
        client.halt(Interrupted("Stopped by Ctrl-C."))
        client.cut_off()
        with pytest.raises(Interrupted):
            under_way.result(timeout=10)
    never.set()


def test_one_refusal_stops_the_questions_of_all_threads(service: FakeService, client: OmniClient, clip: Clip) -> None:
    service.next(DOCUMENTED["Arrearage"])
    with pytest.raises(InArrears):
        client.ask(clip, SECTIONS)
    with ThreadPoolExecutor(8) as pool:
        errors = [pool.submit(client.ask, clip, SECTIONS).exception(timeout=10) for _ in range(8)]
    assert {type(error) for error in errors} == {InArrears}
    assert len(set(map(id, errors))) == 8, "each thread raises an error of its own"
    assert len(service.requests) == 1


def test_thirty_two_threads_are_served_at_the_same_time(service: FakeService, client: OmniClient, clip: Clip) -> None:
    together = threading.Event()
    service.next(*[Wait(until=together)] * 32)
    with ThreadPoolExecutor(32) as pool:
        answers = [pool.submit(client.ask, clip, SECTIONS) for _ in range(32)]
        assert service.wait_for_requests(32)
        together.set()
        texts = {answer.result(timeout=30).text for answer in answers}
    assert len(texts) == 1
    assert service.most_in_flight == 32


# --- the key stays secret --------------------------------------------------------------------------------------


def test_the_key_is_in_no_repr_error_answer_or_log(
    service: FakeService, client: OmniClient, clip: Clip, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = HttpError(400, f"bad_{KEY}", f"The header 'Authorization: Bearer {KEY}' is odd")
    frame = ErrorFrame("internal_error", f"Bearer {KEY}")
    service.next(echo, frame)
    said: list[object] = [client, client.ask(clip, SECTIONS), client.ask(clip, SECTIONS)]
    service.next(HttpError(401, "invalid_api_key", f"Incorrect API key provided: {KEY}"))
    with pytest.raises(BadKey) as caught:
        client.ask(clip, SECTIONS)
    error: ReelsheetError = caught.value
    assert "***" in error.message
    said += [error, error.facts, error.__cause__, error.__context__, vars(client), caplog.text, service.requests]
    assert KEY not in " ".join(f"{thing!r} {thing}" for thing in said)


@pytest.mark.parametrize("key", ["sk-with space", "sk-line\nbreak", "sk-“quoted”", "ключ"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(service: FakeService, key: str) -> None:
    with pytest.raises(BadKey, match="SERVICE_API_KEY") as caught:
        OmniClient(PROVIDER, MODEL, service.base_url, SecretStr(key))
    assert key not in f"{caught.value!r} {caught.value.facts}"


def test_white_space_around_a_key_does_no_harm(service: FakeService, clip: Clip) -> None:
    with OmniClient(PROVIDER, MODEL, service.base_url, SecretStr(f" {KEY}\n")) as client:
        assert client.ask(clip, SECTIONS).outcome is None


def test_a_redirect_carries_neither_key_nor_media_elsewhere(
    service: FakeService, client: OmniClient, clip: Clip
) -> None:
    with FakeService() as elsewhere:
        service.next(HttpError(307, "", "", {"location": f"{elsewhere.base_url}/chat/completions"}, body=""))
        with pytest.raises(Unreachable, match="HTTP 307"):
            client.ask(clip, SECTIONS)
        assert elsewhere.requests == []


def test_a_proxy_of_the_machine_is_not_used_for_itself(
    service: FakeService, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    with OmniClient(PROVIDER, MODEL, service.base_url, SecretStr(KEY)) as client:
        assert client.ask(clip, SECTIONS).outcome is None


def test_the_providers_own_address_is_not_asked_when_another_is_given(service: FakeService, clip: Clip) -> None:
    elsewhere: ProviderSpec = PROVIDER.model_copy(update={"base_url": f"http://127.0.0.1:{closed_port()}/v1"})
    with OmniClient(elsewhere, MODEL, service.base_url, SecretStr(KEY)) as client:
        assert client.ask(clip, SECTIONS).outcome is None

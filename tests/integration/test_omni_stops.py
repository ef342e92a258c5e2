"""What ends a run: a refusing provider, a server that is not there, Ctrl-C. And what must never get out: the key."""

from __future__ import annotations

import logging
import threading
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
from tasks.omni.retry import RetryPolicy
from tasks.omni.wire import Endpoint
from tasks.records import Clip
from tests.support.service import DOCUMENTED, ErrorFrame, FakeService, HttpError, Wait
from tests.support.service_specs import AT_ONCE, KEY, MODEL, PROVIDER, SECTIONS, closed_port, silent_clip

LONG_PAUSE_S = 3600.0  # a wait that a test must never sit through


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return silent_clip(tmp_path)


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
    assert [call.error_class for call in first.value.calls] == [kind.__name__]
    assert second.value.calls == ()


def test_a_wrong_key_names_where_it_comes_from_and_the_other_region(service: FakeService, clip: Clip) -> None:
    with (
        OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr("sk-wrong"))) as client,
        pytest.raises(BadKey, match=r"SERVICE_API_KEY.*singapore") as caught,
    ):
        client.ask(clip, SECTIONS)
    assert service.base_url in caught.value.message


def test_a_server_that_is_not_there_is_unreachable_after_three_tries(clip: Clip) -> None:
    address = f"http://127.0.0.1:{closed_port()}/v1"
    with (
        OmniClient(PROVIDER, MODEL, Endpoint(address, SecretStr(KEY)), retries=AT_ONCE) as client,
        pytest.raises(Unreachable, match="Connection refused") as caught,
    ):
        client.ask(clip, SECTIONS)
    assert address in caught.value.message
    assert "singapore" in caught.value.message
    assert [call.http_status for call in caught.value.calls] == [None] * 3


def test_a_name_that_nobody_knows_is_unreachable(clip: Clip) -> None:
    with (
        OmniClient(PROVIDER, MODEL, Endpoint("http://nobody.invalid/v1", SecretStr(KEY)), retries=AT_ONCE) as client,
        pytest.raises(Unreachable, match=r"nobody\.invalid"),
    ):
        client.ask(clip, SECTIONS)


def test_a_server_that_goes_away_later_fails_the_segment_only(clip: Clip) -> None:
    with (
        FakeService() as service,
        OmniClient(PROVIDER, MODEL, Endpoint(service.base_url), retries=AT_ONCE) as client,
    ):
        client.ask(clip, SECTIONS)
        service.stop()
        answer = client.ask(clip, SECTIONS)
    assert (answer.outcome, answer.error_class, answer.retryable) == ("failed", "ConnectionLost", True)
    assert len(answer.calls) == 5


def test_an_address_with_a_wrong_path_is_named(service: FakeService, clip: Clip) -> None:
    wrong = service.base_url.removesuffix("/v1")
    with (
        OmniClient(PROVIDER, MODEL, Endpoint(wrong, SecretStr(KEY))) as client,
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
        OmniClient(PROVIDER, MODEL, Endpoint(address))


# --- stopping and many threads ---------------------------------------------------------------------------------


def test_halting_ends_waits_at_once_and_lets_requests_under_way_finish(service: FakeService, tmp_path: Path) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def pause(halted: threading.Event, seconds: float) -> None:
        waiting.set()
        halted.wait(seconds)

    policy = RetryPolicy(first_wait_s=LONG_PAUSE_S, longest_wait_s=LONG_PAUSE_S, pause=pause)
    clip = silent_clip(tmp_path)
    with (
        OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(KEY)), retries=policy) as client,
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
        assert len(caught.value.calls) == 1
        with pytest.raises(Interrupted):
            client.ask(clip, SECTIONS)
        go_on.set()
        assert under_way.result(timeout=10).text.startswith("## Storyline")
    assert len(service.requests) == 2


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
    said += [error, vars(error), error.__cause__, error.__context__, vars(client), caplog.text, service.requests]
    assert KEY not in " ".join(f"{thing!r} {thing}" for thing in said)


@pytest.mark.parametrize("key", ["sk-with space", "sk-line\nbreak", "sk-“quoted”", "ключ"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(service: FakeService, key: str) -> None:
    with pytest.raises(BadKey, match="SERVICE_API_KEY") as caught:
        OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(key)))
    assert key not in f"{caught.value!r} {vars(caught.value)}"


def test_white_space_around_a_key_does_no_harm(service: FakeService, clip: Clip) -> None:
    with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(f" {KEY}\n"))) as client:
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
    with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url, SecretStr(KEY))) as client:
        assert client.ask(clip, SECTIONS).outcome is None


def test_the_providers_own_address_is_not_asked_when_another_is_given(service: FakeService, clip: Clip) -> None:
    elsewhere: ProviderSpec = PROVIDER.model_copy(update={"base_url": f"http://127.0.0.1:{closed_port()}/v1"})
    with OmniClient(elsewhere, MODEL, Endpoint(service.base_url, SecretStr(KEY))) as client:
        assert client.ask(clip, SECTIONS).outcome is None

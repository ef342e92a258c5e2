"""The client against a server that enforces limits, in minutes of a few seconds. All times are the server's own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.errors import Interrupted
from tasks.omni.client import OmniClient
from tasks.omni.limiter import Limiter
from tasks.omni.retry import RetryPolicy
from tasks.omni.wire import Endpoint
from tasks.planning.rate import RateLimits
from tasks.records import Answer, Clip, Tokens
from tests.support.service import DOCUMENTED, FakeService, Rates
from tests.support.service_specs import AT_ONCE, MODEL, PROVIDER, SECTIONS, silent_clip

SEGMENTS = 100
THREADS = 16
MINUTE_S = 6.0
REQUESTS = 60
TOKENS = 4_800  # fifty of the segments below: of the two limits the tighter one
EXPECTED = Tokens(audio=7, text=12, output=150)  # of a second of silence; the stand-in's answers are half as long


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    silence = silent_clip(tmp_path)
    return replace(silence, segment=replace(silence.segment, tokens=EXPECTED))


def ask_often(client: OmniClient, clip: Clip) -> list[Answer]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda _: client.ask(clip, SECTIONS), range(SEGMENTS)))


def share_used(times: Sequence[float], amounts: Sequence[int], limit: int) -> float:
    """The share of the allowed rate that was used between the first and the last request."""
    return sum(amounts[:-1]) / (times[-1] - times[0]) * MINUTE_S / limit


@pytest.mark.long
def test_a_hundred_segments_use_what_is_allowed_and_are_hardly_ever_refused(clip: Clip) -> None:
    limits = RateLimits(requests=REQUESTS, tokens=TOKENS, minute_s=MINUTE_S)
    retries = RetryPolicy(first_wait_s=MINUTE_S / 60, longest_wait_s=MINUTE_S)
    with FakeService(rates=Rates(REQUESTS, TOKENS, MINUTE_S)) as service:
        with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url)) as client:
            client.ask(clip, SECTIONS)  # the stand-in looks closely at the media that it sees for the first time
        service.reset()
        limiter = Limiter(limits)
        with OmniClient(PROVIDER, MODEL, Endpoint(service.base_url), retries=retries, limiter=limiter) as client:
            answers = ask_often(client, clip)
        accepted = [request for request in service.requests if request.status == 200]
    tokens = [request.usage["total_tokens"] for request in accepted]
    times = [request.at for request in accepted]
    assert {answer.outcome for answer in answers} == {None}
    assert len(tokens) == SEGMENTS
    assert share_used(times, tokens, TOKENS) >= 0.85
    assert share_used(times, [1] * SEGMENTS, REQUESTS) <= 1
    assert len(service.throttled) <= 0.02 * len(service.requests)


def test_a_refusal_holds_up_the_next_request_for_as_long_as_the_server_asks(clip: Clip) -> None:
    pauses: list[float | None] = []
    now = [0.0]

    def pause(_: threading.Condition, seconds: float | None) -> None:
        pauses.append(seconds)
        now[0] += seconds or 0.0

    limiter = Limiter(RateLimits(), clock=lambda: now[0], pause=pause)
    with (
        FakeService() as service,
        OmniClient(PROVIDER, MODEL, Endpoint(service.base_url), retries=AT_ONCE, limiter=limiter) as client,
    ):
        service.next(DOCUMENTED["Throttling"].bearing({"Retry-After": "40"}))
        assert [call.error_class for call in client.ask(clip, SECTIONS).calls] == ["RateLimited", None]
    assert pauses == [40.0]


def test_halting_lets_go_of_those_who_wait_for_their_turn(clip: Clip) -> None:
    waiting = threading.Event()

    def pause(changed: threading.Condition, seconds: float | None) -> None:
        waiting.set()
        changed.wait(seconds)

    limiter = Limiter(RateLimits(requests=1, minute_s=3_600.0), pause=pause)
    with (
        FakeService() as service,
        OmniClient(PROVIDER, MODEL, Endpoint(service.base_url), limiter=limiter) as client,
        ThreadPoolExecutor() as pool,
    ):
        client.ask(clip, SECTIONS)
        later = [pool.submit(client.ask, clip, SECTIONS) for _ in range(3)]
        assert waiting.wait(10)
        client.halt(Interrupted("Stopped by Ctrl-C."))
        assert {type(each.exception(timeout=10)) for each in later} == {Interrupted}
    assert len(service.requests) == 1

"""The stand-in's rate limits: two models of so many a minute, pure but for the last tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.service import FakeService, Rates
from tests.support.service_bodies import audio, make_silence, post, refusal, request, text
from tests.support.service_rates import Bucket, Gate, SlidingWindow


def let_in(gate: Gate, times: list[float], amount: float = 1) -> list[bool]:
    """Which of the requests at these times are let in."""
    found = []
    for now in times:
        found.append(gate.wait_s(amount, now) == 0)
        if found[-1]:
            gate.take(amount, now)
    return found


def test_a_sliding_window_lets_in_so_many_in_any_minute() -> None:
    gate = SlidingWindow(limit=3, minute_s=60)
    assert let_in(gate, [0, 1, 2, 3, 59, 60, 60.5, 61]) == [True, True, True, False, False, True, False, True]


def test_a_sliding_window_says_when_there_is_room() -> None:
    gate = SlidingWindow(limit=3, minute_s=60)
    let_in(gate, [0, 10, 20])
    assert gate.wait_s(1, 30) == 30
    assert gate.wait_s(2, 30) == 40


def test_what_is_larger_than_a_window_counts_for_as_many_minutes_as_it_is_worth() -> None:
    gate = SlidingWindow(limit=100, minute_s=60)
    assert let_in(gate, [0], amount=150) == [True]
    assert gate.wait_s(1, 60) == 30
    assert gate.wait_s(150, 89) == 1


def test_a_bucket_fills_steadily_up_to_its_burst() -> None:
    gate = Bucket(limit=60, minute_s=60, burst=2)
    assert let_in(gate, [0, 0, 0, 1, 1, 100, 100, 100]) == [True, True, False, True, False, True, True, False]


def test_what_is_larger_than_a_bucket_waits_for_a_full_one_and_leaves_a_debt() -> None:
    gate = Bucket(limit=100, minute_s=60, burst=100)
    let_in(gate, [0], amount=10)
    assert gate.wait_s(150, 0) == pytest.approx(6)
    assert let_in(gate, [6], amount=150) == [True]
    assert gate.wait_s(100, 6) == pytest.approx(90)


def test_requests_above_the_limit_meet_the_documented_refusal_and_are_counted(tmp_path: Path) -> None:
    body = request(audio(make_silence(tmp_path)), text())
    with FakeService(rates=Rates(requests_per_minute=2, minute_s=3600, tells_when=True)) as service:
        answers = [post(service, body) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert refusal(answers[2])[1] == "limit_requests"
        assert 0 < int(answers[2].headers["retry-after-ms"]) <= 3_600_000
        assert [request.status for request in service.requests] == [200, 200, 429]
        assert len(service.throttled) == 1
        assert service.requests[0].at <= service.requests[1].at
        service.reset()
        assert post(service, body).status_code == 200


def test_tokens_above_the_limit_meet_the_documented_refusal(tmp_path: Path) -> None:
    body = request(audio(make_silence(tmp_path)), text())
    with FakeService(rates=Rates(tokens_per_minute=100, minute_s=3600, window="bucket")) as service:
        first, second = post(service, body), post(service, body)
    assert (first.status_code, second.status_code) == (200, 429)
    assert refusal(second)[1] == "insufficient_quota"
    assert "retry-after-ms" not in second.headers

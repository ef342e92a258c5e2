"""Which errors are tried again, how often, and after which waits."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from tasks.errors import (
    BadKey,
    BadRequest,
    ConnectionLost,
    EmptyAnswer,
    RateLimited,
    ReelsheetError,
    Refused,
    ServiceBusy,
)
from tasks.omni.retry import RetryPolicy, retrying


class Attempts:
    """Fails with each error in turn, then succeeds; counts its calls and the seconds that would have been waited."""

    def __init__(self, errors: Sequence[ReelsheetError]) -> None:
        self.errors = list(errors)
        self.made = 0
        self.waits: list[float] = []

    def __call__(self) -> str:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return "an answer"

    def pause(self, _: threading.Event, seconds: float) -> None:
        self.waits.append(seconds)

    def run(self, *, reached: bool = True, first_wait_s: float = 1.0, longest_wait_s: float = 60.0) -> str:
        policy = RetryPolicy(first_wait_s=first_wait_s, longest_wait_s=longest_wait_s, pause=self.pause)
        event = threading.Event()
        if reached:
            event.set()
        return str(retrying(policy, threading.Event(), event)(self))


@pytest.mark.parametrize("kind", [RateLimited, ServiceBusy, ConnectionLost, EmptyAnswer])
def test_transient_errors_are_tried_again(kind: type[ReelsheetError]) -> None:
    attempts = Attempts([kind("again"), kind("again")])
    assert attempts.run() == "an answer"
    assert attempts.made == 3


@pytest.mark.parametrize("kind", [BadRequest, BadKey, Refused])
def test_terminal_errors_are_not(kind: type[ReelsheetError]) -> None:
    attempts = Attempts([kind("no")])
    with pytest.raises(kind):
        attempts.run()
    assert attempts.made == 1


def test_after_the_last_attempt_the_last_error_comes_out() -> None:
    attempts = Attempts([ServiceBusy(f"busy {number}") for number in range(9)])
    with pytest.raises(ServiceBusy, match="busy 4"):
        attempts.run()
    assert attempts.made == 5


def test_an_error_that_may_pass_only_once_is_tried_once_more() -> None:
    attempts = Attempts([ServiceBusy("download", max_retries=1)] * 3)
    with pytest.raises(ServiceBusy):
        attempts.run()
    assert attempts.made == 2


def test_a_server_that_forbids_asking_again_is_obeyed() -> None:
    attempts = Attempts([ServiceBusy("busy", max_retries=0)])
    with pytest.raises(ServiceBusy):
        attempts.run()
    assert attempts.made == 1


@pytest.mark.parametrize(("reached", "made"), [(False, 3), (True, 5)])
def test_a_server_never_reached_is_given_up_sooner(reached: bool, made: int) -> None:
    attempts = Attempts([ConnectionLost("refused", never_connected=True)] * 9)
    with pytest.raises(ConnectionLost):
        attempts.run(reached=reached)
    assert attempts.made == made


def test_waits_double_with_jitter_and_never_pass_the_longest() -> None:
    attempts = Attempts([ServiceBusy("busy")] * 4)
    attempts.run(first_wait_s=1.0, longest_wait_s=5.0)
    assert all(
        low <= wait <= high for wait, (low, high) in zip(attempts.waits, [(1, 2), (2, 3), (4, 5), (5, 5)], strict=True)
    )


def test_the_waits_after_a_rate_limit_outlast_the_minute_that_it_counts() -> None:
    attempts = Attempts([RateLimited("slow down")] * 4)
    attempts.run(first_wait_s=1.0, longest_wait_s=60.0)
    assert all(low <= wait <= low + 1 for wait, low in zip(attempts.waits, [4, 8, 16, 32], strict=True))
    assert sum(attempts.waits) >= 60


def test_the_servers_wish_takes_the_place_of_the_computed_wait() -> None:
    attempts = Attempts([RateLimited("slow down", retry_after=17.0)])
    attempts.run(first_wait_s=0.5)
    assert 17.0 <= attempts.waits[0] <= 17.5


def test_a_wish_beyond_reason_is_capped() -> None:
    attempts = Attempts([RateLimited("slow down", retry_after=float("inf"))])
    attempts.run(first_wait_s=0.5, longest_wait_s=30.0)
    assert attempts.waits[0] <= 30.5

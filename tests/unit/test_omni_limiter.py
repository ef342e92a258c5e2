"""One pace for many threads: first come, first served, wakened by what changes, and let go when the run is halted."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tasks.errors import BadRequest, ConnectionLost, EmptyAnswer, RateLimited, ReelsheetError, ServiceBusy
from tasks.omni.limiter import Limiter
from tasks.omni.minute import SentRequest
from tasks.planning.rate import RateLimits
from tasks.records import Call, Tokens

DOCUMENTED = RateLimits(requests=60, tokens=100_000)
NOT_HALTED = threading.Event()
LARGE = 172_802


class Clock:
    """Seconds that pass only when somebody waits, or when told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.parked = threading.Semaphore(0)  # released whenever a thread begins to wait

    def __call__(self) -> float:
        return self.now

    def pass_by(self, _: threading.Condition, seconds: float | None) -> None:
        """A wait that is over at once: for tests with a single thread."""
        assert seconds is not None
        self.waits.append(seconds)
        self.now += seconds

    def until_notified(self, changed: threading.Condition, _: float | None) -> None:
        """A wait that only a notification ends: for tests with threads."""
        self.parked.release()
        changed.wait()

    def all_parked(self, count: int) -> None:
        assert all(self.parked.acquire(timeout=10) for _ in range(count))


def start(limiter: Limiter, tokens: int = 100) -> SentRequest:
    sent = limiter.start(tokens, NOT_HALTED)
    assert sent is not None
    return sent


def a_call(status: int | None = 200, tokens: Tokens | None = None) -> Call:
    return Call("id", 1, "model", status, None, datetime(2026, 1, 1, tzinfo=UTC), 10, None, tokens)


@contextmanager
def running(*targets: Callable[[], object]) -> Iterator[None]:
    threads = [threading.Thread(target=target, daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


# --- one thread ------------------------------------------------------------------------------------------------


def test_the_first_request_starts_at_once_and_the_second_waits_for_its_turn() -> None:
    clock = Clock()
    limiter = Limiter(DOCUMENTED, clock=clock, pause=clock.pass_by)
    start(limiter)
    assert clock.now == 0
    start(limiter)
    assert clock.now == pytest.approx(1 / 0.91, abs=0.002)


@pytest.mark.parametrize(
    ("call", "error", "counted"),
    [
        (a_call(tokens=Tokens(video=40_000, audio=4_000, text=1_000, output=900, output_audio=100)), None, 46_000),
        (a_call(tokens=Tokens(text=46_000)), EmptyAnswer("not a word"), 46_000),
        (a_call(), None, LARGE),  # answered, and not counted by anybody
        (a_call(), ConnectionLost("broke off"), LARGE),  # what was understood until then may have been counted
        (a_call(None), ConnectionLost("silence for five minutes"), LARGE),
        (a_call(503), ServiceBusy("busy"), LARGE),
        (a_call(None), ConnectionLost("refused", never_connected=True), 0),
        (a_call(400), BadRequest("wrong"), 0),
        (a_call(429), RateLimited("too fast", retry_after=0.0), 0),
    ],
)
def test_what_a_request_used_is_known_from_how_it_ended(call: Call, error: ReelsheetError | None, counted: int) -> None:
    clock = Clock()
    limiter = Limiter(RateLimits(tokens=92_000), clock=clock, pause=clock.pass_by)
    limiter.finish(start(limiter, LARGE), call, error)
    start(limiter, 50_000)
    minutes = max(1, counted / 92_000) if counted else 0
    assert clock.now == pytest.approx(minutes * 60 * 1.02, abs=0.002)


def test_a_refusal_holds_up_everybody_for_as_long_as_the_server_asks() -> None:
    clock = Clock()
    limiter = Limiter(RateLimits(), clock=clock, pause=clock.pass_by)
    limiter.finish(start(limiter), a_call(429), RateLimited("too fast", retry_after=17.0))
    start(limiter)
    assert clock.waits == [17.0]


def test_an_answer_that_nobody_counted_ends_a_row_of_refusals() -> None:
    clock = Clock()
    limiter = Limiter(RateLimits(), clock=clock, pause=clock.pass_by)
    for _ in range(3):
        limiter.finish(start(limiter), a_call(429), RateLimited("too fast"))
    limiter.finish(start(limiter), a_call(), None)
    limiter.finish(start(limiter), a_call(429), RateLimited("too fast"))
    start(limiter)
    assert clock.waits == [1, 2, 4, 1]


def test_a_limiter_may_be_told_never_to_pause() -> None:
    clock = Clock()
    limiter = Limiter(RateLimits(), longest_pause_s=0.0, clock=clock, pause=clock.pass_by)
    limiter.finish(start(limiter), a_call(429), RateLimited("too fast", retry_after=17.0))
    start(limiter)
    assert clock.waits == []


# --- many threads ----------------------------------------------------------------------------------------------


def test_threads_start_in_the_order_in_which_they_came() -> None:
    clock, started = Clock(), queue.Queue[int]()
    limiter = Limiter(RateLimits(requests=60), clock=clock, pause=clock.until_notified)
    start(limiter)

    def ask(number: int) -> None:
        start(limiter)
        started.put(number)

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
        clock.all_parked(1)
    assert limiter.waiting == 6
    for number in range(6):
        clock.now += 1.1
        limiter.wake()
        assert started.get(timeout=10) == number
    assert limiter.waiting == 0


def test_no_thread_starts_before_its_time_however_many_wait() -> None:
    clock, started = Clock(), queue.Queue[SentRequest | None]()
    limiter = Limiter(RateLimits(requests=60), clock=clock, pause=clock.until_notified)
    start(limiter)
    halted = threading.Event()
    with running(*[lambda: started.put(limiter.start(100, halted))] * 20):
        clock.all_parked(20)
        clock.now += 1.1
        limiter.wake()
        assert started.get(timeout=10) is not None
        assert limiter.waiting == 19
        halted.set()
        limiter.wake()
    assert [started.get() for _ in range(19)] == [None] * 19


def test_halting_lets_all_go_at_once_without_a_turn() -> None:
    clock, results = Clock(), queue.Queue[SentRequest | None]()
    limiter = Limiter(RateLimits(requests=1), clock=clock, pause=clock.until_notified)
    start(limiter)
    halted = threading.Event()
    with running(*[lambda: results.put(limiter.start(100, halted))] * 5):
        clock.all_parked(5)
        halted.set()
        limiter.wake()
    assert [results.get() for _ in range(5)] == [None] * 5
    assert limiter.waiting == 0


def test_a_run_that_is_halted_already_starts_nothing() -> None:
    halted = threading.Event()
    halted.set()
    assert Limiter(RateLimits()).start(100, halted) is None


def test_tokens_given_back_wake_the_one_who_waits_for_them() -> None:
    clock, started = Clock(), queue.Queue[SentRequest]()
    limiter = Limiter(RateLimits(tokens=100_000), clock=clock, pause=clock.until_notified)
    large = start(limiter, LARGE)
    with running(lambda: started.put(start(limiter))):
        clock.all_parked(1)
        limiter.finish(large, a_call(tokens=Tokens(text=10)), None)
    assert started.get(timeout=10).at == 0

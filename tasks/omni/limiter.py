"""Limit how fast a run asks: requests and tokens a minute, shared by its threads.

It slows down for a while after HTTP 429.

Weighed against aiolimiter 1.3, which is for one asyncio loop and raises for a request larger than a minute's tokens, of
which a video of four minutes has 1.7 times as many (172,802 of 100,000); and pyrate-limiter, for which see pace.py.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tasks.errors import RateLimited, ReelsheetError
from tasks.omni.minute import SentRequest
from tasks.omni.pace import AT_ONCE_S, Pace
from tasks.omni.retry import never_connected
from tasks.planning.rate import RateLimits
from tasks.records import Call


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request in the line."""

    expected: int
    since: float
    turn: threading.Condition  # notified when it is to look whether it may start
    sent: SentRequest | None = None


class Limiter:
    """A limiter keeps the pace of one model at one address.

    Any number of threads share it, and start in the order in which they came, or as the pace lets them go before each
    other; the first in the line decides. `longest_pause_s` is that after a refusal; None is a minute. `clock` and
    `pause` (wait on a condition, at most so many seconds; None: until it is notified) are there for tests, which don't
    wait.
    """

    def __init__(
        self,
        limits: RateLimits,
        *,
        longest_pause_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[threading.Condition, float | None], object] = threading.Condition.wait,
    ) -> None:
        self._pace = Pace(limits, clock(), limits.minute_s if longest_pause_s is None else longest_pause_s)
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._line: deque[_Waiting] = deque()

    @property
    def waiting(self) -> int:
        """Return how many requests wait for their turn."""
        return len(self._line)

    @property
    def speed(self) -> float:
        """Return the pace, in parts of the full one."""
        return self._pace.speed

    def start(self, expected: int, halted: threading.Event) -> SentRequest | None:
        """Wait until a request may be sent; None where `halted` was set before that.

        `expected` are its tokens, in and out. Who sets `halted` calls `wake`.
        """
        me = _Waiting(expected, self._clock(), threading.Condition(self._lock))
        with self._lock:
            is_like_another = any(waiting.expected == expected for waiting in self._line)
            self._line.append(me)
            if not is_like_another:
                self._look_again()
            try:
                while me.sent is None and not halted.is_set():
                    if self._line[0] is me:
                        self._start_one(me)
                    else:
                        self._pause(me.turn, None)
            finally:
                if me.sent is None:
                    self._line.remove(me)
                    self._look_again()
        return me.sent

    def _start_one(self, first: _Waiting) -> None:
        """Start one of the line, or wait a while."""
        now = self._clock()
        index, wait_s = self._pace.next_one(now, [waiting.expected for waiting in self._line], now - first.since)
        if wait_s > AT_ONCE_S:
            self._pause(first.turn, wait_s)
            return
        chosen = self._line[index]
        del self._line[index]
        chosen.sent = self._pace.start(now, chosen.expected)
        chosen.turn.notify()
        self._look_again()

    def _look_again(self) -> None:
        """Let the first of the line decide anew."""
        if self._line:
            self._line[0].turn.notify()

    def finish(self, sent: SentRequest, call: Call, error: ReelsheetError | None) -> None:
        """Take the end of a request that was sent.

        One that broke off keeps what was reserved for it.
        """
        refused = call.http_status is not None and 400 <= call.http_status < 500
        with self._lock:
            now = self._clock()
            if isinstance(error, RateLimited):
                self._pace.refuse(now, sent, error.retry_after)
            elif call.tokens is not None:
                self._pace.answer(sent, call.tokens.input + call.tokens.output + call.tokens.output_audio)
            elif refused or never_connected(error):
                self._pace.give_back(sent)
            self._look_again()

    def wake(self) -> None:
        """Let all that wait look whether they are halted."""
        with self._lock:
            for waiting in self._line:
                waiting.turn.notify()

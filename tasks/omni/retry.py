"""Decide which requests to the model are sent again, when, and how often.

Nothing else retries them.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential, wait_random

from tasks.errors import ConnectionLost, RateLimited, Transient

_log = logging.getLogger("reelsheet.omni")

_OF_A_MINUTE = 4  # limits are counted by the minute: with a first wait of 1 s, the four waits outlast one


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A policy bounds the attempts, and the waits between them in seconds.

    Waits double from the first, with jitter, up to the longest. A server's Retry-After takes the place of the
    computed wait, capped by `longest_wait_s`. After HTTP 429 the computed waits are four times as long. A server that
    nobody has reached yet is tried `unreached_attempts` times. `pause` waits for an event, at most so many seconds:
    tests inject one that doesn't.
    """

    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    unreached_attempts: int = 3
    pause: Callable[[threading.Event, float], object] = threading.Event.wait


def retrying(policy: RetryPolicy, halted: threading.Event, reached: threading.Event) -> Retrying:
    """Build the retries of one question.

    A wait ends at once when `halted` is set; the attempt after it must look. Transient errors are tried again, each
    class at most as often as its `max_retries` says. (A refusal is an answer: tasks/omni/policy.py has it confirmed.)
    """
    met = Counter[type[Transient]]()

    def is_worth_a_retry(error: BaseException) -> bool:
        if not isinstance(error, Transient) or error.max_retries is None:
            return isinstance(error, Transient)
        met[type(error)] += 1
        return met[type(error)] <= error.max_retries

    def enough(state: RetryCallState) -> bool:
        fewer = never_connected(_error(state)) and not reached.is_set()
        return state.attempt_number >= (policy.unreached_attempts if fewer else policy.attempts)

    def sleep(seconds: float) -> None:
        policy.pause(halted, seconds)

    return Retrying(
        retry=retry_if_exception(is_worth_a_retry),
        stop=enough,
        wait=_waits(policy),
        sleep=sleep,
        before_sleep=_log_wait,
        reraise=True,
    )


def never_connected(error: BaseException | None) -> bool:
    """Return whether no connection came about at all.

    >>> never_connected(ConnectionLost("No route.", never_connected=True))
    True
    """
    return isinstance(error, ConnectionLost) and error.never_connected


def _waits(policy: RetryPolicy) -> Callable[[RetryCallState], float]:
    doubling = wait_exponential(multiplier=policy.first_wait_s, max=policy.longest_wait_s)
    jitter = wait_random(0, policy.first_wait_s)  # so that many threads told the same don't come back as one

    def wait(state: RetryCallState) -> float:
        error = _error(state)
        asked = error.retry_after if isinstance(error, Transient) else None
        if asked is None:
            times = _OF_A_MINUTE if isinstance(error, RateLimited) else 1
            return min(times * doubling(state) + jitter(state), policy.longest_wait_s)
        return min(asked, policy.longest_wait_s) + jitter(state)

    return wait


def _log_wait(state: RetryCallState) -> None:
    seconds = state.next_action.sleep if state.next_action else 0.0
    _log.info("%s: asking again in %.1f s", type(_error(state)).__name__, seconds)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None

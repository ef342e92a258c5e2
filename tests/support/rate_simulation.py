"""A run of many requests against a service that enforces limits, in simulated time: minutes pass in milliseconds."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from tasks.omni.minute import SentRequest
from tasks.omni.pace import AT_ONCE_S, Pace
from tasks.omni.retry import RetryPolicy
from tasks.planning.rate import RateLimits
from tests.support.service_rates import Gate, Rates

_MOST_JITTER_S = 0.1  # of a request's way to the service
_FOUND_OUT_WITHIN = 10  # requests


@dataclass(frozen=True)
class Question:
    """A request's tokens, as the plan expects them and as they turn out."""

    expected: int
    real: int


@dataclass(frozen=True)
class Outcome:
    """Shares: of the allowed rate that was used between the first and the last request, and of requests refused.

    And of those refused beyond the ten requests in which the service's limit has to be found out, from the first
    refusal on; how long anybody waited in the line; how often anybody was refused; and when how much was let in.
    """

    used: float
    refused: float
    refused_later: float
    longest_wait_s: float
    most_refusals: int
    accepted: Sequence[tuple[float, int]]

    def used_between(self, start: float, end: float, rates: Rates) -> float:
        """The share of what these rates allow that was used in some seconds."""
        within = [tokens for at, tokens in self.accepted if start <= at < end]
        return _used(len(within), sum(within), end - start, rates)


@dataclass
class _Run:
    pace: Pace
    gates: tuple[Gate | None, Gate | None]
    latency_s: float
    tells_when: bool
    chance: random.Random
    request: deque[Question]
    line: deque[tuple[Question, int, float]] = field(default_factory=deque)
    events: list[tuple[float, int, Callable[[float], None]]] = field(default_factory=list)
    number: count[int] = field(default_factory=count)
    accepted: list[tuple[float, int]] = field(default_factory=list)
    was_refused: list[bool] = field(default_factory=list)
    longest_wait_s: float = 0.0
    most_refusals: int = 0
    alarm: int = 0

    def at(self, when: float, what: Callable[[float], None]) -> None:
        heapq.heappush(self.events, (when, next(self.number), what))

    def queue(self, question: Question, refusals: int, now: float) -> None:
        self.line.append((question, refusals, now))
        self.look(now)

    def look(self, now: float) -> None:
        """Start what may start, and set the alarm for what may later."""
        self.alarm += 1
        while self.line:
            sizes = [question.expected for question, _, _ in self.line]
            index, wait_s = self.pace.next_one(now, sizes, now - self.line[0][2])
            if wait_s > AT_ONCE_S:
                self.at(now + wait_s, partial(self.ring, self.alarm))
                return
            question, refusals, since = self.line[index]
            self.longest_wait_s = max(self.longest_wait_s, now - since)
            del self.line[index]
            sent = self.pace.start(now, question.expected)
            self.at(now + self.chance.uniform(0, _MOST_JITTER_S), partial(self.arrive, question, refusals, sent))

    def ring(self, alarm: int, now: float) -> None:
        if alarm == self.alarm:  # nobody has looked since
            self.look(now)

    def arrive(self, question: Question, refusals: int, sent: SentRequest, now: float) -> None:
        amounts = (1, question.real)
        waits = [gate.wait_s(amount, now) for gate, amount in zip(self.gates, amounts, strict=True) if gate]
        self.was_refused.append(max(waits, default=0.0) > 0)
        if self.was_refused[-1]:
            told_s = max(waits) if self.tells_when else None
            self.pace.refuse(now, sent, told_s)
            self.most_refusals = max(self.most_refusals, refusals + 1)
            self.at(now + self.retry_s(refusals, told_s), partial(self.queue, question, refusals + 1))
        else:
            for gate, amount in zip(self.gates, amounts, strict=True):
                if gate is not None:
                    gate.take(amount, now)
            self.accepted.append((now, question.real))
            self.at(now + self.latency_s * self.chance.uniform(0.7, 1.3), partial(self.answer, question, sent))
        self.look(now)

    def retry_s(self, refusals: int, told_s: float | None) -> float:
        """As tasks/omni/retry.py waits, however often."""
        longest = RetryPolicy().longest_wait_s
        return min(4.0 * 2**refusals if told_s is None else told_s, longest) + self.chance.random()

    def answer(self, question: Question, sent: SentRequest, now: float) -> None:
        self.pace.answer(sent, question.real)
        self.next_one(now)
        self.look(now)

    def next_one(self, now: float) -> None:
        if self.request:
            self.queue(self.request.popleft(), 0, now)

    def allow(self, rates: Rates, now: float) -> None:
        """From now on the service allows as much."""
        for gate, limit in zip(self.gates, (rates.requests_per_minute, rates.tokens_per_minute), strict=True):
            if gate is not None and limit is not None:
                gate.limit = limit
        self.look(now)


def simulate(
    limits: RateLimits,
    rates: Rates,
    questions: Sequence[Question],
    workers: int = 16,
    latency_s: float = 8.0,
    seed: int = 0,
    changes: Sequence[tuple[float, Rates]] = (),
) -> Outcome:
    """What a run that keeps to `limits` gets from a service that enforces `rates`, whatever these are.

    `changes` say when the service begins to allow something else.
    """
    run = _Run(
        Pace(limits, 0.0, limits.minute_s),
        (rates.for_requests(), rates.for_tokens()),
        latency_s,
        rates.tells_when,
        random.Random(seed),
        deque(questions),
    )
    for when, changed in changes:
        run.at(when, partial(run.allow, changed))
    for _ in range(workers):
        run.next_one(0.0)
    while run.events:
        now, _, what = heapq.heappop(run.events)
        what(now)
    length_s = run.accepted[-1][0] - run.accepted[0][0]
    used = _used(len(run.accepted) - 1, sum(tokens for _, tokens in run.accepted[:-1]), length_s, rates)
    refusals = run.was_refused
    later = refusals[refusals.index(True) + _FOUND_OUT_WITHIN :] if True in refusals else []
    return Outcome(used, _share(refusals), _share(later), run.longest_wait_s, run.most_refusals, tuple(run.accepted))


def _share(refused: Sequence[bool]) -> float:
    return sum(refused) / len(refused) if refused else 0.0


def _used(requests: int, tokens: int, length_s: float, rates: Rates) -> float:
    minutes = length_s / rates.minute_s
    allowed = ((requests, rates.requests_per_minute), (tokens, rates.tokens_per_minute))
    return max(amount / minutes / limit for amount, limit in allowed if limit)

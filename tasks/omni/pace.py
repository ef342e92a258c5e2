"""Compute when the next request may start. Pure.

`now` is in seconds, of any clock that never goes back. A request starts once all that was sent before it is paid off
at the allowed rate, and then owes its own tokens. So requests are spread instead of sent in bursts, and one that is
larger than a minute's tokens only makes the next ones wait longer. What a request owes is an estimate until its
answer is there, and is corrected then.

Weighed against pyrate-limiter 4.5, which neither corrects an estimate nor slows down: where answers took 1.6 times the
tokens expected, 36 % of its requests were refused (here 0 %); where they took half, it used 63 % of the limit (here
91 %); at a service that allows half of what it says, 51 % were refused (here 6 %). In simulated time, as in
`python -m bench.rates`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tasks.planning.rate import RateLimits

_USED = 0.92  # of a limit: clocks differ, networks jitter, and a service may count by the second
_LATE_S = 0.08  # so late a request may start without loss: the next one follows sooner
_SLOWER = 0.85  # the pace after a refusal, in parts of the one before it
_FASTER = 1 / 500  # what an answer adds to the pace, in parts of the full one
_SLOWEST = 0.1
_MOST_DOUBLINGS = 6  # of the pause: from a second to a minute
_WHOLE_MINUTES = 100  # so many answers long, whole minutes are kept to
_MINUTE_MARGIN = 1.02  # our minute, in theirs: a request is under way for a while


@dataclass(slots=True)
class SentRequest:
    """A sent request is on its way.

    Only the Pace that started it writes here.
    """

    at: float
    expected: int  # tokens, in and out
    tokens: float  # reserved at first, then those it took
    refusals: int  # how often the run had been refused before it
    crowded: bool  # with it, more was sent within a minute than the limit says


class Pace:
    """A pace follows from a model's limits and from what the server answers.

    It falls by a part with each refusal and rises by a step with each answer (additive increase, multiplicative
    decrease); requests that were on their way together slow it down once. After a refusal nothing starts for as long
    as the server asks, or else twice as long as after the last one, but never longer than `longest_pause_s`. Where
    the refused request made the last minute too full, that is how the server counts, not the pace: for a while a
    request then waits until it fits into the last minute, and one larger than that until nothing else is in it.

    >>> pace = Pace(RateLimits(requests=60), now=0.0, longest_pause_s=60.0)
    >>> _ = pace.start(0.0, expected=1000)
    >>> round(pace.wait_s(0.0, expected=1000), 2)
    1.09
    """

    def __init__(self, limits: RateLimits, now: float, longest_pause_s: float) -> None:
        self.speed = 1.0  # in parts of the full pace
        self._requests = _debt(limits.requests, limits.minute_s)
        self._tokens = _debt(limits.tokens, limits.minute_s)
        self._debts = [debt for debt in (self._requests, self._tokens) if debt is not None]
        self._minute = _Minute(limits.tokens or 0, limits.minute_s * _MINUTE_MARGIN)
        self._whole_minutes = 0  # so many more answers long
        self._first_pause_s = limits.minute_s / 60
        self._longest_pause_s = longest_pause_s
        self._paid_until = self._resumes_at = now
        self._real_share = 1.0  # what answers really take, in parts of what was expected
        self._refusals = 0
        self._in_a_row = 0  # refusals since the last answer

    def wait_s(self, now: float, expected: int) -> float:
        """Return the seconds until a request of `expected` tokens may start.

        Tokens count in and out; the wait is as far as is known now.
        """
        self._pay(now)
        waits = [debt.owed / debt.per_s / self.speed for debt in self._debts]
        if self._whole_minutes:
            waits.append(self._minute.wait_s(now, self._reserve(expected)))
        return max(0.0, self._resumes_at - now, *waits)

    def start(self, now: float, expected: int) -> SentRequest:
        """Start a request. Who calls has waited, or wants to owe more."""
        self._pay(now)
        tokens = self._reserve(expected)
        sent = SentRequest(now, expected, tokens, self._refusals, crowded=False)
        if self._requests is not None:
            self._requests.owed += 1
        if self._tokens is not None:
            self._tokens.owed += tokens
            sent.crowded = self._minute.wait_s(now, tokens) > 0
            self._minute.add(sent)
        return sent

    def answer(self, now: float, sent: SentRequest, tokens: int | None) -> None:
        """Take a request's tokens; None: nobody counted them, so the estimate stands."""
        if tokens is not None:
            self._took(now, sent, tokens)
            if tokens and sent.expected:
                self._real_share += (tokens / sent.expected - self._real_share) / 4
        if sent.refusals == self._refusals:
            self.speed = min(1.0, self.speed + _FASTER)
            self._whole_minutes = max(0, self._whole_minutes - 1)
            self._in_a_row = 0

    def give_back(self, now: float, sent: SentRequest) -> None:
        """End a request that took no tokens."""
        self._took(now, sent, 0)

    def refuse(self, now: float, sent: SentRequest, retry_after_s: float | None) -> None:
        """Slow down after a refusal: the request took nothing, and every other one waits."""
        self._took(now, sent, 0)
        pause_s = retry_after_s or 0.0
        if sent.refusals == self._refusals:
            if retry_after_s is None:
                pause_s = self._first_pause_s * 2 ** min(self._in_a_row, _MOST_DOUBLINGS)
            if sent.crowded and not self._whole_minutes:
                self._whole_minutes = _WHOLE_MINUTES
            else:
                self.speed = max(_SLOWEST, self.speed * _SLOWER)
            self._refusals += 1
            self._in_a_row += 1
        self._resumes_at = max(self._resumes_at, now + min(pause_s, self._longest_pause_s))

    def _reserve(self, expected: int) -> float:
        return expected * self._real_share

    def _took(self, now: float, sent: SentRequest, tokens: int) -> None:
        self._pay(now)
        if self._tokens is not None:
            self._tokens.correct(tokens - sent.tokens)
        sent.tokens = tokens

    def _pay(self, now: float) -> None:
        for debt in self._debts:
            debt.pay((now - self._paid_until) * self.speed)
        self._paid_until = now


@dataclass(slots=True)
class _Debt:
    """A debt counts what was sent and is not paid off yet, in requests or in tokens."""

    per_s: float  # paid off in a second at full pace
    credit: float  # at most so much is kept where less was needed than reserved
    owed: float = 0.0

    def pay(self, seconds: float) -> None:
        self.owed = max(self.owed - seconds * self.per_s, min(self.owed, -_LATE_S * self.per_s))

    def correct(self, units: float) -> None:
        self.owed = max(self.owed + units, min(self.owed, -self.credit))


class _Minute:
    """A minute holds the tokens of the requests that started within the last minute."""

    def __init__(self, limit: int, minute_s: float) -> None:
        self._limit = limit
        self._minute_s = minute_s
        self._sent: deque[SentRequest] = deque()

    def add(self, sent: SentRequest) -> None:
        self._sent.append(sent)

    def wait_s(self, now: float, tokens: float) -> float:
        """Return the seconds until `tokens` fit into the minute.

        What never fits waits until nothing else is in it.
        """
        while self._sent and self._sent[0].at + self._minute_s <= now:
            self._sent.popleft()
        too_many = sum(sent.tokens for sent in self._sent) + tokens - self._limit
        wait_s = 0.0
        for sent in self._sent:
            if too_many <= 0:
                break
            too_many -= sent.tokens
            wait_s = sent.at + self._minute_s - now
        return wait_s


def _debt(limit: int | None, minute_s: float) -> _Debt | None:
    return None if limit is None else _Debt(_USED * limit / minute_s, (1 - _USED) / 2 * limit)

"""Compute when the next request may start. Pure.

`now` is in seconds, of any clock that never goes back. A request starts once all that was sent before it is paid off
at the allowed rate, and then owes its own tokens. So requests are spread instead of sent in bursts, and one that is
larger than a minute's tokens only makes the next ones wait longer. What a request owes is an estimate until its
answer is there, and is corrected then.

Weighed against pyrate-limiter 4.5, which neither corrects an estimate nor slows down: where answers took 1.6 times the
tokens expected, 36 % of its requests were refused (here 0 %); where they took half, it used 63 % of the limit (here
91 %); at a service that allows half of what it says, 51 % were refused (here 2 %). In simulated time, as in
`python -m bench.rates`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.omni.minute import SLOWEST, Minute, SentRequest
from tasks.planning.rate import RateLimits

AT_ONCE_S = 0.001  # shorter waits are none
_USED = 0.92  # of a limit: clocks differ, networks jitter, and a service may count by the second
_LATE_S = 0.08  # so late a request may start without loss: the next one follows sooner
_SLOWER = 0.85  # the pace after a refusal, in parts of the one before it, at most
_MUCH_SLOWER = 0.5  # and at least
_FASTER = 1 / 500  # what an answer adds to the pace, in parts of the full one
_CAREFULLY = 1 / 4000  # what it adds at first where the service was found to allow less than is believed
_DOUBLES_AFTER = 100  # answers without a refusal, from where on each adds twice as much
_LONG_PAUSE = 6  # first pauses that a server asks for, which no jitter explains
_MOST_DOUBLINGS = 6  # of the pause: from a second to a minute
_WHOLE_MINUTES = 100  # so many answers long, whole minutes are kept to; twice as long each time after
_TOGETHER = 0.2  # of a minute, within which those start that end before one that fills a minute
_PATIENCE = 30  # minutes that the first of a line lets others go before it


class Pace:
    """A pace follows from a model's limits and from what the server answers.

    It falls with each refusal and rises by a step with each answer (additive increase, multiplicative decrease);
    requests that were on their way together slow it down once. Where one is refused again and nothing was let in
    between, or the server asks for a long pause, the pace falls to what had been sent within the minute before, in
    parts of the limit: so a service that allows half of what is believed is found out with two refusals, and the pace
    then rises by small steps. After a refusal nothing starts for as long as the server asks, or else twice as long as
    after the last one, but never longer than `longest_pause_s`. Where the refused request made the last minute too
    full, that is how the server counts, not the pace: for a while a request then waits until it fits into the last
    minute, and one larger than that until nothing else is in it. Of those who wait, the largest that fits starts, so
    that minutes are filled; where one waits for an empty minute, others start only together, so that they also end
    together. Who comes first and has waited for long goes before all, but for those who do not make it wait longer
    (backfilling with ageing, as batch schedulers call it).

    >>> pace = Pace(RateLimits(requests=60), now=0.0, longest_pause_s=60.0)
    >>> _ = pace.start(0.0, expected=1000)
    >>> round(pace.wait_s(0.0, expected=1000), 2)
    1.09
    """

    def __init__(self, limits: RateLimits, now: float, longest_pause_s: float) -> None:
        self.speed = 1.0  # in parts of the full pace
        self._requests = _debt(limits.requests, limits.minute_s)
        self._tokens = _debt(limits.tokens, limits.minute_s)
        self._minute = Minute(limits)
        self._whole_minutes = 0  # so many more answers long
        self._keeps_for = _WHOLE_MINUTES  # whole minutes, the next time, in answers
        self._first_pause_s = limits.minute_s / 60
        self._longest_pause_s = longest_pause_s
        self._paid_until = self._resumes_at = now
        self._real_share = 1.0  # what answers really take, in parts of what was expected
        self._refusals = 0
        self._in_a_row = 0  # refusals since the last answer
        self._answers = 0  # since the last refusal
        self._faster = _FASTER

    @property
    def backfills(self) -> bool:
        """Tell whether a small request may start before a large one that came earlier."""
        return self._whole_minutes > 0

    def next_one(self, now: float, line: Sequence[int], waited_s: float = 0.0) -> tuple[int, float]:
        """Return which request of a line may start next, and when.

        That is its index, and the seconds until then.

        The line has the expected tokens of those who wait, in the order in which they came; the first has waited for
        `waited_s`. After these seconds the line is to be looked at again.

        >>> Pace(RateLimits(tokens=100_000), now=0.0, longest_pause_s=60.0).next_one(0.0, [60_000, 20_000])
        (0, 0.0)
        """
        wait_s = self.wait_s(now, line[0])
        is_patient = waited_s <= _PATIENCE * self._minute.length_s
        if not self.backfills or (wait_s <= AT_ONCE_S and not is_patient):
            return 0, wait_s
        waits = [self.wait_s(now, expected) for expected in line]
        for index in sorted(range(len(line)), key=line.__getitem__, reverse=True):
            if waits[index] <= AT_ONCE_S:
                fits = (
                    self._keeps_together(now, line, index)
                    if is_patient
                    else self._delays_not(now, line[0], line[index])
                )
                if fits:
                    return index, 0.0
        changes_in_s = max(self._resumes_at - now, self._minute.changes_in_s(now, self.speed), 2 * AT_ONCE_S)
        return 0, min([changes_in_s, *(wait for wait in waits if wait > AT_ONCE_S)])

    def _keeps_together(self, now: float, line: Sequence[int], index: int) -> bool:
        """Say whether a request starts soon enough after those that it counts with.

        Where one waits that needs all of a minute, the others have to end together.
        """
        filling = [self._minute.is_filled_by(self._reserve(expected), self.speed) for expected in line]
        if filling[index] or not any(filling):
            return True
        return now <= self._minute.began(now, self.speed) + _TOGETHER * self._minute.length_s

    def _delays_not(self, now: float, first: int, expected: int) -> bool:
        """Say whether a request started now lets the first start as soon."""
        tokens = self._reserve(first)
        alone_s = self._minute.wait_s(now, tokens, self.speed)
        return self._minute.wait_s(now, tokens, self.speed, self._reserve(expected)) <= alone_s

    def wait_s(self, now: float, expected: int) -> float:
        """Return the seconds until a request of `expected` tokens may start.

        Tokens count in and out; the wait is as far as is known now.
        """
        self._pay(now)
        debts = [self._requests] if self._whole_minutes else [self._requests, self._tokens]
        waits = [debt.owed / debt.per_s / self.speed for debt in debts if debt is not None]
        if self._whole_minutes:
            waits.append(self._minute.wait_s(now, self._reserve(expected), self.speed))
        return max(0.0, self._resumes_at - now, *waits)

    def start(self, now: float, expected: int) -> SentRequest:
        """Start a request. Who calls has waited, or wants to owe more."""
        self._pay(now)
        tokens = self._reserve(expected)
        sent = SentRequest(now, expected, tokens, self._refusals, crowded=False, fullness=self._minute.fullness(now))
        if self._requests is not None:
            self._requests.owed += 1
        if self._tokens is not None:
            self._tokens.owed += tokens
            seen = self._keeps_for > _WHOLE_MINUTES  # that whole minutes count
            sent.crowded = self._minute.wait_s(now, tokens, self.speed if seen else 1.0) > 0
        self._minute.add(sent)
        return sent

    def answer(self, now: float, sent: SentRequest, tokens: int | None) -> None:
        """Take a request's tokens; None: nobody counted them, so the estimate stands."""
        if tokens is not None:
            self._took(now, sent, tokens)
            if tokens and sent.expected:
                self._real_share += (tokens / sent.expected - self._real_share) / 4
        if sent.refusals == self._refusals:
            self.speed = min(1.0, self.speed + self._faster)
            self._answers += 1
            if self._answers % _DOUBLES_AFTER == 0:
                self._faster = min(_FASTER, 2 * self._faster)
            self._whole_minutes = max(0, self._whole_minutes - 1)
            self._in_a_row = 0

    def give_back(self, now: float, sent: SentRequest) -> None:
        """End a request that took no tokens."""
        self._minute.drop(sent)
        self._took(now, sent, 0)

    def refuse(self, now: float, sent: SentRequest, retry_after_s: float | None) -> None:
        """Slow down after a refusal: the request took nothing, and every other one waits."""
        self.give_back(now, sent)
        pause_s = retry_after_s or 0.0
        if sent.refusals == self._refusals:
            if retry_after_s is None:
                pause_s = self._first_pause_s * 2 ** min(self._in_a_row, _MOST_DOUBLINGS)
            if sent.crowded and not self._whole_minutes:
                self._whole_minutes = self._keeps_for
                self._keeps_for *= 2
            elif sent.fullness < 1 and (self._in_a_row or pause_s > _LONG_PAUSE * self._first_pause_s):
                self._whole_minutes, self._faster = self._keeps_for, _CAREFULLY
                self.speed = max(SLOWEST, _MUCH_SLOWER * self.speed, min(sent.fullness, _SLOWER * self.speed))
            else:
                self.speed = max(SLOWEST, _SLOWER * self.speed)
            self._refusals += 1
            self._in_a_row += 1
            self._answers = 0
        self._resumes_at = max(self._resumes_at, now + min(pause_s, self._longest_pause_s))

    def _reserve(self, expected: int) -> float:
        return expected * self._real_share

    def _took(self, now: float, sent: SentRequest, tokens: int) -> None:
        self._pay(now)
        if self._tokens is not None:
            self._tokens.correct(tokens - sent.tokens)
        sent.tokens = tokens

    def _pay(self, now: float) -> None:
        for debt in (self._requests, self._tokens):
            if debt is not None:
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


def _debt(limit: int | None, minute_s: float) -> _Debt | None:
    return None if limit is None else _Debt(_USED * limit / minute_s, (1 - _USED) / 2 * limit)

"""Decide which request may start next, and when. Pure.

`now` is in seconds, of any clock that never goes back. A request starts when it fits into the last minute, as a
service counts it (tasks/omni/minute.py), and not at once with the one before it.

Weighed against pyrate-limiter 4.5, which neither corrects an estimate nor slows down: where answers took 1.6 times the
tokens expected, 36 % of its requests were refused (here 0 %); where they took half, it used 63 % of the limit (here
88 %); at a service that allows half of what it says, 51 % were refused (here 2 %). In simulated time, as in
`python -m bench.rates`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tasks.omni.minute import Minute, SentRequest
from tasks.omni.speed import Speed
from tasks.planning.rate import RateLimits

AT_ONCE_S = 0.001  # shorter waits are none
_USED = 0.91  # of the requests a minute: networks jitter, and a service may count by the second
_EVENLY = 0.95  # of the tokens a minute, where all are small
_LATE_S = 0.08  # so late a request may start without loss: the next one follows sooner
_SMALL = 0.1  # of a minute's tokens: where all are smaller, they follow each other evenly
_TOGETHER = 0.15  # of a minute, within which those start that end before one that fills a minute
_FULL = 0.8  # of a minute: so much that waits is worth one, if the first in the line is among it
_BETWEEN = 18  # minutes between such starts, while there are some that fill minutes
_PATIENCE = 10  # minutes that the first of a line lets others go before it, and as long as the line takes
_LEARNS = 1 / 4  # the weight of an answer in what answers really take
_MOST_DOUBLINGS = 6  # of the pause: from a second to a minute


class Pace:
    """A pace follows from a model's limits and from what the server answers.

    Requests follow each other at even distances, and so do tokens as long as all requests are small. Of those who
    wait, the largest that fits starts, so that minutes are filled. One of more than a minute's tokens needs an empty
    minute, and to empty one costs one: while such a one waits, others start only together, and only where they fill
    a minute nearly or none of them has started for 18 minutes. Who comes first and has waited for long goes before
    the others of its kind (backfilling with ageing, as batch schedulers call it). In strict order the longest waits
    would be a third shorter, and about 77 % of the limit used.

    What a request takes is an estimate until its answer is there. Estimates are corrected by what answers really
    took, and by how far they were off.

    After a refusal nothing starts for as long as the server asks, or else twice as long as after the last one, but
    never longer than `longest_pause_s`; and the pace falls (tasks/omni/speed.py).

    >>> pace = Pace(RateLimits(requests=60), now=0.0, longest_pause_s=60.0)
    >>> _ = pace.start(0.0, expected=1000)
    >>> index, wait_s = pace.next_one(0.0, [1000])
    >>> index, round(wait_s, 2)
    (0, 1.1)
    """

    def __init__(self, limits: RateLimits, now: float, longest_pause_s: float) -> None:
        self._limits = limits
        self._speed = Speed(now, limits.minute_s)
        self._minute = Minute(limits)
        self._first_pause_s = limits.minute_s / 60
        self._longest_pause_s = longest_pause_s
        self._resumes_at = self._next_request_at = self._next_tokens_at = now
        self._gathered_at = now  # when those last started together that do not fill a minute
        self._real_share, self._off = 1.0, 0.0  # what answers really take, in parts of what was expected
        self._in_a_row = 0  # refusals with nothing let in between, after the first

    @property
    def speed(self) -> float:
        """Return the share of the limits that is thought to be allowed."""
        return self._speed.share

    def next_one(self, now: float, line: Sequence[int], waited_s: float = 0.0) -> tuple[int, float]:
        """Return which request of a line may start next, and when.

        That is its index, and the seconds until then.

        The line has the expected tokens of those who wait, in the order in which they came; the first has waited for
        `waited_s`. After these seconds the line is to be looked at again.

        >>> Pace(RateLimits(tokens=100_000), now=0.0, longest_pause_s=60.0).next_one(0.0, [60_000, 20_000])
        (0, 0.0)
        """
        minutes = [self._minute.worth(self._reserve(expected), self.speed) for expected in line]
        is_even = max(minutes) < _SMALL
        free_at = max(self._resumes_at, self._next_request_at, self._next_tokens_at if is_even else now)
        if free_at - now > AT_ONCE_S:
            return 0, free_at - now
        free = self._minute.free(now, self.speed)
        for index in self._in_order(now, minutes, waited_s):
            if min(1.0, minutes[index]) <= free:
                return index, 0.0
        return 0, max(self._minute.changes_in_s(now, self.speed), 2 * AT_ONCE_S)

    def _in_order(self, now: float, minutes: Sequence[float], waited_s: float) -> Sequence[int]:
        """Return those that may start if they fit, the best first.

        They are worth so many minutes each.
        """
        filling = [index for index, worth in enumerate(minutes) if worth >= 1]
        others = [index for index, worth in enumerate(minutes) if worth < 1]
        is_patient = waited_s <= (_PATIENCE + sum(minutes)) * self._minute.length_s
        others.sort(key=lambda index: (index == 0 and not is_patient, minutes[index]), reverse=True)
        if not filling:
            return others if is_patient else [0]
        began = self._minute.began(now, self.speed)
        if began is not None:
            return others if now <= began + _TOGETHER * self._minute.length_s else []
        most = int(_TOGETHER * self.speed * self._limits.requests) + 1 if self._limits.requests else len(others)
        are_many = 0 in others and sum(minutes[index] for index in others[:most]) >= _FULL
        is_their_turn = are_many or now >= self._gathered_at + _BETWEEN * self._minute.length_s
        return others if others and is_their_turn else filling

    def start(self, now: float, expected: int) -> SentRequest:
        """Start a request. Who calls has waited."""
        tokens = self._reserve(expected)
        minutes = self._minute.worth(tokens, self.speed)
        if minutes < 1 and self._minute.began(now, self.speed) is None:
            self._gathered_at = now
        if self._limits.requests:
            gap_s = self._limits.minute_s / (self._limits.requests * _USED * self.speed)
            self._next_request_at = _on_time(self._next_request_at, now) + gap_s
        if minutes < _SMALL:
            even_s = self._limits.minute_s / _EVENLY * self._minute.worth(expected * self._real_share, self.speed)
            self._next_tokens_at = _on_time(self._next_tokens_at, now) + even_s
        sent = SentRequest(now, expected, tokens, self._speed.send(now, self._minute.fullness(now)))
        self._minute.add(sent)
        return sent

    def answer(self, sent: SentRequest, tokens: int) -> None:
        """Take the tokens that a request took.

        Until then, and where nobody counts them, the estimate stands.
        """
        self._minute.correct(sent, tokens)
        if tokens and sent.expected:
            off = tokens / sent.expected - self._real_share
            self._real_share += _LEARNS * off
            self._off += _LEARNS * (abs(off) - self._off)

    def give_back(self, sent: SentRequest) -> None:
        """End a request that took no tokens."""
        self._minute.drop(sent)

    def refuse(self, now: float, sent: SentRequest, retry_after_s: float | None) -> None:
        """Slow down after a refusal: the request took nothing, and every other one waits."""
        self._minute.drop(sent)
        pause_s = retry_after_s or 0.0
        if self._speed.refuse(sent.mark):
            self._in_a_row = 0 if sent.mark.place else self._in_a_row + 1
            if retry_after_s is None:
                pause_s = self._first_pause_s * 2 ** min(self._in_a_row, _MOST_DOUBLINGS)
        self._resumes_at = max(self._resumes_at, now + min(pause_s, self._longest_pause_s))

    def _reserve(self, expected: int) -> float:
        return expected * (self._real_share + self._off)


def _on_time(due: float, now: float) -> float:
    """Return when a request was due that starts now, where it is only a little late."""
    return due if now - _LATE_S <= due <= now else now

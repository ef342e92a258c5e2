"""Count the requests of the last minute, as services do. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tasks.planning.rate import RateLimits

SLOWEST = 0.1  # parts of a limit: the least that is thought to be allowed
_MARGIN = 1.02  # our minute, in theirs: a request is under way for a while


@dataclass(slots=True)
class SentRequest:
    """A sent request is on its way.

    Only the Pace that started it writes here.
    """

    at: float
    expected: int  # tokens, in and out
    tokens: float  # reserved at first, then those it took
    refusals: int = 0  # how often the run had been refused before it
    crowded: bool = False  # with it, more was sent within a minute than is thought to be allowed
    fullness: float = 0.0  # what had been sent within a minute before it, in parts of the limit


class Minute:
    """A minute holds the requests that count at a service.

    It lets in no more than its limit within any minute.

    One that is larger than the limit counts for as many minutes as it is worth, and nothing else with it. `speed` is
    the share of the limit that is thought to be allowed.

    >>> minute = Minute(RateLimits(tokens=100_000))
    >>> minute.add(SentRequest(at=0.0, expected=60_000, tokens=60_000))
    >>> minute.wait_s(10.0, 40_000, speed=1.0), round(minute.wait_s(10.0, 50_000, speed=1.0), 1)
    (0.0, 51.2)
    """

    def __init__(self, limits: RateLimits) -> None:
        self.length_s = limits.minute_s * _MARGIN
        self._limits = limits
        self._sent: deque[SentRequest] = deque()

    def add(self, sent: SentRequest) -> None:
        self._sent.append(sent)

    def drop(self, sent: SentRequest) -> None:
        if sent in self._sent:
            self._sent.remove(sent)

    def is_filled_by(self, tokens: float, speed: float) -> bool:
        """Say whether a request needs all of the limit, so that nothing else may count."""
        return bool(self._limits.tokens) and tokens >= self._limit(speed)

    def began(self, now: float, speed: float) -> float:
        """Return when the first of those that still count was sent; now, where none does."""
        limit = self._limit(speed)
        return min((sent.at for sent in self._sent if self._ends_at(sent.at, sent.tokens, limit) > now), default=now)

    def fullness(self, now: float) -> float:
        """Return the share of the nearer limit that the last minute used: 0 to 1."""
        recent = [sent.tokens for sent in self._sent if sent.at + self.length_s > now]
        shares = ((len(recent), self._limits.requests), (sum(recent), self._limits.tokens))
        return min(1.0, max((amount / limit for amount, limit in shares if limit), default=0.0))

    def wait_s(self, now: float, tokens: float, speed: float, before: float | None = None) -> float:
        """Return the seconds until `tokens` fit.

        A request of `before` tokens starts now.

        What never fits waits until nothing else counts.
        """
        self._forget(now)
        counted = [(sent.at, sent.tokens) for sent in self._sent] + ([] if before is None else [(now, before)])
        waits = [0.0]
        if self._limits.requests:
            ends = [(at + self.length_s, 1.0) for at, _ in counted]
            waits.append(_fits_at(now, ends, 1.0, max(1.0, self._limits.requests * speed)) - now)
        if self._limits.tokens:
            limit = self._limit(speed)
            ends = [(self._ends_at(at, amount, limit), amount) for at, amount in counted]
            waits.append(_fits_at(now, ends, tokens, limit) - now)
        return max(waits)

    def changes_in_s(self, now: float, speed: float) -> float:
        """Return the seconds until the next request counts no longer."""
        limit = self._limit(speed)
        ends = [self._ends_at(sent.at, sent.tokens, limit) for sent in self._sent]
        return min((end for end in ends if end > now), default=now) - now

    def _forget(self, now: float) -> None:
        limit = self._limit(SLOWEST)
        while self._sent and self._ends_at(self._sent[0].at, self._sent[0].tokens, limit) <= now:
            self._sent.popleft()

    def _limit(self, speed: float) -> float:
        return (self._limits.tokens or 0) * speed

    def _ends_at(self, start: float, tokens: float, limit: float) -> float:
        return start + self.length_s * max(1.0, tokens / limit if limit else 1.0)


def _fits_at(now: float, ends: list[tuple[float, float]], amount: float, limit: float) -> float:
    """Return when `amount` fits below the limit.

    Each other amount counts until its end.
    """
    counted = sorted((end, other) for end, other in ends if end > now)
    too_many = sum(other for _, other in counted) + min(amount, limit) - limit
    fits_at = now
    for end, other in counted:
        if too_many <= 0:
            break
        too_many -= other
        fits_at = end
    return fits_at

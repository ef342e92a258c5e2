"""Count the requests and tokens of the last minute, as services do. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tasks.omni.speed import SLOWEST, Mark
from tasks.planning.rate import RateLimits

_MARGIN = 1.02  # our minute, in theirs: a request is under way for a while


@dataclass(slots=True, eq=False)
class SentRequest:
    """A sent request is on its way.

    Only the Pace that started it writes here.
    """

    at: float
    expected: int  # tokens, in and out
    tokens: float  # reserved at first, then those it took
    mark: Mark


class Minute:
    """A minute counts what was sent within the last one, as a service does.

    Within any minute there is room for no more than the limits. A request of more tokens than the limit needs a
    minute of its own, and counts for as many minutes as it is worth. `speed` is the share of the limits that is
    thought to be allowed.

    >>> minute = Minute(RateLimits(tokens=100_000))
    >>> minute.add(SentRequest(at=0.0, expected=60_000, tokens=60_000, mark=Mark(0, 0, 0.0)))
    >>> minute.free(10.0, speed=1.0)
    0.4
    >>> round(minute.changes_in_s(10.0, speed=1.0), 1)
    51.2
    """

    def __init__(self, limits: RateLimits) -> None:
        self.length_s = limits.minute_s * _MARGIN
        self._limits = limits
        self._recent: deque[SentRequest] = deque()  # sent within a minute
        self._tokens = 0.0  # of these
        self._older: list[SentRequest] = []  # those that may still count
        self._looked_at = 0.0

    def add(self, sent: SentRequest) -> None:
        self._recent.append(sent)
        self._tokens += sent.tokens

    def correct(self, sent: SentRequest, tokens: float) -> None:
        """Take the tokens that a request took."""
        if sent.at + self.length_s > self._looked_at:
            self._tokens += tokens - sent.tokens
        sent.tokens = tokens

    def drop(self, sent: SentRequest) -> None:
        """Forget a request that was not let in."""
        self.correct(sent, 0)
        if sent in self._recent:
            self._recent.remove(sent)

    def worth(self, tokens: float, speed: float) -> float:
        """Return the minutes that a request is worth.

        One of 1 or more needs a minute of its own.
        """
        return tokens / self._limit(speed) if self._limits.tokens else 0.0

    def fullness(self, now: float) -> float:
        """Return the share of the nearer limit that was sent within a minute: 0 to 1."""
        self._look(now)
        shares = ((len(self._recent), self._limits.requests), (self._tokens, self._limits.tokens))
        return min(1.0, max((amount / limit for amount, limit in shares if limit), default=0.0))

    def free(self, now: float, speed: float) -> float:
        """Return the share of a minute that is free now; -1 where no request fits."""
        older = self._counting(now, speed)
        requests = self._limits.requests
        if requests and len(self._recent) + len(older) + 1 > max(1.0, requests * speed):
            return -1.0
        return 1 - self.worth(self._tokens + sum(sent.tokens for sent in older), speed)

    def changes_in_s(self, now: float, speed: float) -> float:
        """Return the seconds until the next request counts no longer.

        0 where none counts.
        """
        ends = [self._ends_at(sent, speed) for sent in self._counting(now, speed)]
        if self._recent:
            ends.append(self._recent[0].at + self.length_s)
        return min(ends, default=now) - now

    def began(self, now: float, speed: float) -> float | None:
        """Return when the first of those that count was sent."""
        counting = [*self._counting(now, speed), *list(self._recent)[:1]]
        return min((sent.at for sent in counting), default=None)

    def _counting(self, now: float, speed: float) -> list[SentRequest]:
        """Return those sent more than a minute ago that count still."""
        self._look(now)
        return [sent for sent in self._older if self._ends_at(sent, speed) > now]

    def _look(self, now: float) -> None:
        """Move on to now."""
        self._looked_at = now
        if not self._recent or self._recent[0].at + self.length_s > now:
            return
        while self._recent and self._recent[0].at + self.length_s <= now:
            self._older.append(self._recent.popleft())
            self._tokens -= self._older[-1].tokens
        self._older = [sent for sent in self._older if self._ends_at(sent, SLOWEST) > now]
        if not self._recent:
            self._tokens = 0.0  # without what rounding left

    def _limit(self, speed: float) -> float:
        return (self._limits.tokens or 0) * speed

    def _ends_at(self, sent: SentRequest, speed: float) -> float:
        return sent.at + self.length_s * max(1.0, self.worth(sent.tokens, speed))

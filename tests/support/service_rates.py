"""Rate limits as the stand-in for the service enforces them. Time is given, so that all of this is pure arithmetic.

Two models of "so many a minute", of which real services use either, or both:

- `SlidingWindow`: within any span of a minute, no more than the limit is let in. What is larger than the limit by
  itself is let in when nothing else counts, and then counts for as many minutes as it is worth.
- `Bucket`: holds at most `burst` (the limit, unless told otherwise) and fills by the limit each minute. What is
  larger than the bucket is let in when it is full. It can go into debt, and nothing is let in until that is paid.

What is refused does not count. A minute may be any number of seconds.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tests.support.service_errors import DOCUMENTED
from tests.support.service_faults import Refusal

Window = Literal["sliding", "bucket"]


class Gate(Protocol):
    limit: float

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until so much would be let in; 0: now."""
        ...

    def take(self, amount: float, now: float) -> None:
        """Count so much, whether there is room for it or not."""
        ...


@dataclass
class SlidingWindow:
    limit: float
    minute_s: float
    _counted: deque[tuple[float, float]] = field(default_factory=deque)  # (when it stops counting, amount)

    def wait_s(self, amount: float, now: float) -> float:
        live = sorted(entry for entry in self._counted if entry[0] > now)
        self._counted = deque(live)
        used, room_at = sum(counted for _, counted in live), now
        for ends_at, counted in live:
            if used + min(amount, self.limit) <= self.limit:
                break
            used, room_at = used - counted, ends_at
        return room_at - now

    def take(self, amount: float, now: float) -> None:
        self._counted.append((now + self.minute_s * max(1.0, amount / self.limit), amount))


@dataclass
class Bucket:
    limit: float
    minute_s: float
    burst: float
    _level: float | None = None
    _at: float = 0.0

    def wait_s(self, amount: float, now: float) -> float:
        missing = min(amount, self.burst) - self._fill(now)
        return max(0.0, missing * self.minute_s / self.limit)

    def take(self, amount: float, now: float) -> None:
        self._level = self._fill(now) - amount

    def _fill(self, now: float) -> float:
        level = self.burst if self._level is None else self._level
        self._level = min(self.burst, level + (now - self._at) * self.limit / self.minute_s)
        self._at = now
        return self._level


@dataclass(frozen=True)
class Rates:
    """What is enforced; None: no limit. `burst` is how many requests may come at once (only with "bucket").

    With `tells_when`, a refusal says in `retry-after-ms` how long to wait.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    minute_s: float = 60.0
    window: Window = "sliding"
    burst: int | None = None
    tells_when: bool = False

    def for_requests(self) -> Gate | None:
        return self._gate(self.requests_per_minute, self.burst)

    def for_tokens(self) -> Gate | None:
        return self._gate(self.tokens_per_minute, None)

    def _gate(self, limit: float | None, burst: int | None) -> Gate | None:
        if limit is None:
            return None
        if self.window == "sliding":
            return SlidingWindow(limit, self.minute_s)
        return Bucket(limit, self.minute_s, burst or limit)


class RateKeeper:
    """Counts what is let in, and refuses with the documented bodies what is too much."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self.reset()

    def reset(self) -> None:
        self._requests, self._tokens = self._rates.for_requests(), self._rates.for_tokens()

    def let_in(self, now: float) -> None:
        """One request more. Raises Refusal where the minute's requests are used up."""
        self._pass(self._requests, 1, 1, "limit_requests", now)

    def spend(self, shown: int, all_tokens: int, now: float) -> None:
        """A request's tokens. It is let in by those that it shows; all of them count. Raises Refusal."""
        self._pass(self._tokens, shown, all_tokens, "insufficient_quota", now)

    def _pass(self, gate: Gate | None, asked: int, taken: int, code: str, now: float) -> None:
        if gate is None:
            return
        wait_s = gate.wait_s(asked, now)
        if wait_s > 0:
            headers = {"retry-after-ms": str(math.ceil(wait_s * 1000))} if self._rates.tells_when else {}
            raise Refusal(DOCUMENTED[code].bearing(headers))
        gate.take(taken, now)

"""Estimate which share of the limits a service really allows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SLOWEST = 0.05  # the least that is thought to be allowed
_LITTLE = 0.97  # the speed after a refusal, in parts of the one before it, at most
_MUCH = 0.5  # and at least
_NOT_FULL = 0.9  # of what is believed: a service that refuses before shows how much it allows
_FEW = 12  # requests between two refusals, of which half too many seem to have been sent
_SOON = 50  # requests after a refusal, within which another one shows that much less is allowed
_FASTER = 1.25  # the speed that is tried
_ROUND = 100  # requests, and at least a minute, after which more is tried
_SHORT_ROUND = 25  # where more was just let in
_LONG_ROUND = 200  # where it was not


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark says when a request was sent, in the history of refusals."""

    cuts: int  # how often the speed had been cut before
    place: int  # how many were sent between the last cut and it
    fullness: float  # what had been sent within the minute before it, in parts of the nearer limit


class Speed:
    """A speed is the share of the limits that is thought to be allowed.

    A refusal after many requests takes it down a little, to what was held before; one that follows soon takes it to
    what seems to be allowed, so that a service that allows half of what is believed is found out with two refusals.
    Requests that were under way together count once. After a hundred requests more is tried, and soon again where
    that is let in; where it is not, after two hundred. So a refusal in a hundred requests is what it costs to notice
    that a service allows more again.

    >>> speed = Speed(now=0.0, minute_s=60.0)
    >>> marks = [speed.send(now, fullness=now / 60) for now in range(30)]
    >>> speed.refuse(marks[-1]), round(speed.share, 2)
    (True, 0.97)
    >>> speed.refuse(speed.send(31.0, fullness=0.5)), round(speed.share, 2)
    (True, 0.5)
    """

    def __init__(self, now: float, minute_s: float) -> None:
        self.share = 1.0
        self._held = 1.0  # for a whole round
        self._minute_s = minute_s
        self._cuts = 0
        self._place = _SOON
        self._round = _ROUND
        self._sent = 0  # in this round
        self._ends_at = now + minute_s

    def send(self, now: float, fullness: float) -> Mark:
        """Count a request that is sent, and try more where it is time to."""
        mark = Mark(self._cuts, self._place, fullness)
        self._place += 1
        self._sent += 1
        if self._sent >= self._round and now >= self._ends_at:
            self._held, self.share = self.share, min(1.0, self.share * _FASTER)
            self._round, self._sent, self._ends_at = _SHORT_ROUND, 0, now + self._minute_s
        return mark

    def refuse(self, mark: Mark) -> bool:
        """Go slower after a refusal.

        Returns whether it was the first of those that were under way together.
        """
        if mark.cuts < self._cuts:
            return False
        if mark.place >= _SOON:
            self.share = max(SLOWEST, min(self.share, self._held) * _LITTLE)
            self._round = _LONG_ROUND
        else:
            self.share = slower(self.share, mark.fullness, mark.place)
            self._round, self._sent = _ROUND, 0
        self._held = self.share
        self._cuts += 1
        self._place = 0
        return True


def slower(speed: float, fullness: float, let_in: int) -> float:
    """Return the speed after a refusal that followed another one.

    `let_in` is how many requests were let in between. A service that counts whole minutes refuses at what it allows,
    which is the `fullness` before. One that fills a bucket refuses the sooner, the less it allows.

    >>> [round(slower(1.0, 0.7, let_in), 2) for let_in in (0, 5, 15)], slower(1.0, 1.0, 0)
    ([0.7, 0.5, 0.61], 0.5)
    """
    by_count, by_fullness = let_in**2 / (let_in**2 + _FEW**2), fullness / speed
    if by_fullness >= _NOT_FULL:
        by_fullness = by_count
    share = min(by_count, by_fullness) if let_in else by_fullness
    return max(SLOWEST, speed * min(_LITTLE, max(_MUCH, share)))

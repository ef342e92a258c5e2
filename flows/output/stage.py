"""Count the steps of a stage, and estimate what is left of it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_FIRST_ESTIMATE_S = 5.0
_LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a stage, such as a segment to be asked about."""

    key: str
    what: str  # for people: "talk.mp4 04:00-08:00"
    work_ms: int = 0  # of the recording


@dataclass(slots=True)
class Stage:
    """A stage has steps, some done, some under way."""

    title: str = ""
    total: int = 0
    work_ms: int = 0  # of all steps; 0: they count alike
    began_s: float = 0.0
    done: int = 0
    worked_ms: int = 0
    kept_ms: int = 0  # of steps that an earlier run has done
    under_way: dict[str, Step] = field(default_factory=dict)  # in the order of their beginning
    reached_ms: int = 0  # of what is under way, as far as that is known
    note: str = ""  # what is done about it, for people

    def advance(self, step: Step | None, kept: bool = False) -> None:
        """Count a step as done; one that was kept from an earlier run took no time."""
        self.done += 1
        if step is None:
            return
        self.under_way.pop(step.key, None)
        if kept:
            self.kept_ms += step.work_ms
        else:
            self.worked_ms += step.work_ms

    @property
    def share(self) -> float:
        """Return how much is done, from 0 to 1."""
        if self.work_ms > self.kept_ms:
            return min(1.0, (self.worked_ms + self.reached_ms) / (self.work_ms - self.kept_ms))
        return min(1.0, self.done / self.total) if self.total else 0.0

    def left(self, now_s: float) -> str:
        """Return about how long it takes yet, "" where that cannot be told.

        >>> Stage("asking", total=4, began_s=0, done=1).left(now_s=60)
        'about 3 min left'
        """
        spent = now_s - self.began_s
        if spent < _FIRST_ESTIMATE_S or not _LEAST_SHARE <= self.share < 1:
            return ""
        return f"about {duration(spent * (1 - self.share) / self.share)} left"

    @property
    def where(self) -> str:
        """Return what is under way: the first, and how many more."""
        if not self.under_way:
            return ""
        first = next(iter(self.under_way.values())).what
        return first if len(self.under_way) == 1 else f"{first} and {len(self.under_way) - 1} more"

    def line(self, now_s: float) -> str:
        """Return the stage as a line of a log.

        >>> Stage("asking", total=4, done=1, under_way={"a": Step("a", "talk.mp4 04:00-08:00")}).line(now_s=0)
        'asking: 1 of 4; talk.mp4 04:00-08:00'
        """
        count = f"{self.title}: {self.done} of {self.total}"
        if self.done >= self.total:
            return count
        return "; ".join(part for part in (count, self.where, self.note, self.left(now_s)) if part)


def duration(seconds: float) -> str:
    """Return a length of time for people, rounded up.

    >>> duration(42), duration(61), duration(3 * 3600 + 60)
    ('45 s', '2 min', '3 h 1 min')
    """
    seconds = round(seconds)
    if seconds <= 55:
        return f"{5 * max(1, math.ceil(seconds / 5))} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"

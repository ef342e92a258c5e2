"""Answers as models really spoil them, to be injected: `service.next(looping())`."""

from __future__ import annotations

from tests.support.service_answers import answer_to, sections
from tests.support.service_faults import Say, Write
from tests.support.service_request import Asked

EMPTY = Say("")
MALFORMED = Say("I watched all of it with interest, and I must say that there is a lot going on.")


def truncated(after: int = 60) -> Write:
    """The answer ends within a line, by its length."""
    return Write(lambda asked: Say(answer_to(asked)[:after], finish_reason="length"))


def looping(times: int = 60, finish_reason: str = "stop") -> Write:
    """A good beginning, then one line said over and over."""

    def make(asked: Asked) -> Say:
        beginning = answer_to(asked).partition("## Visible Text")[0].partition("## Speakers")[0]
        return Say(beginning + "And then the same thing happens once more.\n" * times, finish_reason)

    return Write(make)


def stops_early(share: float = 0.4) -> Write:
    """Whole sections, though the last time in them lies far before the end."""
    return Write(lambda asked: Say(sections(asked, end_ms=round(asked.duration_ms * share))))


def beyond_the_clip(by_ms: int = 30_000) -> Write:
    """Times that run past the end of what was shown."""
    return Write(lambda asked: Say(sections(asked, end_ms=asked.duration_ms + by_ms)))


def without(heading: str) -> Write:
    """One of the sections is missing."""

    def make(asked: Asked) -> Say:
        parts = answer_to(asked).split("## ")
        return Say("## ".join(part for part in parts if not part.startswith(heading)))

    return Write(make)

"""Break chunks into lines and cues at the least cost.

At clauses, balanced, and as few as will do. A plain dynamic program: textwrap knows neither clauses nor widths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tasks.subtitles.chunks import Chunk
from tasks.subtitles.measure import Counting, text_width

LABEL_BREAK = 8  # of a line break between a speaker's name and the words
_IMBALANCE = 8  # for two lines of which one is empty; in proportion below
_OVERFLOW = 1000  # of a line that cannot hold its only chunk
_CUE = 10  # of each cue, so that there are few
_CUE_BREAK = 1.5  # a bad break is worse between cues than between lines


@dataclass(frozen=True, slots=True)
class Run:
    """Hold chunks in a row, with the widths that breaking them needs."""

    chunks: tuple[Chunk, ...]
    begins: tuple[float, ...]  # where each chunk begins, if all stood on one line, behind its space
    ends: tuple[float, ...]

    @classmethod
    def of(cls, chunks: Sequence[Chunk], counting: Counting) -> Run:
        space = text_width(" ", counting)
        widths = [text_width(chunk.text, counting) for chunk in chunks]
        spaces = [space if chunk.spaced and number else 0 for number, chunk in enumerate(chunks)]
        ends = list(accumulate(width + before for width, before in zip(widths, spaces, strict=True)))
        begins = [end - width for end, width in zip(ends, widths, strict=True)]
        return cls(tuple(chunks), tuple(begins), tuple(ends))

    def width(self, start: int, stop: int) -> float:
        """Measure `chunks[start:stop]` on one line."""
        return self.ends[stop - 1] - self.begins[start] if stop > start else 0

    def text(self, start: int, stop: int) -> str:
        words = (f" {chunk.text}" if chunk.spaced else chunk.text for chunk in self.chunks[start:stop])
        return "".join(words).lstrip(" ")


@dataclass(frozen=True, slots=True)
class Room:
    """Describe a cue: lines of a width, and something before the text."""

    width: float
    lines: int
    lead: float = 0  # the width of the speaker's name or the dash, with its space


@dataclass(frozen=True, slots=True)
class Lines:
    """Hold where each line ends, and what the breaks cost."""

    stops: tuple[int, ...]
    cost: float


def best_lines(run: Run, start: int, stop: int, room: Room) -> Lines | None:
    """Find the best lines for `chunks[start:stop]`; None where they don't fit.

    A single chunk fits, however wide.

    One line is best if it is wide enough. With a lead the first line may hold nothing else, and then stops at `start`.

    >>> chunks = [Chunk("One,", False, 2), Chunk("two", True, 7), Chunk("three", True, 0)]
    >>> best_lines(Run.of(chunks, "characters"), 0, 3, Room(10, 2)).stops
    (1, 3)
    """
    if room.lead + run.width(start, stop) <= room.width:
        return Lines((stop,), 0)
    found: Lines | None = None
    if room.lines > 1:
        for first in range(start if room.lead else start + 1, stop):
            if first > start and room.lead + run.width(start, first) > room.width:
                break
            rest = best_lines(run, first, stop, Room(room.width, room.lines - 1))
            if rest is None:
                continue
            cost = rest.cost + (run.chunks[first - 1].after if first > start else LABEL_BREAK)
            cost += _imbalance(room.lead + run.width(start, first), run.width(first, rest.stops[0]), room.width)
            if found is None or cost < found.cost:
                found = Lines((first, *rest.stops), cost)
    if found is None and stop - start == 1:
        return Lines((stop,), _OVERFLOW)
    return found


def _imbalance(first: float, second: float, width: float) -> float:
    """Rate how unlike two lines are; the lower one had better be the longer."""
    difference = abs(first - second) / width
    return _IMBALANCE * difference * difference + (0.5 if first > second else 0)


def best_cues(run: Run, rooms: Callable[[int], Room], slowness: Callable[[int, int], float]) -> tuple[int, ...]:
    """Say where each cue ends, so that the run is divided at the least cost.

    `rooms(start)` is the room of a cue that begins with that chunk, `slowness(start, stop)` what a cue costs for its
    time: for being on the screen too briefly or for too long.

    >>> run = Run.of([Chunk("One.", False, 0), Chunk("Two.", True, 0), Chunk("Three.", True, 0)], "characters")
    >>> best_cues(run, lambda start: Room(9, 1), lambda start, stop: 0)
    (2, 3)
    """
    count = len(run.chunks)
    costs, befores = [0.0] + [float("inf")] * count, [0] * (count + 1)
    for stop in range(1, count + 1):
        break_cost = run.chunks[stop - 1].after * _CUE_BREAK if stop < count else 0
        for start in range(stop - 1, -1, -1):
            room = rooms(start)
            if stop - start > 1 and run.width(start, stop) > room.width * room.lines + room.lines:
                break
            lines = best_lines(run, start, stop, room)
            if lines is None:
                continue
            cost = costs[start] + _CUE + break_cost + lines.cost + slowness(start, stop)
            if cost < costs[stop]:
                costs[stop], befores[stop] = cost, start
    stops = [count]
    while befores[stops[-1]] > 0:
        stops.append(befores[stops[-1]])
    return tuple(reversed(stops))

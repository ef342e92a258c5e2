"""Hold the records of a seam, and say when two lines are the same line.

A segment that was cut in speech hears words badly near its cut, and lines only in part that go on beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from tasks.records import Span, Utterance
from tasks.subtitles.alignment import HeardWord, Pair

SLACK_MS = 1500  # by which times in answers may be off
EDGE_MS = 1000  # before a cut in speech, and behind it, where words are heard badly
_NEAR_CUT_MS = 600  # so near to a cut, a line may have been cut off there
_SAME_TEXT = 70  # percent of likeness from which on two texts are the same line ...
_SCRAP = 85  # ... and from which on one is a part of the other
_ASIDE = 2  # times as long is the line during which an aside is said, at least
HALF = 0.5  # of a line's words, or of its time


@dataclass(frozen=True, slots=True)
class Line:
    """Hold an utterance, its segment, and its speaker's position in the roster.

    The position is None where the speaker is not known.
    """

    utterance: Utterance
    segment_id: str
    speaker: int | None = None

    @property
    def span(self) -> Span:
        return Span(self.utterance.start_ms or 0, self.utterance.end_ms or 0)

    @property
    def text(self) -> str:
        return self.utterance.text.casefold()


@dataclass(frozen=True, slots=True)
class Seam:
    """Hold where two segments overlap, and the border of the windows they own."""

    overlap: Span
    border_ms: int

    def is_near(self, utterance: Utterance) -> bool:
        """Tell whether both segments may have heard it."""
        start, end = utterance.start_ms or 0, utterance.end_ms or 0
        return end > self.overlap.start_ms - SLACK_MS and start < self.overlap.end_ms + SLACK_MS


@dataclass(frozen=True, slots=True)
class Words:
    """Hold the words of two segments near their seam, and how they pair."""

    first: Sequence[HeardWord]
    second: Sequence[HeardWord]
    pairs: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold what one segment heard near a seam, and what the other heard too."""

    lines: Sequence[Line]
    words: Sequence[HeardWord]  # of the lines, in their order
    paired: frozenset[int]  # the numbers of words that the other segment spells alike
    cut_ms: int  # where this segment was cut

    def begins_line(self, number: int) -> bool:
        """Tell whether a word is the first of its line, or behind the last word."""
        words = self.words
        return number in (0, len(words)) or words[number].utterance != words[number - 1].utterance

    def line_of(self, number: int) -> Line | None:
        """Find the line of a word; None where there is no such word."""
        return self.lines[self.words[number].utterance] if 0 <= number < len(self.words) else None

    def numbers_of(self, line: Line) -> list[int]:
        """List the numbers of a line's words."""
        position = self.lines.index(line)
        return [number for number, word in enumerate(self.words) if word.utterance == position]

    def is_at_edge(self, line: Line, slack_ms: int = 0) -> bool:
        """Tell whether a line lies where this segment hears badly, at least in part."""
        return _apart_ms(line.span, Span(self.cut_ms, self.cut_ms)) < EDGE_MS + slack_ms

    def is_cut_off(self, line: Line | None) -> bool:
        """Tell whether a line reaches the segment's cut, beyond which it may go on."""
        return line is not None and _apart_ms(line.span, Span(self.cut_ms, self.cut_ms)) <= _NEAR_CUT_MS

    def alone(self) -> list[Line]:
        """List the lines that the other segment did not hear, or not in this order.

        Most of their words are not paired.
        """
        return [line for line in self.lines if self._unpaired_share(line) > HALF]

    def _unpaired_share(self, line: Line) -> float:
        numbers = self.numbers_of(line)
        return sum(number not in self.paired for number in numbers) / max(1, len(numbers))


def is_twin(line: Line, other: Line) -> bool:
    """Tell whether two segments heard the same line at about the same time.

    >>> one, other = (Line(Utterance(0, 900, "", "", text, "model"), text) for text in ("Go on.", "Go on!"))
    >>> is_twin(one, other)
    True
    """
    near = abs(line.span.start_ms - other.span.start_ms) <= SLACK_MS
    return near and line.segment_id != other.segment_id and fuzz.ratio(line.text, other.text) >= _SAME_TEXT


def is_scrap(line: Line, other: Line) -> bool:
    """Tell whether a line is a part of a longer one that another segment heard.

    >>> one, other = (Line(Utterance(0, 900, "", "", text, "model"), text) for text in ("on.", "Go on."))
    >>> is_scrap(one, other), is_scrap(other, one)
    (True, False)
    """
    if line.segment_id == other.segment_id or len(line.text) >= len(other.text):
        return False
    near = _apart_ms(line.span, other.span) <= SLACK_MS
    return near and fuzz.partial_ratio(line.text, other.text) >= _SCRAP


def common_ms(first: Span, second: Span) -> int:
    """Count the time that two stretches have in common.

    >>> common_ms(Span(0, 500), Span(300, 900)), common_ms(Span(0, 100), Span(300, 900))
    (200, 0)
    """
    return max(0, -_apart_ms(first, second))


def part_asides(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Part the lines that follow each other from asides.

    An aside is what somebody says while another goes on speaking.

    >>> story = Line(Utterance(0, 9000, "Ann", "", "So we sailed ...", "model"), "a")
    >>> aside = Line(Utterance(4000, 4500, "Bob", "", "Really?", "model"), "a")
    >>> part_asides([story, aside]) == ([story], [aside])
    True

    Asides would come at another position among the words in every answer.
    """
    asides = [line for line in lines if any(_is_aside(line, other) for other in lines)]
    return [line for line in lines if line not in asides], asides


def _is_aside(line: Line, other: Line) -> bool:
    inside = other.span.contains(line.span) and line.span.duration_ms * _ASIDE <= other.span.duration_ms
    return inside and line.utterance.speaker != other.utterance.speaker


def _apart_ms(first: Span, second: Span) -> int:
    """Measure how far two stretches lie apart; negative where they overlap."""
    return max(first.start_ms, second.start_ms) - min(first.end_ms, second.end_ms)

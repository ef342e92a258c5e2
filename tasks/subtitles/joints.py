"""Finds where two transcripts of the same stretch are joined, and joins them there.

The place that loses the least is taken: best between two lines, near the border of the windows that the segments own;
where one line runs through the whole overlap, inside of it, and the line stays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from tasks.records import Span, Utterance
from tasks.subtitles.alignment import HeardWord, Pair
from tasks.subtitles.measure import join_texts

_SLACK_MS = 1500  # by which times in answers may be off
_EDGE_MS = 1000  # of a segment that was cut in speech, where words are heard badly
_LOST, _LOST_AT_EDGE = 3.0, 0.5  # the cost of a word that only one segment heard, and that is left out
_KEPT_AT_EDGE = 0.5  # of a word that is taken from where it is heard badly
_ONE_LINE, _ONE_OF_TWO, _TWO_LINES = 3.0, 5.0, 9.0  # of a place inside a line of both, of one, of two that differ
_FAR = 1.0  # of a second's distance to the border of the windows
_SAME_TEXT = 70  # percent of likeness from which on two texts are the same line
_SCRAP = 85  # likewise a part of a line
_HALF = 0.5  # of a line's words, or of its time


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance, the segment that it is taken from, and its speaker's place in the roster; None: not known."""

    utterance: Utterance
    segment_id: str
    speaker: int | None

    @property
    def span(self) -> Span:
        return Span(self.utterance.start_ms or 0, self.utterance.end_ms or 0)


@dataclass(frozen=True, slots=True)
class Seam:
    """Where two segments overlap, and the border of the windows that they own."""

    overlap: Span
    border_ms: int

    def is_near(self, utterance: Utterance) -> bool:
        """Whether both segments may have heard it."""
        start, end = utterance.start_ms or 0, utterance.end_ms or 0
        return end > self.overlap.start_ms - _SLACK_MS and start < self.overlap.end_ms + _SLACK_MS


@dataclass(frozen=True, slots=True)
class Heard:
    """What one segment heard near a seam: its lines, their words, and which of these the other heard too."""

    lines: Sequence[Line]
    words: Sequence[HeardWord]
    paired: frozenset[int]  # numbers of words
    badly: Span  # the edge of the segment, where it hears badly

    def begins_line(self, number: int) -> bool:
        """Whether a word is the first of its line; behind the last word, another line begins."""
        words = self.words
        return number in (0, len(words)) or words[number].utterance != words[number - 1].utterance

    def is_at_edge(self, span: Span, slack_ms: int = 0) -> bool:
        """Whether a stretch lies where this segment hears badly, at least in part."""
        return span.end_ms > self.badly.start_ms - slack_ms and span.start_ms < self.badly.end_ms + slack_ms

    def numbers_of(self, line: Line) -> list[int]:
        """The numbers of a line's words."""
        place = self.lines.index(line)
        return [number for number, word in enumerate(self.words) if word.utterance == place]

    def unheard_share(self, line: Line) -> float:
        """The share of a line's words that the other did not hear."""
        numbers = self.numbers_of(line)
        return sum(number not in self.paired for number in numbers) / max(1, len(numbers))


def join_lines(first: Sequence[Line], second: Sequence[Line], words: Words, seam: Seam) -> list[Line]:
    """The lines of two segments near their seam as one row."""
    alike = [pair for pair in words.pairs if pair.alike]
    badly = Span(seam.overlap.end_ms - _EDGE_MS, seam.overlap.end_ms)
    earlier = Heard(first, words.first, frozenset(pair.first for pair in alike), badly)
    badly = Span(seam.overlap.start_ms, seam.overlap.start_ms + _EDGE_MS)
    later = Heard(second, words.second, frozenset(pair.second for pair in alike), badly)
    place = min(_places(words), key=lambda place: _cost(place, earlier, later, words.pairs, seam))
    kept = _joined(place, earlier, later, words.pairs)
    kept = _without_twins(kept, earlier, later)
    left_out = _left_out(place, earlier, later)
    return kept + [line for line, heard in left_out if not _is_covered(line, heard, kept)]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of both, and their alignment."""

    first: Sequence[HeardWord]
    second: Sequence[HeardWord]
    pairs: Sequence[Pair]


# --- the place ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Up to the word `first` the earlier segment is taken, from the word `second` on the later one."""

    first: int
    second: int


def _places(words: Words) -> Iterator[_Place]:
    """Every place at which no word that both heard is lost or doubled."""
    ends = [(-1, -1), *((pair.first, pair.second) for pair in words.pairs), (len(words.first), len(words.second))]
    for (low_first, low_second), (high_first, high_second) in zip(ends, ends[1:], strict=False):
        for first in range(low_first + 1, high_first + 1):
            for second in range(low_second + 1, high_second + 1):
                yield _Place(first, second)


def _cost(place: _Place, earlier: Heard, later: Heard, pairs: Sequence[Pair], seam: Seam) -> float:
    cost = 0.0
    for number, word in enumerate(earlier.words):
        at_edge = word.ms > earlier.badly.start_ms
        if number >= place.first and number not in earlier.paired:
            cost += _LOST_AT_EDGE if at_edge else _LOST
        elif number < place.first and at_edge:
            cost += _KEPT_AT_EDGE
    for number, word in enumerate(later.words):
        at_edge = word.ms < later.badly.end_ms
        if number < place.second and number not in later.paired:
            cost += _LOST_AT_EDGE if at_edge else _LOST
        elif number >= place.second and at_edge:
            cost += _KEPT_AT_EDGE
    cost += _FAR * abs(_time(place, earlier, later, seam) - seam.border_ms) / 1000
    first, second = earlier.begins_line(place.first), later.begins_line(place.second)
    if first and second:
        return cost
    if first or second:
        return cost + _ONE_OF_TWO
    return cost + (_ONE_LINE if _is_anchored(place, pairs) else _TWO_LINES)


def _is_anchored(place: _Place, pairs: Sequence[Pair]) -> bool:
    """Whether both heard the same word just before the place, or just behind it."""
    beside = {(place.first - 1, place.second - 1), (place.first, place.second)}
    return any(pair.alike and (pair.first, pair.second) in beside for pair in pairs)


def _time(place: _Place, earlier: Heard, later: Heard, seam: Seam) -> float:
    """When the place is, by the words around it."""
    around = [*earlier.words[max(0, place.first - 1) : place.first + 1]]
    around += later.words[max(0, place.second - 1) : place.second + 1]
    return sum(word.ms for word in around) / len(around) if around else seam.border_ms


# --- joining there -----------------------------------------------------------------------------------------------


def _joined(place: _Place, earlier: Heard, later: Heard, pairs: Sequence[Pair]) -> list[Line]:
    """What is before the place of the one, and behind it of the other. A line that both divide there stays one."""
    before, after = _before(place.first, earlier), _after(place.second, later)
    divided = not earlier.begins_line(place.first) and not later.begins_line(place.second)
    if divided and before and after and _may_be_one(before[-1], after[0]) and _is_anchored(place, pairs):
        return [*before[:-1], _one_line(before[-1], after[0]), *after[1:]]
    return [*before, *after]


def _before(stop: int, heard: Heard) -> list[Line]:
    if stop == len(heard.words):
        return list(heard.lines)
    word = heard.words[stop]
    lines = list(heard.lines[: word.utterance])
    if heard.begins_line(stop):
        return lines
    divided = heard.lines[word.utterance]
    start = divided.utterance.start_ms or 0
    text = divided.utterance.text[: word.offset].rstrip()
    return [*lines, _changed(divided, text, Span(start, max(start + 1, word.ms)))]


def _after(start: int, heard: Heard) -> list[Line]:
    if start == len(heard.words):
        return []
    word = heard.words[start]
    if heard.begins_line(start):
        return list(heard.lines[word.utterance :])
    divided = heard.lines[word.utterance]
    end = divided.utterance.end_ms or 0
    text = divided.utterance.text[word.offset :].lstrip()
    return [_changed(divided, text, Span(min(word.ms, end - 1), end)), *heard.lines[word.utterance + 1 :]]


def _changed(line: Line, text: str, span: Span) -> Line:
    return replace(
        line, utterance=replace(line.utterance, text=text, start_ms=span.start_ms, end_ms=max(span.start_ms, span.end_ms))
    )


def _may_be_one(first: Line, second: Line) -> bool:
    return first.speaker == second.speaker or first.speaker is None or second.speaker is None


def _one_line(first: Line, second: Line) -> Line:
    text = join_texts(first.utterance.text, second.utterance.text)
    joined = _changed(first, text, Span(first.span.start_ms, max(first.span.end_ms, second.span.end_ms)))
    return replace(joined, speaker=second.speaker if first.speaker is None else first.speaker)


def _without_twins(kept: list[Line], earlier: Heard, later: Heard) -> list[Line]:
    """The lines without those that the other segment has too, though in another order, and so not aligned.

    These are whole lines, and scraps of lines at the edge of the segment that heard no more of them.
    """
    alone = [line for line in _unheard(earlier) if line in kept]
    twins = [line for line in _unheard(later) if line in kept and any(_is_twin(line, other) for other in alone)]
    for heard in (earlier, later):
        scraps = (line for line in _unheard(heard) if line in kept and heard.is_at_edge(line.span, _SLACK_MS))
        twins += [line for line in scraps if any(_is_scrap(line, other) for other in kept if other not in twins)]
    return [line for line in kept if line not in twins]


def _unheard(heard: Heard) -> list[Line]:
    """The lines that the other segment did not hear, or not at this place."""
    return [line for line in heard.lines if heard.unheard_share(line) > _HALF]


def _is_twin(line: Line, other: Line) -> bool:
    near = abs(line.span.start_ms - other.span.start_ms) <= _SLACK_MS
    return near and fuzz.ratio(line.utterance.text.casefold(), other.utterance.text.casefold()) >= _SAME_TEXT


def _is_scrap(line: Line, other: Line) -> bool:
    """Whether a line is a part of a longer one of another segment, of about the same time."""
    if line.segment_id == other.segment_id or len(line.utterance.text) >= len(other.utterance.text):
        return False
    near = _apart_ms(line.span, other.span) <= _SLACK_MS
    return near and fuzz.partial_ratio(line.utterance.text.casefold(), other.utterance.text.casefold()) >= _SCRAP


def _apart_ms(first: Span, second: Span) -> int:
    """How far two stretches lie apart; negative where they have time in common."""
    return max(first.start_ms, second.start_ms) - min(first.end_ms, second.end_ms)


# --- lines that only one of them heard ---------------------------------------------------------------------------


def _left_out(place: _Place, earlier: Heard, later: Heard) -> list[tuple[Line, Heard]]:
    """Whole lines on the other side of the place that the other segment did not hear."""
    behind = [
        (line, earlier) for line in _unheard(earlier) if min(earlier.numbers_of(line), default=-1) >= place.first
    ]
    before = [
        (line, later) for line in _unheard(later) if max(later.numbers_of(line), default=place.second) < place.second
    ]
    return behind + before


def _is_covered(line: Line, heard: Heard, kept: Sequence[Line]) -> bool:
    """Whether what is kept says the same, or another thing at the same time: in the same voice, or heard better."""
    covered = 0
    for other in kept:
        alike = fuzz.partial_ratio(line.utterance.text.casefold(), other.utterance.text.casefold()) >= _SAME_TEXT
        apart = _apart_ms(line.span, other.span)
        if alike and apart < _SLACK_MS:
            return True
        if apart < 0 and (heard.is_at_edge(line.span) or other.speaker == line.speaker):
            covered -= apart
    return covered >= _HALF * max(1, line.span.duration_ms)

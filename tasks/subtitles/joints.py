"""Find where the rows of lines of two segments are joined, and join them there.

The joint that loses the least is taken: best between two lines, near the border of the windows that the segments own;
where one line runs through the whole overlap, inside of it, and the line stays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tasks.records import Span
from tasks.subtitles.heard import EDGE_MS, HALF, SLACK_MS, Heard, Line, Seam, Words, common_ms, is_scrap, is_twin
from tasks.subtitles.measure import join_texts

_LOST, _LOST_AT_EDGE = 3.0, 0.5  # the cost of a word that only one segment heard, and that is left out
_KEPT_AT_EDGE = 0.5  # of a word that is taken from where it is heard badly
_ONE_LINE, _ONE_OF_TWO, _TWO_LINES = 3.0, 5.0, 9.0  # of a joint inside a line of both, of one, of two that differ
_FAR = 1.0  # of a second's distance to the border of the windows


@dataclass(frozen=True, slots=True)
class _Joint:
    """A joint takes the words of one segment up to `first`, then from `second` on."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Side:
    """Hold what one segment heard near a seam: lines in a row, and asides."""

    lines: Sequence[Line]
    asides: Sequence[Line]


def join_sides(first: Side, second: Side, words: Words, seam: Seam) -> list[Line]:
    """Join the lines of two segments near their seam, each once.

    `words` are those of the lines that follow each other.

    >>> from tasks.records import Utterance
    >>> from tasks.subtitles.alignment import align, heard_words
    >>> one = Line(Utterance(2000, 4000, "", "", "We sailed to the", "model"), "a")
    >>> other = Line(Utterance(2100, 4900, "", "", "sailed to the island.", "model"), "b")
    >>> first, second = heard_words([one.utterance]), heard_words([other.utterance])
    >>> words = Words(first, second, align(first, second))
    >>> joined = join_sides(Side([one], []), Side([other], []), words, Seam(Span(2000, 4000), 3000))
    >>> [line.utterance.text for line in joined]
    ['We sailed to the island.']
    """
    alike = [pair for pair in words.pairs if pair.alike]
    earlier = Heard(first.lines, words.first, frozenset(pair.first for pair in alike), seam.overlap.end_ms)
    later = Heard(second.lines, words.second, frozenset(pair.second for pair in alike), seam.overlap.start_ms)
    joint = min(_joints(words), key=lambda joint: _cost(joint, earlier, later, words, seam))
    kept = _without_twins(_joined(joint, earlier, later, words), earlier, later)
    kept += [line for line, heard in _left_out(joint, earlier, later) if not _is_covered(line, heard, kept)]
    kept += _asides(kept, (first.asides, earlier), (second.asides, later))
    for heard, asides in ((earlier, first.asides), (later, second.asides)):
        kept = _without_scraps(kept, [*heard.alone(), *asides], heard)
    return kept


# --- the joint ---------------------------------------------------------------------------------------------------


def _joints(words: Words) -> Iterator[_Joint]:
    """Give every joint at which no word that both heard is lost or doubled."""
    ends = [(-1, -1), *((pair.first, pair.second) for pair in words.pairs), (len(words.first), len(words.second))]
    for (low_first, low_second), (high_first, high_second) in pairwise(ends):
        for first in range(low_first + 1, high_first + 1):
            for second in range(low_second + 1, high_second + 1):
                yield _Joint(first, second)


def _cost(joint: _Joint, earlier: Heard, later: Heard, words: Words, seam: Seam) -> float:
    cost = _FAR * abs(_time(joint, words, seam) - seam.border_ms) / 1000
    for number, word in enumerate(earlier.words):
        at_edge = word.ms > earlier.cut_ms - EDGE_MS
        if number >= joint.first and number not in earlier.paired:
            cost += _LOST_AT_EDGE if at_edge else _LOST
        elif number < joint.first and at_edge:
            cost += _KEPT_AT_EDGE
    for number, word in enumerate(later.words):
        at_edge = word.ms < later.cut_ms + EDGE_MS
        if number < joint.second and number not in later.paired:
            cost += _LOST_AT_EDGE if at_edge else _LOST
        elif number >= joint.second and at_edge:
            cost += _KEPT_AT_EDGE
    if _divides(joint, earlier, later):
        return cost + (_ONE_LINE if _is_anchored(joint, words) else _TWO_LINES)
    whole = earlier.begins_line(joint.first) and later.begins_line(joint.second)
    return cost if whole else cost + _ONE_OF_TWO


def _divides(joint: _Joint, earlier: Heard, later: Heard) -> bool:
    """Tell whether a joint lies inside a line of both.

    The end of a line that the segment's cut has cut off counts as inside.
    """
    first = not earlier.begins_line(joint.first) or earlier.is_cut_off(earlier.line_of(joint.first - 1))
    second = not later.begins_line(joint.second) or later.is_cut_off(later.line_of(joint.second))
    return first and second


def _is_anchored(joint: _Joint, words: Words) -> bool:
    """Tell whether both heard the same word just before the joint, or behind it."""
    around = {(joint.first - 1, joint.second - 1), (joint.first, joint.second)}
    return any(pair.alike and (pair.first, pair.second) in around for pair in words.pairs)


def _time(joint: _Joint, words: Words, seam: Seam) -> float:
    """Say when the joint is, by the words around it."""
    around = [
        *words.first[max(0, joint.first - 1) : joint.first + 1],
        *words.second[max(0, joint.second - 1) : joint.second + 1],
    ]
    return sum(word.ms for word in around) / len(around) if around else seam.border_ms


# --- joining there -----------------------------------------------------------------------------------------------


def _joined(joint: _Joint, earlier: Heard, later: Heard, words: Words) -> list[Line]:
    """Take what is before the joint of the one, and behind it of the other.

    A line that the joint divides stays one.
    """
    before, after = _before(joint.first, earlier), _after(joint.second, later)
    number = _begun(joint, earlier, later, words)
    if number is None or number >= len(before) or not _may_be_one(before[number], after[0]):
        return [*before, *after]
    is_open = before[number] != earlier.lines[number] or earlier.is_cut_off(earlier.lines[number])
    if not is_open:
        return [*before, *after]
    return [*before[:number], _one_line(before[number], after[0]), *before[number + 1 :], *after[1:]]


def _begun(joint: _Joint, earlier: Heard, later: Heard, words: Words) -> int | None:
    """Find the earlier segment's line that goes on behind the joint; None: none."""
    rest = later.line_of(joint.second)
    if rest is None or (later.begins_line(joint.second) and not later.is_cut_off(rest)):
        return None
    line = later.words[joint.second].utterance
    for pair in reversed(words.pairs):
        if pair.alike and pair.second <= joint.second and later.words[pair.second].utterance == line:
            return earlier.words[pair.first].utterance
    return None


def _before(stop: int, heard: Heard) -> list[Line]:
    if stop == len(heard.words):
        return list(heard.lines)
    word = heard.words[stop]
    lines = list(heard.lines[: word.utterance])
    if heard.begins_line(stop):
        return lines
    divided = heard.lines[word.utterance]
    start = divided.span.start_ms
    return [*lines, _changed(divided, divided.utterance.text[: word.offset], Span(start, max(start + 1, word.ms)))]


def _after(start: int, heard: Heard) -> list[Line]:
    if start == len(heard.words):
        return []
    word = heard.words[start]
    if heard.begins_line(start):
        return list(heard.lines[word.utterance :])
    divided = heard.lines[word.utterance]
    end = divided.span.end_ms
    rest = _changed(divided, divided.utterance.text[word.offset :], Span(min(word.ms, end - 1), end))
    return [rest, *heard.lines[word.utterance + 1 :]]


def _changed(line: Line, text: str, span: Span) -> Line:
    utterance = replace(line.utterance, text=text.strip(), start_ms=span.start_ms, end_ms=span.end_ms)
    return replace(line, utterance=utterance)


def _may_be_one(first: Line, second: Line) -> bool:
    return first.speaker == second.speaker or first.speaker is None or second.speaker is None


def _one_line(first: Line, second: Line) -> Line:
    text = join_texts(first.utterance.text, second.utterance.text)
    joined = _changed(first, text, Span(first.span.start_ms, max(first.span.end_ms, second.span.end_ms)))
    return replace(joined, speaker=second.speaker if first.speaker is None else first.speaker)


# --- lines that did not pair -------------------------------------------------------------------------------------


def _without_twins(kept: list[Line], earlier: Heard, later: Heard) -> list[Line]:
    """Drop lines of the later segment that the earlier has too, in another order."""
    alone = [line for line in earlier.alone() if line in kept]
    twins = [line for line in later.alone() if any(is_twin(line, other) for other in alone)]
    return [line for line in kept if line not in twins]


def _asides(kept: Sequence[Line], *sides: tuple[Sequence[Line], Heard]) -> list[Line]:
    """Take the asides of both, each as the one heard it that was not cut there."""
    asides = [(heard.is_at_edge(line), line) for lines, heard in sides for line in lines]
    taken: list[Line] = []
    for _, line in sorted(asides, key=lambda entry: entry[0]):
        if not any(is_twin(line, other) for other in [*kept, *taken]):
            taken.append(line)
    return taken


def _without_scraps(kept: list[Line], alone: Sequence[Line], heard: Heard) -> list[Line]:
    """Drop lines near a segment's cut of which the other segment heard more."""
    scraps: list[Line] = []
    for line in alone:
        others = (other for other in kept if other not in scraps)
        if heard.is_at_edge(line, SLACK_MS) and any(is_scrap(line, other) for other in others):
            scraps.append(line)
    return [line for line in kept if line not in scraps]


def _left_out(joint: _Joint, earlier: Heard, later: Heard) -> list[tuple[Line, Heard]]:
    """Find whole lines across the joint that the other segment did not hear."""
    behind = [(line, earlier) for line in earlier.alone() if min(earlier.numbers_of(line), default=-1) >= joint.first]
    before = [
        (line, later) for line in later.alone() if max(later.numbers_of(line), default=joint.second) < joint.second
    ]
    return behind + before


def _is_covered(line: Line, heard: Heard, kept: Sequence[Line]) -> bool:
    """Tell whether what is kept stands for a line.

    It does where it says the same, or another thing at the same time: in the same voice, or heard better.
    """
    at_edge, near_edge = heard.is_at_edge(line), heard.is_at_edge(line, SLACK_MS)
    if any(is_twin(line, other) or (near_edge and is_scrap(line, other)) for other in kept):
        return True
    covering = (other for other in kept if at_edge or other.speaker == line.speaker)
    covered = sum(common_ms(line.span, other.span) for other in covering)
    return covered >= HALF * max(1, line.span.duration_ms)

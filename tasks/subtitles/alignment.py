"""Align the words that two segments heard of the stretch that both cover.

The words are few (a few seconds of speech), so a plain dynamic program does; rapidfuzz compares single words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from tasks.records import Utterance
from tasks.subtitles.measure import UNSPACED

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_FARTHEST_MS = 3000  # that the same word may lie apart in two answers ...
_LONE_MS = 1500  # ... and if none of the words around it is the same
_EQUAL, _ALIKE, _OTHER, _ALONE = 2.0, 1.0, -0.2, -0.5
_REWORDED_FAR = 2.0  # so that words which are not alike are one reworded word only where they are about as late
_ALIKE_RATIO = 70


@dataclass(frozen=True, slots=True)
class HeardWord:
    """Hold a word: of which utterance, where in its text, and about when."""

    text: str  # without case
    utterance: int
    offset: int
    ms: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair is a word of both answers; `alike`: it is spelled alike."""

    first: int
    second: int
    alike: bool


def heard_words(utterances: Sequence[Utterance]) -> list[HeardWord]:
    """List the words of utterances that have times, in order.

    Of scripts without spaces each character is a word.

    >>> [(word.text, word.ms) for word in heard_words([Utterance(0, 900, "", "", "It is so.", "model")])]
    [('it', 0), ('is', 300), ('so', 600)]
    """
    return [
        HeardWord(text, number, offset, _time_at(utterance, offset))
        for number, utterance in enumerate(utterances)
        for text, offset in _words(utterance.text)
    ]


def align(first: Sequence[HeardWord], second: Sequence[HeardWord]) -> list[Pair]:
    """Pair two rows of words in their order, as well as can be.

    By time and, where reworded, by likeness; what the other did not hear stays alone.

    >>> a = heard_words([Utterance(0, 900, "", "", "It is sew.", "model")])
    >>> b = heard_words([Utterance(0, 900, "", "", "Oh, it is so.", "model")])
    >>> [(pair.first, pair.second) for pair in align(a, b)]
    [(0, 1), (1, 2), (2, 3)]
    """
    scores = [[_ALONE * column for column in range(len(second) + 1)]]
    for row, word in enumerate(first, 1):
        line = [_ALONE * row]
        above = scores[-1]
        for column, other in enumerate(second, 1):
            paired = above[column - 1] + _likeness(word, other)
            line.append(max(paired, above[column] + _ALONE, line[-1] + _ALONE))
        scores.append(line)
    return _without_lone(_traced(scores, first, second), first, second)


def _without_lone(pairs: Sequence[Pair], first: Sequence[HeardWord], second: Sequence[HeardWord]) -> list[Pair]:
    """Leave out words that lie far apart, where none next to them is alike, too.

    A word that is common comes again within seconds.
    """
    alike = {(pair.first, pair.second) for pair in pairs if pair.alike}
    return [
        pair
        for pair in pairs
        if abs(first[pair.first].ms - second[pair.second].ms) <= _LONE_MS
        or {(pair.first - 1, pair.second - 1), (pair.first + 1, pair.second + 1)} & alike
    ]


def _traced(scores: list[list[float]], first: Sequence[HeardWord], second: Sequence[HeardWord]) -> list[Pair]:
    pairs: list[Pair] = []
    row, column = len(first), len(second)
    while row and column:
        likeness = _likeness(first[row - 1], second[column - 1])
        if scores[row][column] == scores[row - 1][column - 1] + likeness:
            row, column = row - 1, column - 1
            pairs.append(Pair(row, column, likeness > 0))
        elif scores[row][column] == scores[row - 1][column] + _ALONE:
            row -= 1
        else:
            column -= 1
    return pairs[::-1]


def _likeness(word: HeardWord, other: HeardWord) -> float:
    """Rate a pair of words: much where they are the same, nothing where far apart."""
    apart = abs(word.ms - other.ms)
    if apart > _FARTHEST_MS:
        return float("-inf")
    nearness = 1 - apart / _FARTHEST_MS
    if word.text == other.text:
        return _EQUAL + nearness
    if fuzz.ratio(word.text, other.text) >= _ALIKE_RATIO:
        return _ALIKE + nearness
    return _OTHER - _REWORDED_FAR * apart / _FARTHEST_MS


def _words(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for match in _WORD.finditer(text):
        if UNSPACED.search(match[0]):
            found += [(sign.casefold(), match.start() + position) for position, sign in enumerate(match[0])]
        else:
            found.append((match[0].casefold(), match.start()))
    return found


def _time_at(utterance: Utterance, offset: int) -> int:
    start, end = utterance.start_ms or 0, utterance.end_ms or 0
    return start + (end - start) * offset // max(1, len(utterance.text))

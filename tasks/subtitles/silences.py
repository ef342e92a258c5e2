"""Fit speech to the silences of the recording.

These are known better than the times in an answer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from tasks.records import Span
from tasks.subtitles.cue import Speech

_FARTHEST_MS = 1000  # that an edge of an utterance is moved
_LEAST_MS = 150  # of speech on both sides of a pause


def fit_to_silences(speech: Sequence[Speech], silences: Sequence[Span]) -> tuple[Speech, ...]:
    """Move edges that lie in a silence to the voice, and note the pauses in between.

    `silences` are those of the recording, in order and apart from each other. An utterance that lies in a silence as a
    whole stays as it is, and an edge is moved by a second at most.

    >>> said = [Speech(900, 5200, "", "One, two.")]
    >>> [one] = fit_to_silences(said, [Span(0, 1000), Span(2000, 2500), Span(5000, 9000)])
    >>> one.start_ms, one.end_ms, one.pauses
    (1000, 5000, (Span(start_ms=2000, end_ms=2500),))
    """
    starts = [silence.start_ms for silence in silences]
    return tuple(_fitted(one, silences, starts) for one in speech)


def _fitted(one: Speech, silences: Sequence[Span], starts: Sequence[int]) -> Speech:
    first = max(0, bisect_right(starts, one.start_ms) - 1)
    around = silences[first : bisect_right(starts, one.end_ms)]
    start, end = one.start_ms, one.end_ms
    for silence in around:
        if silence.start_ms <= start < silence.end_ms <= start + _FARTHEST_MS:
            start = silence.end_ms
        if silence.end_ms >= end > silence.start_ms >= end - _FARTHEST_MS:
            end = silence.start_ms
    if end - start < _LEAST_MS:
        return one
    inside = (one for one in around if start + _LEAST_MS <= one.start_ms and one.end_ms <= end - _LEAST_MS)
    return replace(one, start_ms=start, end_ms=end, pauses=tuple(inside))

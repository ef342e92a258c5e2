"""Say when the words of an utterance are said, by its times and pauses."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tasks.records import Span
from tasks.subtitles.chunks import GLUED, Chunk
from tasks.subtitles.cue import Speech, Word

Part = TypeVar("Part", Chunk, Word)

_FARTHEST = 16  # characters that a pause may lie from where an even pace would put it


@dataclass(frozen=True, slots=True)
class ChunkTimes:
    """Hold when each chunk begins, and when the one before it has ended.

    One more than there are chunks: the last entries are the utterance's end.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def pause_ms(self, number: int) -> int:
        """Give the pause before a chunk."""
        return self.starts[number] - self.ends[number]


def chunk_times(speech: Speech, chunks: Sequence[Chunk]) -> ChunkTimes:
    """Time the chunks of an utterance.

    By the times of its words where known, else in proportion to the characters, with the pauses between the words that
    they fit best.

    >>> chunks = [Chunk("One,", False, 2), Chunk("two", True, 7), Chunk("three.", True, 0)]
    >>> chunk_times(Speech(0, 3000, "", "One, two three.", pauses=(Span(700, 1500),)), chunks)
    ChunkTimes(starts=(0, 1500, 2045, 3000), ends=(0, 700, 2045, 3000))
    """
    positions = [0.0]
    for chunk in chunks:
        positions.append(positions[-1] + len(chunk.text) + chunk.spaced)
    pauses = {} if speech.words else _placed_pauses(speech, chunks, positions)
    known = _known_times(speech, chunks, positions)
    known += [(positions[number], pause.start_ms, pause.end_ms) for number, pause in pauses.items()]
    anchors = [
        (0.0, speech.start_ms, speech.start_ms),
        *sorted(known),
        (positions[-1], speech.end_ms, speech.end_ms),
    ]
    timed = [_at(position, anchors) for position in positions]
    return ChunkTimes(tuple(start for _, start in timed), tuple(end for end, _ in timed))


Anchor = tuple[float, int, int]  # position in the text; when the words before it end, when those behind it begin


def _at(position: float, anchors: Sequence[Anchor]) -> tuple[int, int]:
    """Say when the words before a position end, and when those behind it begin."""
    after = min(bisect_right([at for at, _, _ in anchors], position), len(anchors) - 1)
    (low, ended, from_ms), (high, to_ms, begun) = anchors[after - 1], anchors[after]
    if position == low and after > 1:
        return ended, from_ms
    if position >= high:
        return to_ms, begun
    ms = round(from_ms + (position - low) / (high - low) * (to_ms - from_ms))
    return ms, ms


def _placed_pauses(speech: Speech, chunks: Sequence[Chunk], positions: Sequence[float]) -> dict[int, Span]:
    """Find for each pause the chunk that it lies before.

    The chunk is near the pause's time, and a line may well break before it. A pause without such a chunk is left out.
    """
    voiced_ms = speech.end_ms - speech.start_ms - sum(pause.duration_ms for pause in speech.pauses)
    placed: dict[int, Span] = {}
    passed, silent = 0, 0
    for pause in speech.pauses:
        at = positions[-1] * (pause.start_ms - speech.start_ms - silent) / max(1, voiced_ms)
        silent += pause.duration_ms
        near = [
            (abs(positions[number] - at) + chunks[number - 1].after, number)
            for number in range(passed + 1, len(chunks))
            if abs(positions[number] - at) <= _FARTHEST and chunks[number - 1].after < GLUED
        ]
        if near:
            _, passed = min(near)
            placed[passed] = pause
    return placed


def _known_times(speech: Speech, chunks: Sequence[Chunk], positions: Sequence[float]) -> list[Anchor]:
    """Find where a chunk begins with a word whose time is known, and that time."""
    starts = {offset: word.start_ms for word, offset in _offsets(speech.text, speech.words)}
    known: list[Anchor] = []
    for position, (_, offset) in zip(positions[1:-1], list(_offsets(speech.text, chunks))[1:], strict=False):
        ms = starts.get(offset)
        if ms is not None and (known[-1][2] if known else speech.start_ms) <= ms <= speech.end_ms:
            known.append((position, ms, ms))
    return known


def _offsets(text: str, parts: Iterable[Part]) -> Iterator[tuple[Part, int]]:
    """Find where each part begins in the text; one not in it is left out."""
    reached = 0
    for part in parts:
        offset = text.find(part.text, reached)
        if offset >= 0:
            reached = offset + len(part.text)
            yield part, offset

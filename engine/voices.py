"""Find who speaks when.

Only speech is listened to, with its pauses shortened, so that music and silence cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import models
from engine.decoding import SAMPLE_RATE, Samples, Sound
from engine.findings import Stretch
from engine.stretches import clipped, joined

BLOCK_MS = 2_000  # handed over at once; uneven or longer blocks make the diarizer do its work twice
EDGE_MS = 150  # kept around speech
SHORTEST_TURN_MS = 400  # what is shorter inside a line of speech belongs to the neighbour


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn is a stretch in which one speaker talks.

    The number has no meaning beyond telling speakers apart.
    """

    start_ms: int
    end_ms: int
    speaker: int


def tell_apart(sound: Sound, speech: Sequence[Stretch], check: Callable[[float], None]) -> list[Turn]:
    """Return the turns of all speakers, on the clip's timeline."""
    kept = joined((Stretch(max(0, each.start_ms - EDGE_MS), each.end_ms + EDGE_MS) for each in speech), gap_ms=0)
    kept = clipped(kept, 0, sound.duration_ms)
    with models.speakers().using() as transcriber:
        stream = transcriber.create_stream(update_interval=BLOCK_MS / 1000)
        try:
            stream.start()
            whole_ms = sum(each.duration_ms for each in kept)
            for number, block in enumerate(_blocks(sound, kept)):
                check(number * BLOCK_MS / whole_ms)
                stream.add_audio(block, SAMPLE_RATE)
            transcript = stream.stop()
        finally:
            stream.close()
    spans = [span for line in transcript.lines for span in line.speaker_spans or ()] if transcript else []
    return [turn for span in spans for turn in _on_timeline(span, kept)]


def _blocks(sound: Sound, kept: Sequence[Stretch]) -> Iterator[Samples]:
    """Yield the kept stretches one after the other, in blocks of exactly BLOCK_MS.

    The last one may be shorter.
    """
    size = BLOCK_MS * SAMPLE_RATE // 1000
    waiting = np.empty(0, np.float32)
    for stretch in kept:
        for start in range(stretch.start_ms, stretch.end_ms, BLOCK_MS):
            waiting = np.concatenate([waiting, sound.read(start, min(start + BLOCK_MS, stretch.end_ms))])
            if len(waiting) >= size:
                yield waiting[:size]
                waiting = waiting[size:]
    if len(waiting):
        yield waiting


def _on_timeline(span: Any, kept: Sequence[Stretch]) -> list[Turn]:
    """Map a span of the shortened sound to the clip's timeline.

    It may reach over a pause that was left out.
    """
    turns, passed = [], 0
    start, end = round(span.start_time * 1000), round((span.start_time + span.duration) * 1000)
    for stretch in kept:
        shift = stretch.start_ms - passed
        for part in clipped([Stretch(start + shift, end + shift)], stretch.start_ms, stretch.end_ms):
            turns.append(Turn(part.start_ms, part.end_ms, span.speaker_index))
        passed += stretch.duration_ms
    return turns


def divided(stretch: Stretch, turns: Sequence[Turn]) -> list[tuple[Stretch, int | None]]:
    """Cut a line of speech where the speaker changes.

    `None` where no turn covers any of it.
    """
    inside = sorted(
        (turn for turn in turns if min(turn.end_ms, stretch.end_ms) - max(turn.start_ms, stretch.start_ms) > 0),
        key=lambda turn: turn.start_ms,
    )
    if not inside:
        return [(stretch, None)]
    lasting = [
        turn
        for turn in inside
        if min(turn.end_ms, stretch.end_ms) - max(turn.start_ms, stretch.start_ms) >= SHORTEST_TURN_MS
    ]
    parts: list[tuple[Stretch, int | None]] = []
    start, speaker = stretch.start_ms, (lasting or inside)[0].speaker
    for turn in lasting[1:]:
        if turn.speaker != speaker and turn.start_ms > start:
            parts.append((Stretch(start, turn.start_ms), speaker))
            start, speaker = turn.start_ms, turn.speaker
    return [*parts, (Stretch(start, stretch.end_ms), speaker)]

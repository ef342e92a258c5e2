"""Turn English speech into utterances with times.

Lines of speech are read together, for context, and alone, for times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine import models
from engine.decoding import SAMPLE_RATE, Samples, Sound
from engine.findings import Stretch, Utterance
from engine.voices import Turn, divided
from engine.wording import ends_sentence, shared_out, tidied

EDGE_MS = 150  # of sound around a stretch
LONGEST_READING_MS = 20_000
LONGEST_PAUSE_MS = 1_000  # inside one reading
UTTERANCE_PAUSE_MS = 700  # a longer pause ends an utterance
SHORTEST_SENTENCE_MS = 2_000  # a sentence ends an utterance that lasts at least so long
LONGEST_UTTERANCE_MS = 12_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line is speech between two pauses.

    It has its words once they are known.
    """

    stretch: Stretch
    speaker: int | None
    text: str = ""


def transcribe(
    sound: Sound, speech: Sequence[Stretch], turns: Sequence[Turn] | None, check: Callable[[float], None]
) -> list[Utterance]:
    """Return the utterances in `speech`.

    `turns` is None where speakers are not told apart.
    """
    lines = [Line(*part) for stretch in speech for part in divided(stretch, turns or ())]
    read: list[Line] = []
    for group in grouped(lines):
        check(len(read) / len(lines))
        read += _read(sound, group)
    return utterances(read, told_apart=turns is not None)


def grouped(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Group the lines that are read together.

    Short pauses are between them, and a group is not too long in all.
    """
    group: list[Line] = []
    for line in lines:
        if group and (
            line.stretch.start_ms - group[-1].stretch.end_ms > LONGEST_PAUSE_MS
            or line.stretch.end_ms - group[0].stretch.start_ms > LONGEST_READING_MS
        ):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _read(sound: Sound, group: Sequence[Line]) -> list[Line]:
    whole = _words(_around(sound, group[0].stretch.start_ms, group[-1].stretch.end_ms))
    if len(group) == 1:
        texts = [whole]
    else:
        alone = [_words(_around(sound, line.stretch.start_ms, line.stretch.end_ms)) for line in group]
        texts = shared_out(whole, alone)
    return [Line(line.stretch, line.speaker, text) for line, text in zip(group, texts, strict=True)]


def _around(sound: Sound, start_ms: int, end_ms: int) -> Samples:
    return sound.read(start_ms - EDGE_MS, end_ms + EDGE_MS)


def _words(samples: Samples) -> str:
    with models.english().using() as transcriber:
        lines = transcriber.transcribe_without_streaming(samples, SAMPLE_RATE).lines
    return " ".join(line.text.strip() for line in lines if line.text)


def utterances(lines: Sequence[Line], told_apart: bool) -> list[Utterance]:
    """Join lines to utterances: one speaker, no long pause, a sentence if possible.

    Speakers count from 1.
    """
    result: list[Utterance] = []
    numbers: dict[int, int] = {}
    for line in lines:
        if not line.text:
            continue
        speaker = _number(line.speaker, numbers, result) if told_apart else None
        last = result[-1] if result else None
        if last and last.speaker == speaker and _continues(last, line):
            result[-1] = Utterance(last.start_ms, line.stretch.end_ms, speaker, tidied(f"{last.text} {line.text}"))
        else:
            result.append(Utterance(line.stretch.start_ms, line.stretch.end_ms, speaker, tidied(line.text)))
    return result


def _number(speaker: int | None, numbers: dict[int, int], before: Sequence[Utterance]) -> int:
    """Number speakers in the order in which they first speak.

    A line of nobody belongs to the speaker before it.
    """
    if speaker is None:
        return before[-1].speaker or 1 if before else 1
    return numbers.setdefault(speaker, len(numbers) + 1)


def _continues(last: Utterance, line: Line) -> bool:
    pause = line.stretch.start_ms - last.end_ms
    ended = ends_sentence(last.text) and last.end_ms - last.start_ms >= SHORTEST_SENTENCE_MS
    return pause < UTTERANCE_PAUSE_MS and not ended and line.stretch.end_ms - last.start_ms <= LONGEST_UTTERANCE_MS

"""Drop lines that nobody said: invented over silence, or repeated without end.

Loops that run on in a raw answer are cut where it is parsed (tasks/answer/loops.py); here are those that came out as
utterances of their own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from tasks.records import Span
from tasks.subtitles.cue import Speech

DropReason = Literal["loop", "loop_on_silence", "invented_on_silence"]

REPEATS = 8  # of the same line in a row, from which on it is a loop: a refrain is shorter
SILENT_REPEATS = 3  # likewise where the recording is silent
_SILENT = 0.8  # of an utterance, from which on it lies in silence


@dataclass(frozen=True, slots=True)
class Dropped:
    """Hold speech that is not shown, and why."""

    speech: Speech
    reason: DropReason
    times: int  # how often the line came in a row

    @property
    def limit(self) -> int:
        """Give the fewest times for which such a line is dropped."""
        return {"loop": REPEATS, "loop_on_silence": SILENT_REPEATS, "invented_on_silence": 1}[self.reason]


@dataclass(frozen=True, slots=True)
class Kept:
    """Hold what is shown, and what is not."""

    speech: tuple[Speech, ...]
    dropped: tuple[Dropped, ...]


def drop_invented(speech: Sequence[Speech], silences: Sequence[Span], invented_lines: Iterable[str]) -> Kept:
    """Part what was said from what a model invented.

    A line that comes 8 times in a row or more is kept once. In silence nothing is said: there a line of the list, or
    one that comes 3 times in a row, is not kept at all. `silences` are those of the recording, () where not known.

    >>> said = Speech(0, 2000, "", "Thanks for watching!")
    >>> drop_invented([said], [Span(0, 5000)], ["Thanks for watching."]).dropped[0].reason
    'invented_on_silence'
    """
    known = {plain_words(line) for line in invented_lines}
    kept: list[Speech] = []
    dropped: list[Dropped] = []
    for words, group in groupby(speech, key=lambda one: plain_words(one.text)):
        run = list(group)
        suspect = words in known or len(run) >= SILENT_REPEATS
        silent = [one for one in run if suspect and _silent_share(one, silences) >= _SILENT]
        if words in known or len(silent) >= SILENT_REPEATS:
            reason: DropReason = "invented_on_silence" if words in known else "loop_on_silence"
            dropped += [Dropped(one, reason, len(run)) for one in silent]
            run = [one for one in run if one not in silent]
        if len(run) >= REPEATS and words:
            dropped += [Dropped(one, "loop", len(run)) for one in run[1:]]
            run = run[:1]
        kept += run
    return Kept(tuple(kept), tuple(sorted(dropped, key=lambda drop: drop.speech.start_ms)))


def plain_words(text: str) -> str:
    """Give the text without case and punctuation, to compare lines by.

    >>> plain_words("Thanks, for  watching!")
    'thanks for watching'
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    letters = (sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in folded)
    return " ".join("".join(letters).split())


def _silent_share(one: Speech, silences: Sequence[Span]) -> float:
    duration = max(1, one.end_ms - one.start_ms)
    return sum(_common(one, silences)) / duration


def _common(one: Speech, silences: Sequence[Span]) -> Iterator[int]:
    for silence in silences:
        yield max(0, min(one.end_ms, silence.end_ms) - max(one.start_ms, silence.start_ms))

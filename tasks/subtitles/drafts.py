"""Turn speech into drafts: the words of one cue each, and when they are said.

A draft is not yet timed: tasks/subtitles/timing.py says when it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from tasks.records import Span
from tasks.subtitles.chunks import chunk_text
from tasks.subtitles.cue import CueLine, Layout, Speech, Turn
from tasks.subtitles.languages import speaker_label
from tasks.subtitles.lines import Room, Run, best_cues
from tasks.subtitles.measure import text_width
from tasks.subtitles.turns import join_turns, lay_out
from tasks.subtitles.word_times import chunk_times

NamesFor = Literal["none", "first", "each"]  # the cues of an utterance that may have to show the speaker's name

_TOO_LONG = 400  # the cost of a cue that lasts too long ...
_TOO_SHORT = 30  # ... and of one that is not said for long enough to be read
_PAUSE = 16  # of a second's pause inside a cue: from some 0.6 s on, sentences are better shown apart


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold what one cue will show, and when it is said."""

    spoken: Span
    turns: tuple[Turn, ...]
    lines: tuple[CueLine, ...]
    is_part: bool = False  # of a draft that was divided, so that another speaker's words may stand with it

    def with_turns(self, turns: tuple[Turn, ...], layout: Layout) -> Draft:
        """Change the turns; the draft stays as it is where these don't fit."""
        lines = lay_out(turns, layout)
        return self if lines is None else replace(self, turns=turns, lines=lines)


def join_drafts(first: Draft, second: Draft, layout: Layout) -> Draft | None:
    """Make one draft of two; None where their turns don't fit into a cue.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> drafts = split_speech(Speech(0, 900, "Ann", "Oh."), plain_layout("en"))
    >>> join_drafts(drafts[0], drafts[0], plain_layout("en")).turns
    (Turn(speaker='Ann', text='Oh. Oh.', label=False),)
    """
    turns = join_turns(first.turns, second.turns)
    lines = lay_out(turns, layout)
    if lines is None:
        return None
    spoken = Span(min(first.spoken.start_ms, second.spoken.start_ms), max(first.spoken.end_ms, second.spoken.end_ms))
    return Draft(spoken, turns, lines)


def split_speech(
    speech: Speech, layout: Layout, names: NamesFor = "none", most_lines: int | None = None
) -> list[Draft]:
    """Divide what is said into drafts, each as long as a cue may be.

    `names` says which of them begin with the speaker's name, for now. Times of single words and
    pauses are kept to where known.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> drafts = split_speech(Speech(0, 9000, "", "It rained. " * 9), plain_layout("en"))
    >>> [(draft.spoken.start_ms, len(draft.lines)) for draft in drafts]
    [(0, 2), (5969, 1)]
    """
    run = Run.of(chunk_text(speech.text, layout), layout.limits.counting)
    times = chunk_times(speech, run.chunks)
    paused = list(accumulate(times.pause_ms(number) for number in range(len(times.starts))))
    plain = Room(layout.limits.characters_per_line, most_lines or layout.limits.max_lines)
    named = replace(plain, lead=text_width(speaker_label(speech.speaker, layout.language), layout.limits.counting))

    def has_name(start: int) -> bool:
        return names == "each" or (names == "first" and start == 0)

    def slowness(start: int, stop: int) -> float:
        lasts = times.ends[stop] - times.starts[start]
        if lasts > layout.limits.max_duration_ms:
            return _TOO_LONG * lasts / layout.limits.max_duration_ms
        missing = 1 - lasts / layout.limits.min_duration_ms
        cost = _TOO_SHORT * missing if missing > 0 and (start, stop) != (0, len(run.chunks)) else 0.0
        return cost + _PAUSE * (paused[stop - 1] - paused[start]) / 1000

    drafts, start = [], 0
    for stop in best_cues(run, lambda first: named if has_name(first) else plain, slowness):
        turn = Turn(speech.speaker, run.text(start, stop), has_name(start))
        lines = lay_out((turn,), layout) or (CueLine(turn.speaker, turn.text),)
        drafts.append(Draft(Span(times.starts[start], times.ends[stop]), (turn,), lines))
        start = stop
    return drafts

"""Check cues against their style: each violation, its limit, and if it stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tasks.subtitles.chunks import chunk_text
from tasks.subtitles.cue import Cue, Layout
from tasks.subtitles.invented import Dropped, DropReason
from tasks.subtitles.joining import brief_rules, joined_turns
from tasks.subtitles.languages import speaker_label
from tasks.subtitles.measure import text_width
from tasks.subtitles.timing import latest_end
from tasks.subtitles.turns import line_width, reading_ms

Rule = Literal[
    "line_length", "line_count", "reading_speed", "min_duration", "max_duration", "min_gap", "open_gap", "overlap"
]


@dataclass(frozen=True, slots=True)
class Violation:
    """Hold a rule that a cue breaks or, without a cue, a line that was dropped.

    A row of the table `subtitle_qc`.

    Values and limits are in the rule's own unit: characters, lines, characters a second, or milliseconds; of a dropped
    line how often it came.
    """

    cue: int | None  # from 1, as in an SRT file
    start_ms: int
    end_ms: int
    rule: Rule | DropReason
    value: float
    limit: float
    mendable: bool  # the same words could be shown without it


def check_cues(cues: Sequence[Cue], layout: Layout) -> tuple[Violation, ...]:
    """List all violations of the layout's limits, in the order of the cues.

    A line is mendable if its text has a place to break at; too many lines, too long a duration and too small a gap
    always are; an open gap is unless the cue would last too long. A cue that is shown too briefly is mendable if there
    is room behind it, or if it fits into one cue with a neighbour. That it could start before its words does not count.

    >>> from tasks.subtitles.cue import CueLine, Turn
    >>> from tasks.subtitles.layouts import plain_layout
    >>> cue = Cue(0, 500, (Turn("", "Yes."),), (CueLine("", "Yes."),))
    >>> [(v.rule, v.value, v.limit, v.mendable) for v in check_cues([cue], plain_layout("en"))]
    [('min_duration', 500, 834, True)]
    """
    return tuple(violation for number in range(len(cues)) for violation in _violations(cues, number, layout))


def dropped_rows(dropped: Sequence[Dropped]) -> tuple[Violation, ...]:
    """Make the rows that say which lines were dropped.

    Their limit is the fewest times for which such a line is.

    >>> from tasks.subtitles.cue import Speech
    >>> [(row.rule, row.value, row.limit) for row in dropped_rows([Dropped(Speech(0, 900, "", "La"), "loop", 9)])]
    [('loop', 9, 8)]
    """
    return tuple(
        Violation(None, drop.speech.start_ms, drop.speech.end_ms, drop.reason, drop.times, drop.limit, mendable=False)
        for drop in dropped
    )


def _violations(cues: Sequence[Cue], number: int, layout: Layout) -> Iterator[Violation]:
    cue, limits = cues[number], layout.limits

    def found(rule: Rule, value: float, limit: float, mendable: bool) -> Violation:
        return Violation(number + 1, cue.start_ms, cue.end_ms, rule, value, limit, mendable)

    for line in cue.lines:
        if line_width(line, layout) > limits.characters_per_line:
            width = line_width(line, layout)
            yield found("line_length", width, limits.characters_per_line, _can_break(cue, layout))
    if len(cue.lines) > limits.max_lines:
        yield found("line_count", len(cue.lines), limits.max_lines, mendable=True)
    if cue.duration_ms > limits.max_duration_ms:
        yield found("max_duration", cue.duration_ms, limits.max_duration_ms, mendable=True)
    brief = brief_rules(cue.lines, cue.duration_ms, layout)
    mendable = bool(brief) and _can_be_held(cues, number, layout)
    if "min_duration" in brief:
        yield found("min_duration", cue.duration_ms, limits.min_duration_ms, mendable)
    if "reading_speed" in brief:
        speed = round(reading_ms(cue.lines, layout) * layout.characters_per_second / max(1, cue.duration_ms), 2)
        yield found("reading_speed", speed, layout.characters_per_second, mendable)
    if number + 1 < len(cues):
        gap = cues[number + 1].start_ms - cue.end_ms
        if gap < 0:
            yield found("overlap", -gap, 0, mendable=True)
        elif gap < layout.gap_ms:
            yield found("min_gap", gap, layout.gap_ms, mendable=True)
        elif layout.gap_ms < gap < limits.close_gaps_below_ms:
            mendable = latest_end(cue.start_ms, cues[number + 1].start_ms, layout) > cue.end_ms
            yield found("open_gap", gap, limits.close_gaps_below_ms, mendable)


def _can_break(cue: Cue, layout: Layout) -> bool:
    """Tell whether no part that cannot be broken is wider than a line."""
    counting, widest = layout.limits.counting, layout.limits.characters_per_line
    parts = [chunk.text for turn in cue.turns for chunk in chunk_text(turn.text, layout)]
    names = [speaker_label(turn.speaker, layout.language) for turn in cue.turns if turn.label]
    return all(text_width(part, counting) <= widest for part in [*parts, *names])


def _can_be_held(cues: Sequence[Cue], number: int, layout: Layout) -> bool:
    """Tell whether there is room behind a cue, or in a neighbour."""
    cue, before = cues[number], cues[number - 1] if number else None
    following = [*cues[number + 1 : number + 3], None, None]
    next_start, after_next = (one.start_ms if one else None for one in following[:2])
    longest = latest_end(cue.start_ms, next_start, layout) - cue.start_ms
    if not brief_rules(cue.lines, longest, layout):
        return True
    if before and joined_turns(before, cue, next_start, layout):
        return True
    return bool(following[0] and joined_turns(cue, following[0], after_next, layout))

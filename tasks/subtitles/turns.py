"""Lay the turns of a cue out in lines, and say how long these take to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tasks.subtitles.chunks import chunk_text
from tasks.subtitles.cue import CueLine, Layout, Turn
from tasks.subtitles.languages import speaker_label
from tasks.subtitles.lines import Room, Run, best_lines
from tasks.subtitles.measure import join_texts, text_width


def lay_out(turns: Sequence[Turn], layout: Layout) -> tuple[CueLine, ...] | None:
    """Break the turns of a cue into lines; None where these would be too many.

    Two speakers share the lines evenly, and each begins with the style's dash.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> [line.text for line in lay_out([Turn("Ann", "Ready?"), Turn("Bob", "Yes.", label=True)], plain_layout("en"))]
    ['-Ready?', '-Bob: Yes.']
    """
    lines_each = layout.limits.max_lines // len(turns)
    if lines_each == 0:
        return None
    dash = layout.limits.dash if len(turns) > 1 else ""
    lines: list[CueLine] = []
    for turn in turns:
        broken = _break_turn(turn, dash, lines_each, layout)
        if broken is None:
            return None
        lines += broken
    return tuple(lines)


def _break_turn(turn: Turn, dash: str, most: int, layout: Layout) -> list[CueLine] | None:
    run = Run.of(chunk_text(turn.text, layout), layout.limits.counting)
    lead = dash + (speaker_label(turn.speaker, layout.language) if turn.label else "")
    room = Room(layout.limits.characters_per_line, most, text_width(lead, layout.limits.counting))
    found = best_lines(run, 0, len(run.chunks), room)
    if found is None:
        return None
    texts = [run.text(start, stop) for start, stop in zip((0, *found.stops), found.stops, strict=False)]
    return [CueLine(turn.speaker, text) for text in [(lead + texts[0]).rstrip(), *texts[1:]]]


def join_turns(first: Sequence[Turn], second: Sequence[Turn]) -> tuple[Turn, ...]:
    """Make the turns of one cue of those of two.

    What a speaker goes on to say belongs to the same turn.

    >>> join_turns([Turn("Ann", "Well,")], [Turn("Ann", "yes."), Turn("Bob", "Good.")])
    (Turn(speaker='Ann', text='Well, yes.', label=False), Turn(speaker='Bob', text='Good.', label=False))
    """
    last, after = first[-1], second[0]
    if last.speaker != after.speaker:
        return (*first, *second)
    return (*first[:-1], replace(last, text=join_texts(last.text, after.text)), *second[1:])


def is_too_wide(lines: Sequence[CueLine], layout: Layout) -> bool:
    """Tell whether any of the lines is wider than the style allows.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> is_too_wide([CueLine("", "Four words, no more.")], plain_layout("en", width=12))
    True
    """
    return any(line_width(line, layout) > layout.limits.characters_per_line for line in lines)


def line_width(line: CueLine, layout: Layout) -> float:
    """Measure a line as the style counts.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> line_width(CueLine("", "Ready?"), plain_layout("en"))
    6
    """
    return text_width(line.text, layout.limits.counting)


def needed_ms(lines: Sequence[CueLine], layout: Layout) -> int:
    """Say how long lines must be shown.

    For their characters, without the breaks between them, and at least the minimum.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> needed_ms([CueLine("", "Forty characters take two seconds, here.")], plain_layout("en", speed=20))
    2000
    """
    return max(layout.limits.min_duration_ms, reading_ms(lines, layout))


def reading_ms(lines: Sequence[CueLine], layout: Layout) -> int:
    """Say how long the characters of lines take to read, rounded up.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> reading_ms([CueLine("", "Ready?")], plain_layout("en", speed=20))
    300
    """
    return -int(-1000 * sum(line_width(line, layout) for line in lines) / layout.characters_per_second // 1)

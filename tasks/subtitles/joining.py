"""Judge whether cues can be read in time, and whether two would better be one."""

from __future__ import annotations

from tasks.subtitles.cue import Cue, CueLine, Layout, Turn
from tasks.subtitles.timing import latest_end
from tasks.subtitles.turns import is_too_wide, join_turns, lay_out, reading_ms

_PAUSE_MS = 1000  # over a longer pause, words would be shown long before they are said


def brief_rules(lines: tuple[CueLine, ...], duration_ms: int, layout: Layout) -> list[str]:
    """List the rules that a cue breaks because it is shown too briefly.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> brief_rules((CueLine("", "Sixteen letters."),), 700, plain_layout("en"))
    ['min_duration', 'reading_speed']
    """
    broken = ["min_duration"] if duration_ms < layout.limits.min_duration_ms else []
    return [*broken, "reading_speed"] if duration_ms < reading_ms(lines, layout) else broken


def joined_turns(first: Cue, second: Cue, next_start_ms: int | None, layout: Layout) -> tuple[Turn, ...] | None:
    """Make the turns of one cue of two, where one alone is shown too briefly.

    None where that spares the viewer nothing.

    `next_start_ms`: when the cue behind them starts. Joined they must fit, and not be said over a longer pause.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> said = [(Turn("", "No."), 0, 400), (Turn("", "Never."), 484, 2000)]
    >>> cues = [Cue(start, end, (turn,), (CueLine("", turn.text),)) for turn, start, end in said]
    >>> joined_turns(*cues, None, plain_layout("en"))
    (Turn(speaker='', text='No. Never.', label=False),)
    """
    before = [*_brief(first, layout), *_brief(second, layout)]
    if not before or second.start_ms - first.end_ms > _PAUSE_MS:
        return None
    turns = join_turns(first.turns, second.turns)
    lines = lay_out(turns, layout)
    if lines is None or is_too_wide(lines, layout):
        return None
    if second.end_ms - first.start_ms > layout.limits.max_duration_ms:
        return None
    longest_ms = latest_end(first.start_ms, next_start_ms, layout) - first.start_ms
    return turns if len(brief_rules(lines, longest_ms, layout)) < len(before) else None


def _brief(cue: Cue, layout: Layout) -> list[str]:
    return brief_rules(cue.lines, cue.duration_ms, layout)

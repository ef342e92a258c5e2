"""Say when each cue is shown: long enough where there is room, never two."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.subtitles.cue import Cue, Layout
from tasks.subtitles.drafts import Draft
from tasks.subtitles.turns import needed_ms

_SHORTEST_MS = 100  # of any cue, however many are said at the same instant


def time_cues(drafts: Sequence[Draft], layout: Layout, needs: Sequence[int] | None = None) -> list[Cue]:
    """Give each draft its time; the drafts are in the order in which they are said.

    `needs` say how long each must be shown, in ms, where that is not as its lines say.

    A cue starts with its words; a little later or earlier where the one before or it itself needs the time and the
    other can spare it; of two that are said at the same time the second waits for the first. It ends with its words,
    later where it takes longer to read and nothing follows. A gap shorter than `close_gaps_below_ms` is closed.

    >>> from tasks.records import Span
    >>> from tasks.subtitles.layouts import plain_layout
    >>> drafts = [Draft(Span(0, 1500), (), ()), Draft(Span(1700, 1900), (), ())]
    >>> [(cue.start_ms, cue.end_ms) for cue in time_cues(drafts, plain_layout("en"))]
    [(0, 1616), (1700, 2534)]
    """
    needs = [needed_ms(draft.lines, layout) for draft in drafts] if needs is None else needs
    starts = _with_leads(_starts(drafts, needs, layout), drafts, needs, layout)
    nexts: list[int | None] = [*starts[1:], None][: len(starts)]
    return [
        Cue(start, _end(draft, need, (start, next_start), layout), draft.turns, draft.lines)
        for draft, need, start, next_start in zip(drafts, needs, starts, nexts, strict=True)
    ]


def latest_end(start_ms: int, next_start_ms: int | None, layout: Layout) -> int:
    """Find the latest time at which a cue may end.

    Before the next one or the recording's end, and not too long after its start.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> latest_end(0, 3000, plain_layout("en")), latest_end(0, None, plain_layout("en"))
    (2916, 7000)
    """
    longest = start_ms + layout.limits.max_duration_ms
    if next_start_ms is not None:
        return min(longest, next_start_ms - layout.gap_ms)
    return longest if layout.end_ms is None else max(start_ms + _SHORTEST_MS, min(longest, layout.end_ms))


def _starts(drafts: Sequence[Draft], needs: Sequence[int], layout: Layout) -> list[int]:
    starts: list[int] = []
    for number, draft in enumerate(drafts):
        spoken_ms = draft.spoken.start_ms
        if not starts:
            starts.append(spoken_ms)
            continue
        wanted = starts[-1] + needs[number - 1] + layout.gap_ms
        latest = spoken_ms + _delay_ms(drafts[number - 1 : number + 2], needs[number], layout)
        earliest = starts[-1] + _SHORTEST_MS + layout.gap_ms
        starts.append(max(spoken_ms, min(wanted, latest), earliest))
    return starts


def _with_leads(starts: Sequence[int], drafts: Sequence[Draft], needs: Sequence[int], layout: Layout) -> list[int]:
    """Start brief cues earlier, where the one before can be read in less time."""
    earlier = list(starts)
    for number in range(len(drafts) - 1, 0, -1):
        next_start = earlier[number + 1] if number + 1 < len(drafts) else None
        shown_ms = latest_end(earlier[number], next_start, layout) - earlier[number]
        lacking = needs[number] - shown_ms
        spare = earlier[number] - layout.gap_ms - earlier[number - 1] - needs[number - 1]
        not_before = drafts[number].spoken.start_ms - layout.limits.max_lead_ms
        lead = min(lacking, spare, earlier[number] - not_before)
        earlier[number] -= max(0, lead)
    return earlier


def _delay_ms(some: Sequence[Draft], need_ms: int, layout: Layout) -> int:
    """Say how much later than its words a cue may start for the one before.

    `some` are the one before, the draft itself, and the one after if there is one.
    """
    before, draft, *following = some
    together = min(before.spoken.end_ms, draft.spoken.end_ms) - draft.spoken.start_ms
    if together > layout.gap_ms:
        return max(layout.limits.max_delay_ms, together)
    if not following:
        return layout.limits.max_delay_ms
    spare = following[0].spoken.start_ms - layout.gap_ms - draft.spoken.start_ms - need_ms
    return min(layout.limits.max_delay_ms, max(0, spare))


def _end(draft: Draft, need_ms: int, starts: tuple[int, int | None], layout: Layout) -> int:
    start_ms, next_start_ms = starts
    latest = latest_end(start_ms, next_start_ms, layout)
    end = min(max(draft.spoken.end_ms, start_ms + need_ms), latest)
    if next_start_ms is not None and next_start_ms - end < layout.limits.close_gaps_below_ms:
        end = latest
    return end

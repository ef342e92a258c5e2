"""Make cues out of speech: divided, laid out, timed, joined where too brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tasks.records import Span
from tasks.subtitles.cue import Cue, Layout, Speech
from tasks.subtitles.drafts import Draft, NamesFor, join_drafts, split_speech
from tasks.subtitles.joining import joined_turns
from tasks.subtitles.timing import time_cues
from tasks.subtitles.turns import is_too_wide

_TOGETHER = 0.3  # of the shorter one, from which on two speakers count as speaking at the same time


def make_cues(speech: Sequence[Speech], layout: Layout) -> tuple[Cue, ...]:
    """Make a recording's cues, in order, no two at the same time, no word lost.

    >>> from tasks.subtitles.layouts import plain_layout
    >>> cues = make_cues([Speech(0, 400, "Ann", "Who is there?"), Speech(500, 900, "Bob", "Me.")], plain_layout("en"))
    >>> [(cue.start_ms, cue.end_ms, cue.text) for cue in cues]
    [(0, 900, '-Who is there?\\n-Me.')]
    """
    drafts = _labelled(_rejoined(_paired(_divided(speech, layout), layout), layout), layout)
    while True:
        cues = time_cues(drafts, layout)
        joined = _joined(drafts, cues, layout)
        if len(joined) == len(drafts):
            return tuple(cues)
        drafts = joined


def _divided(speech: Sequence[Speech], layout: Layout) -> list[Draft]:
    """Divide all speech into drafts, in the order in which they are said.

    Where two speak at once, each draft has one line.
    """
    ordered = sorted(speech, key=lambda one: (one.start_ms, one.end_ms))
    named = layout.labels != "none" and len({one.speaker for one in ordered if one.speaker}) > 1
    drafts: list[Draft] = []
    goes_on = ""  # who said the utterance before, where nobody spoke meanwhile
    for one, others in zip(ordered, _at_once(ordered), strict=True):
        names: NamesFor = "none"
        if named and one.speaker:
            first: NamesFor = "none" if one.speaker == goes_on else "first"
            names = "each" if others or layout.labels == "always" else first
        goes_on = "" if others else one.speaker
        for draft in split_speech(one, layout, names):
            if len(draft.lines) > 1 and any(_is_together(draft.spoken, other) for other in others):
                part = Speech(draft.spoken.start_ms, draft.spoken.end_ms, one.speaker, draft.turns[0].text)
                drafts += [replace(one_line, is_part=True) for one_line in split_speech(part, layout, names, 1)]
            else:
                drafts.append(draft)
    return sorted(drafts, key=lambda draft: draft.spoken)


def _at_once(ordered: Sequence[Speech]) -> list[list[Span]]:
    """Find for each utterance when other speakers speak meanwhile.

    The utterances are in the order of their starts.
    """
    found: list[list[Span]] = [[] for _ in ordered]
    going_on: list[int] = []
    for number, one in enumerate(ordered):
        going_on = [other for other in going_on if ordered[other].end_ms > one.start_ms]
        for other in going_on:
            if ordered[other].speaker != one.speaker:
                found[number].append(_span(ordered[other]))
                found[other].append(_span(one))
        going_on.append(number)
    return found


def _span(one: Speech) -> Span:
    return Span(one.start_ms, one.end_ms)


def _is_together(first: Span, second: Span) -> bool:
    together = min(first.end_ms, second.end_ms) - max(first.start_ms, second.start_ms)
    return together > 0 and together >= _TOGETHER * min(first.duration_ms, second.duration_ms)


def _paired(drafts: Sequence[Draft], layout: Layout) -> list[Draft]:
    """Put two who speak at the same time into one cue, where their words fit."""
    paired: list[Draft] = []
    for draft in drafts:
        both = _pair(paired[-1], draft, layout) if paired else None
        if both is None:
            paired.append(draft)
        else:
            paired[-1] = both
    return paired


def _pair(first: Draft, second: Draft, layout: Layout) -> Draft | None:
    if first.turns[-1].speaker == second.turns[0].speaker or not _is_together(first.spoken, second.spoken):
        return None
    both = join_drafts(first, second, layout)
    return both if both and _fits(both, layout) else None


def _fits(draft: Draft, layout: Layout) -> bool:
    return draft.spoken.duration_ms <= layout.limits.max_duration_ms and not is_too_wide(draft.lines, layout)


def _rejoined(drafts: Sequence[Draft], layout: Layout) -> list[Draft]:
    """Join the parts of a divided draft again that no other words came to join."""
    rejoined: list[Draft] = []
    for draft in drafts:
        both = _rejoin(rejoined[-1], draft, layout) if rejoined else None
        if both is None:
            rejoined.append(draft)
        else:
            rejoined[-1] = both
    return rejoined


def _rejoin(first: Draft, second: Draft, layout: Layout) -> Draft | None:
    if not (first.is_part and second.is_part and first.spoken.end_ms == second.spoken.start_ms):
        return None
    both = join_drafts(first, second, layout)
    if both is None or len(both.turns) > 1 or not _fits(both, layout):
        return None
    return replace(both, is_part=True)


def _labelled(drafts: Sequence[Draft], layout: Layout) -> list[Draft]:
    """Keep the names before every turn, or only where the speaker changes.

    Only names that are there already may stay, so that nothing grows.
    """
    labelled, last = [], ""
    for draft in drafts:
        turns = []
        for turn in draft.turns:
            shown = turn.label and (layout.labels == "always" or turn.speaker != last)
            turns.append(replace(turn, label=shown))
            last = turn.speaker
        labelled.append(draft.with_turns(tuple(turns), layout))
    return labelled


def _joined(drafts: Sequence[Draft], cues: Sequence[Cue], layout: Layout) -> list[Draft]:
    """Join neighbours where that spares the viewer a cue that is shown too briefly."""
    starts = [*(cue.start_ms for cue in cues), None, None]
    joined: list[Draft] = []
    number = 0
    while number < len(drafts):
        both = None
        if number + 1 < len(drafts) and joined_turns(cues[number], cues[number + 1], starts[number + 2], layout):
            both = join_drafts(drafts[number], drafts[number + 1], layout)
        joined.append(both or drafts[number])
        number += 2 if both else 1
    return joined

"""Decide the outcome of a segment from its answer.

What counts is what the answer holds and what its prompt requires.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import cast

from tasks.answer.loops import Loop
from tasks.answer.registry import SECTIONS
from tasks.answer.section import TimedRow
from tasks.records import Outcome, ParsedAnswer, Span
from tasks.timecode import format_ms

Judgement = tuple[Outcome, str]
"""An outcome and the reason for it, "" where it is ok."""


def judge(parsed: ParsedAnswer, required: Collection[str], span: Span | None, doubts: Sequence[str] = ()) -> Judgement:
    """Judge an answer by its required sections and by its times.

    Doubts about them count, and how much of the segment the times cover; without a span that is among the doubts.

    Where nothing is required, any words will do.

    >>> judge(ParsedAnswer("ok", "", sections={}), ["storyline"], Span(0, 8_000))
    ('malformed', 'no required section found')
    """
    wanted = [section for section in SECTIONS if section.name in required]
    missing = [section.label for section in wanted if section.name not in parsed.sections]
    if wanted and len(missing) == len(wanted):
        return "malformed", "no required section found"
    reasons = [f"missing: {', '.join(missing)}"] if missing else []
    last = _last_ms(parsed)
    if span is not None and last is not None and (cut := stops_early(last - span.start_ms, span)):
        reasons.append(cut)
    reasons += doubts
    return ("partial", "; ".join(reasons)) if reasons else ("ok", "")


def stops_early(until_ms: int, span: Span) -> str:
    """Say that an answer covers less than 80 % of its segment, else "".

    `until_ms` is from the segment's start.

    >>> stops_early(10_000, Span(0, 60_000))
    'the last time is 00:10.000 of 01:00.000'
    """
    if 5 * until_ms >= 4 * span.duration_ms:
        return ""
    return f"the last time is {format_ms(until_ms)} of {format_ms(span.duration_ms)}"


def with_loops(loops: Sequence[Loop], judged: Judgement) -> Judgement | None:
    """Return what loops make of an outcome; None without any.

    A loop runs into the token limit, so it is to blame for that.

    >>> with_loops([], ("ok", "")) is None
    True
    >>> with_loops([Loop(6, 12, "bell. ", 40)], ("truncated", ""))
    ('partial', 'repeated 40 times in a row: “bell.”')
    """
    if not loops:
        return None
    outcome, reason = judged
    reasons = [*(loop.sentence for loop in loops[:3]), reason]
    return "malformed" if outcome == "malformed" else "partial", "; ".join(filter(None, reasons))


def cut_off(finish_reason: str | None) -> Judgement | None:
    """Return what the end of an answer makes of its outcome.

    None where it ended by itself.

    >>> cut_off("length"), cut_off("stop")
    (('truncated', 'the answer was cut off at the token limit'), None)
    """
    return ("truncated", "the answer was cut off at the token limit") if finish_reason == "length" else None


def untimed(parsed: ParsedAnswer) -> str:
    """Return which sections have rows without a time and need one.

    "" where none does.

    An event needs a time always, what is shown or said where anything has one.

    >>> from tasks.records import Event
    >>> untimed(ParsedAnswer("ok", "", sections={"storyline": (Event(None, None, "A bell.", "missing"),)}))
    'without a time: storyline'
    """
    tables = {
        section: cast("tuple[TimedRow, ...]", parsed.sections.get(section.name, ()))
        for section in SECTIONS
        if section.timeline
    }
    any_timed = any(_ends(rows) for rows in tables.values())
    lacking = [
        section.label
        for section, rows in tables.items()
        if len(_ends(rows)) < len(rows) and (any_timed or section.name == "storyline")
    ]
    return f"without a time: {', '.join(lacking)}" if lacking else ""


def _last_ms(parsed: ParsedAnswer) -> int | None:
    """Return the end of the last timed row of any section.

    None without a timed storyline, which alone should cover it all.
    """
    if not _ends(parsed.storyline or ()):
        return None
    rows = [cast("Iterable[TimedRow]", parsed.sections.get(section.name, ())) for section in SECTIONS]
    return max(end for table in rows for end in _ends(table))


def _ends(rows: Iterable[TimedRow]) -> list[int]:
    return [row.end_ms for row in rows if row.end_ms is not None]

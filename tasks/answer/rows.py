"""Put the rows of sections on the recording's timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from tasks.answer.section import TimedRow
from tasks.records import Span, TimeQuality
from tasks.timecode import format_ms

Row = TypeVar("Row", bound=TimedRow)
_NO_TIME = "??:?? - ??:??"
_MARKUP = " \t\n*_`#~|<>[]{}()=+\\/:;,.…-–—\"'“”„「」『』"


def quality(start_ms: int | None) -> TimeQuality:
    """Return the quality of a time as it was answered.

    >>> quality(1_000), quality(None)
    ('model', 'missing')
    """
    return "missing" if start_ms is None else "model"


def written_time(start_ms: int, end_ms: int) -> str:
    """Return a range in the contract's form.

    >>> written_time(0, 7500)
    '00:00.000 - 00:07.500'
    """
    return f"{format_ms(start_ms)} - {format_ms(end_ms)}"


def is_markup(text: str) -> bool:
    """Say whether a text consists of Markdown, punctuation of code, and dots alone.

    >>> is_markup("|---|"), is_markup("♪"), is_markup("?")
    (True, False, False)
    """
    return not text.strip(_MARKUP)


def under_times(rows: Sequence[TimedRow], texts: Iterable[str], span: Span) -> list[str]:
    r"""Write texts under the times of their rows, from the clip's start.

    A row without a time among others with one stands under a time that cannot be read, or it would join the last.

    >>> from tasks.records import Event
    >>> under_times([Event(61_000, 64_000, "A bell.", "model")], ["A bell."], Span(60_000, 68_000))
    ['00:01.000 - 00:04.000\nA bell.']
    """
    timed = any(row.start_ms is not None for row in rows)
    times = [_time_above(row, span, timed) for row in rows]
    return [f"{time}\n{text}" if time else text for time, text in zip(times, texts, strict=True)]


def _time_above(row: TimedRow, span: Span, timed: bool) -> str:
    if row.start_ms is None or row.end_ms is None:
        return _NO_TIME if timed else ""
    return written_time(row.start_ms - span.start_ms, row.end_ms - span.start_ms)


def without_times(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows of an image, which has no times, whatever an answer says.

    >>> from tasks.records import Event
    >>> [row.time_quality for row in without_times([Event(0, 4_000, "A bell.", "model")])]
    ['missing']
    """
    return tuple(replace(row, start_ms=None, end_ms=None, time_quality="missing") for row in rows)


def on_timeline(rows: Sequence[Row], span: Span) -> tuple[Row, ...]:
    """Place rows on the recording's timeline, sorted by start.

    Rows without a time keep their neighbours.

    `clamped` goes before `reordered` where both are true: the time itself was changed.

    >>> from tasks.records import Event
    >>> [row.end_ms for row in on_timeline([Event(1_000, 99_000, "A bell.", "model")], Span(60_000, 68_000))]
    [68000]
    """
    latest = -1  # the largest start so far, as answered
    placed: list[tuple[int, Row]] = []
    place = span.start_ms
    for answered in rows:
        row = answered
        if row.start_ms is None or row.end_ms is None:
            placed.append((place, row))
            continue
        first, last = sorted((row.start_ms, row.end_ms))
        start, end = _clamp(span.start_ms + first, span), _clamp(span.start_ms + last, span)
        quality: TimeQuality = "model"
        if row.start_ms > row.end_ms or first < latest:
            quality = "reordered"
        if (start, end) != (span.start_ms + first, span.start_ms + last):
            quality = "clamped"
        latest, place = max(latest, first), start
        if (start, end, quality) != (row.start_ms, row.end_ms, row.time_quality):
            row = replace(row, start_ms=start, end_ms=end, time_quality=quality)
        placed.append((place, row))
    return tuple(row for _, row in sorted(placed, key=lambda pair: pair[0]))


def _clamp(ms: int, span: Span) -> int:
    return min(max(ms, span.start_ms), span.end_ms)

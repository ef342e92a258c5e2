"""Tell files apart by their times, where an answer names none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from tasks.answer.section import TimedRow
from tasks.records import Span

Row = TypeVar("Row", bound=TimedRow)


def by_restart(rows: Sequence[Row], lengths: Sequence[int], *, shared: bool = False) -> tuple[Row, ...] | None:
    """Give each row its file by where the times start again.

    None where that does not fit the files' lengths. `shared`: rows that follow each other may have the same times, as
    texts that show together do.

    Where they never do and reach beyond the first file, they count over all files as if those followed each other.

    >>> from tasks.records import Event
    >>> rows = [Event(0, 3_000, "A bell.", "model"), Event(0, 2_000, "A door.", "model")]
    >>> [row.member_seq for row in by_restart(rows, (4_000, 4_000))]
    [1, 2]
    """
    timed = [row for row in rows if row.start_ms is not None and row.end_ms is not None]
    if not timed or len(timed) < len(rows):
        return None
    runs: list[list[Row]] = [[]]
    for row in rows:
        if runs[-1] and _starts_again(row, runs[-1][-1], shared):
            runs.append([])
        runs[-1].append(row)
    if len(runs) == len(lengths):
        fits = all(
            (row.end_ms or 0) <= length + _TOLERANCE_MS
            for run, length in zip(runs, lengths, strict=True)
            for row in run
        )
        return tuple(_of(row, number) for number, run in enumerate(runs, 1) for row in run) if fits else None
    if len(runs) == 1 and lengths[0] + _TOLERANCE_MS < (rows[-1].end_ms or 0) <= sum(lengths) + _TOLERANCE_MS:
        return tuple(_of_whole(row, lengths) for row in rows)
    return None


def of_member(rows: Sequence[Row], member: int | None) -> tuple[Row, ...]:
    """Return the rows as those of a file.

    >>> from tasks.records import Event
    >>> of_member([Event(0, 3_000, "A bell.", "model")], 2)[0].member_seq
    2
    """
    return tuple(rows) if member is None else tuple(_of(row, member) for row in rows)


def span_of(member: int | None, lengths: Sequence[int]) -> Span:
    """Return the span of a file's times; of an unknown one that of the longest.

    >>> span_of(2, (4_000, 5_000)).end_ms
    5000
    """
    return Span(0, max(lengths) if member is None else lengths[member - 1])


def _starts_again(row: TimedRow, before: TimedRow, shared: bool) -> bool:
    assert row.start_ms is not None
    assert before.start_ms is not None
    if row.start_ms == before.start_ms:
        return not (shared and row.end_ms == before.end_ms)
    return row.start_ms < before.start_ms


def _of(row: Row, member: int) -> Row:
    return replace(row, member_seq=member)


def _of_whole(row: Row, lengths: Sequence[int]) -> Row:
    """Return a row timed over all files as one of the file that it starts in."""
    start = before = 0
    member = 1
    assert row.start_ms is not None
    assert row.end_ms is not None
    for number, length in enumerate(lengths, 1):
        if row.start_ms >= before:
            member, start = number, before
        before += length
    return replace(row, start_ms=row.start_ms - start, end_ms=row.end_ms - start, member_seq=member)


_TOLERANCE_MS = 1000  # by which an end may lie behind a file's own

"""Texts that are one time stamp or one range of time, and nothing else."""

from __future__ import annotations

from tasks.answer.times import leading_time


def parse_stamp(text: str) -> int | None:
    """Read a time stamp, in milliseconds; None for any other text."""
    mark = leading_time(text)
    return mark.start_ms if mark and not mark.is_range and not mark.rest else None


def parse_range(text: str) -> tuple[int, int] | None:
    """Read start and end, in milliseconds and in the order written; None for any other text."""
    mark = leading_time(text)
    return (mark.start_ms, mark.end_ms) if mark and mark.is_range and not mark.rest else None

"""Times of an answer on the recording's timeline: shifted, clamped, in order, and flagged where they were not."""

from __future__ import annotations

import pytest

from tasks.answer.parse import parse_answer
from tasks.records import Span

SPAN = Span(600_000, 660_000)
Placed = tuple[int | None, int | None, str]


def placed(*ranges: str, span: Span = SPAN) -> list[Placed]:
    text = "## Storyline\n" + "".join(f"{one}\nSomething happens.\n" for one in ranges)
    rows = parse_answer(text, "video", "sections", span).storyline or ()
    return [(row.start_ms, row.end_ms, row.time_quality) for row in rows]


def test_times_count_from_the_recordings_start() -> None:
    assert placed("00:01.500 - 00:02.250") == [(601_500, 602_250, "model")]


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("00:50 - 01:00.001", 650_000, 660_000),
        ("01:30 - 02:00", 660_000, 660_000),
        ("9999:00 - 9999:59", 660_000, 660_000),
    ],
)
def test_times_past_the_clips_end_are_clamped_and_flagged(written: str, start: int, end: int) -> None:
    assert placed(written) == [(start, end, "clamped")]


def test_times_that_end_with_the_clip_are_not_flagged() -> None:
    assert placed("00:00 - 01:00.000") == [(600_000, 660_000, "model")]


def test_a_range_written_backwards_is_turned_and_flagged() -> None:
    assert placed("00:09 - 00:02") == [(602_000, 609_000, "reordered")]


def test_rows_out_of_order_are_sorted_and_the_late_ones_flagged() -> None:
    assert placed("00:10 - 00:20", "00:30 - 00:40", "00:20 - 00:30", "00:30 - 00:35") == [
        (610_000, 620_000, "model"),
        (620_000, 630_000, "reordered"),
        (630_000, 640_000, "model"),
        (630_000, 635_000, "model"),
    ]


def test_rows_that_start_together_keep_their_order() -> None:
    assert placed("00:10 - 00:20", "00:10 - 00:12") == [(610_000, 620_000, "model"), (610_000, 612_000, "model")]


def test_a_row_without_a_time_says_so() -> None:
    rows = parse_answer("## Storyline\nA fire burns.", "video", "sections", SPAN).storyline or ()
    assert [(row.start_ms, row.end_ms, row.time_quality) for row in rows] == [(None, None, "missing")]


def test_times_of_the_whole_recording_are_not_guessed_at() -> None:
    assert placed("10:05 - 10:10") == [(660_000, 660_000, "clamped")]


def test_an_empty_segment_takes_every_time() -> None:
    assert placed("00:00 - 00:05", span=Span(5, 5)) == [(5, 5, "clamped")]

"""The synthetic recordings of `bench.scale` are such as a run would publish."""

from __future__ import annotations

from bench.scale_rows import RARE, UTTERANCES, recording_rows, run_of
from tasks.tables.arrow import to_arrow
from tests.support.tables import odd_values


def test_each_row_is_one_of_its_table() -> None:
    rows = recording_rows(0, run_of(0)) | recording_rows(1, run_of(0))
    for table in rows:
        assert to_arrow(table, rows[table]).num_rows == len(rows[table])
        assert not odd_values(table, rows[table])


def test_a_number_always_gives_the_same_recording_and_another_number_another() -> None:
    first, again, other = (recording_rows(number, run_of(0)) for number in (3, 3, 4))
    assert first == again
    assert len(first["transcript"]) == UTTERANCES
    assert not {row["text"] for row in first["transcript"]} & {row["text"] for row in other["transcript"]}


def test_the_word_that_is_looked_for_is_rare() -> None:
    said = [row["text"] for number in range(60) for row in recording_rows(number, run_of(0))["transcript"]]
    assert 0 < sum(RARE in text for text in said) < len(said) / 300

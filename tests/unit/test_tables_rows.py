"""Records into rows of a run, and rows into Arrow."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.records import Failure, Tokens
from tasks.tables.arrow import to_arrow
from tasks.tables.rows import RunTotals, failure_row, input_row, media_row, run_row
from tasks.tables.schemas import TABLES
from tests.support.dataset_rows import MEDIA, START, attempt_rows, recording, row, run

TOTALS = RunTotals({"seen": 3, "new": 2}, {"asked": 4}, 5, Tokens(video=7), None, None)


def test_each_kind_of_row_has_exactly_the_columns_of_its_table() -> None:
    failure = Failure("x.mp4", None, None, "probe", "NotMedia", "what", False, 1, START)
    assert list(run_row(run(), "completed", TOTALS, None)) == TABLES["runs"].names
    assert list(input_row("r", "x.mp4", None, "failed")) == TABLES["inputs"].names
    assert list(media_row(recording())) == TABLES["media"].names
    assert list(failure_row(failure, "r")) == TABLES["failures"].names


def test_a_count_that_is_not_given_is_nought() -> None:
    counts = run_row(run(), "completed", TOTALS, START)
    assert (counts["recordings_seen"], counts["recordings_ok"]) == (3, 0)
    assert (counts["segments_asked"], counts["segments_skipped"]) == (4, 0)
    assert counts["video_tokens"] == 7


def test_the_month_is_that_of_the_start_in_utc() -> None:
    late = datetime(2026, 12, 1, 3, tzinfo=timezone(timedelta(hours=8)))
    assert run(started_at=late).month == "2026-11"


def test_a_sound_file_has_no_picture_columns_and_a_silent_video_no_sound_columns() -> None:
    sound = media_row(recording(video=None, kind="audio"))
    assert (sound["width"], sound["fps_num"], sound["variable_fps"], sound["sample_rate"]) == (None, None, None, 48_000)
    silent = media_row(recording(audio=None))
    assert (silent["audio_codec"], silent["audio_start_ms"], silent["width"]) == (None, None, 640)


@pytest.mark.parametrize(
    ("probe", "tags"),
    [
        ('{"format":{"tags":{"title":"Ä"}}}', '{"title":"Ä"}'),
        ('{"format":{}}', "{}"),
        ("not JSON", "{}"),
        ("[1]", "{}"),
    ],
)
def test_tags_come_from_the_container(probe: str, tags: str) -> None:
    assert media_row(recording(probe_json=probe))["tags_json"] == tags


def test_arrow_tables_have_the_schema_and_are_sorted_by_recording_and_time() -> None:
    rows = [row("storyline", media_id=m, start_ms=s, seq=q) for m, s, q in [("b", 0, 0), ("a", 9, 2), ("a", 1, 1)]]
    table = to_arrow("storyline", rows)
    assert table.schema.equals(TABLES["storyline"], check_metadata=True)
    assert table.select(["media_id", "seq"]).to_pylist() == [
        {"media_id": "a", "seq": 1},
        {"media_id": "a", "seq": 2},
        {"media_id": "b", "seq": 0},
    ]


def test_a_missing_value_that_must_be_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"A row of storyline has no description"):
        to_arrow("storyline", [row("storyline") | {"description": None}])


def test_a_column_too_many_or_too_few_is_named() -> None:
    with pytest.raises(ValueError, match="odd"):
        to_arrow("inputs", [row("inputs") | {"odd": 1}])
    short = row("inputs")
    del short["uri"]
    with pytest.raises(ValueError, match="uri"):
        to_arrow("inputs", [short])


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_can_be_written(text: str) -> None:
    stored = to_arrow("inputs", [row("inputs", uri=text)]).column("uri")[0].as_py()
    assert stored == text.encode("utf-8", "backslashreplace").decode()


def test_an_attempt_without_rows_is_an_empty_typed_table() -> None:
    assert to_arrow("turns", []).schema.equals(TABLES["turns"])


def test_the_rows_made_for_tests_fit_every_table() -> None:
    for table, rows in attempt_rows(media_id=MEDIA).items():
        assert to_arrow(table, rows).num_rows == len(rows)

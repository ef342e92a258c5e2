"""A dataset that an older version wrote, without the columns that came since, is read, continued and read again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow.dataset as pads
import pytest

from tasks.maintenance.reparse import rebuild
from tasks.query.retry_selection import RetryRule, select
from tasks.query.sql import connect
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts, recover
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.tables.schemas import TABLES
from tasks.tables.views import VIEWS
from tests.support.cli import ROOT
from tests.support.dataset_rows import attempt_rows, run
from tests.support.parsed_rows import older as reads_otherwise

NEWER = {"analyses": {"answer_form", "required_json"}, "inputs": {"reason", "options_json", "analysis_id"}}
NEWER["failures"] = {"outcome"}
NEWER["analyses"] |= {"reason"}
NEWER["media"] = {"declared_duration_ms", "missing_json", "notes_json"}
NEWER["segments"] = {"owned_start_ms", "owned_end_ms", "silences_json", "damaged_packets", "media_notes_json"}
NEWER |= {table: {"member_seq"} for table in ("storyline", "visible_text", "transcript", "extra_sections", "findings")}
ANALYSIS = "b5b4445ee647775dd49f450db129d8a1"
ANSWERED, FAILED = "ec088a9f999afcb41ed8cb008de432e8", "566ae9bd8ce79d7e0e63a189bf2aa933"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    shutil.copytree(ROOT / "tests" / "golden" / "older" / "dataset", tmp_path / "dataset")
    return Dataset.open(tmp_path / "dataset")


def _stored(dataset: Dataset) -> list[str]:
    return sorted(table for table in TABLES if dataset.files(table))


def test_it_is_older(dataset: Dataset) -> None:
    for table in _stored(dataset):
        lacking = set(TABLES[table].names) - set(pads.dataset(dataset.files(table)).schema.names)
        assert lacking == NEWER.get(table, set()), "a new column? then this dataset is older still: name it here"


def test_every_table_has_all_columns_of_today_the_newer_ones_null(dataset: Dataset) -> None:
    with connect(dataset) as connection:
        for table in _stored(dataset):
            found = connection.sql(f"FROM {table}").to_arrow_table()
            assert found.column_names == [*TABLES[table].names, "month"]
            assert found.num_rows > 0
            for column in found.column_names:
                null = found[column].null_count == found.num_rows
                assert null or column not in NEWER.get(table, ()), column


def test_every_ready_view_answers(dataset: Dataset) -> None:
    with connect(dataset) as connection:
        counts = {view.name: len(connection.sql(f"FROM {view.call}").to_arrow_table()) for view in VIEWS}
        assert connection.sql("SELECT hit, speaker FROM around('LAST')").fetchall() == [("lasts", "Anna")]
    empty = {"current_visible_text", "current_extra_sections", "current_turns", "current_findings"}
    empty |= {"current_verdicts", "held_findings"}  # nothing was moderated then
    empty |= {"around", "compare"}  # the examples name what is not in it
    assert {name for name, count in counts.items() if not count} == empty
    assert (counts["timeline"], counts["open_failures"], counts["talk_time"]) == (3, 2, 1)


def test_what_it_knows_is_not_asked_again(dataset: Dataset) -> None:
    with History(dataset) as history:
        known = history.known(ANALYSIS)
        assert known is not None
        assert (known.attempt, known.outcome, known.unfinished) == (1, "partial", True)
        assert list(history.answers(ANALYSIS)) == [ANSWERED]


def test_retry_finds_what_failed(dataset: Dataset) -> None:
    [group] = select(dataset, RetryRule())
    assert [(w.uri, w.segment_ids) for w in group.recordings] == [("call.wav", frozenset({FAILED}))]
    assert group.config["scenario"] == "fine"
    assert "broken.mp4" in {w.uri for again in select(dataset, RetryRule(("failed",))) for w in again.recordings}


@pytest.mark.parametrize("reads_alike", [True, False])
def test_reparse_reads_its_answers(dataset: Dataset, reads_alike: bool) -> None:
    recover(dataset)
    with Claims(dataset) as claims:
        parsers = () if reads_alike else (reads_otherwise,)
        done = rebuild(dataset, run("run-2"), claims, *parsers)
    assert (done.changed, done.unchanged) == ((0, 1) if reads_alike else (1, 0))
    with connect(dataset) as connection:
        found = connection.sql("SELECT attempt, answer_form FROM current_analyses").fetchall()
    assert found == ([(1, None)] if reads_alike else [(2, "sections")])


def test_a_newer_attempt_beside_it_takes_its_place(dataset: Dataset) -> None:
    publish_attempts(dataset, [attempt_rows(ANALYSIS, 2, media_id=_media_id(dataset), scenario="fine")], run(), "new")
    with connect(dataset) as connection:
        assert connection.sql("SELECT attempt, answer_form FROM current_analyses").fetchall() == [(2, "sections")]
        assert connection.sql("SELECT attempt, answer_form FROM analyses ORDER BY 1").fetchall()[0] == (1, None)
        assert connection.sql("SELECT DISTINCT text FROM current_transcript").fetchall() == [("hello",)]


@pytest.mark.parametrize("continued", [False, True])
def test_other_tools_read_it(dataset: Dataset, continued: bool) -> None:
    if continued:
        publish_attempts(dataset, [attempt_rows("aa")], run(), "new")
    for table in _stored(dataset):
        with connect(dataset, [table]) as connection:
            [(expected,)] = connection.sql(f"SELECT count(*) FROM {table}").fetchall()
        assert len(pd.read_parquet(dataset.table(table))) == expected, table
        files = f"{dataset.root}/{table}/**/*.parquet"
        assert len(pl.scan_parquet(files, missing_columns="insert", extra_columns="ignore").collect()) == expected
        assert pads.dataset(dataset.table(table), partitioning="hive", schema=TABLES[table]).count_rows() == expected


def _media_id(dataset: Dataset) -> str:
    with connect(dataset, ["media"]) as connection:
        [(media_id,)] = connection.sql("SELECT media_id FROM media").fetchall()
    return str(media_id)

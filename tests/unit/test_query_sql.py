"""SQL over the dataset: the tables, the ready views, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.errors import UsageError
from tasks.query.sql import as_rows, connect, describe, run_sql
from tasks.store.dataset import Dataset
from tasks.tables.schemas import FACT_TABLES, TABLES
from tasks.tables.views import VIEWS
from tests.support.asking import ask
from tests.support.dataset_rows import attempt_rows, run
from tests.support.publishing import publish_analysis

# --- tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TABLES, *(view.call for view in VIEWS)])
def test_sql_on_a_fresh_dataset_has_columns_and_no_rows(fresh: Dataset, name: str) -> None:
    answer = run_sql(fresh, f"SELECT * FROM {name}")
    assert answer.num_rows == 0
    if name in TABLES:
        assert answer.column_names == [*TABLES[name].names, "month"]
        assert answer.schema.types[:-1] == TABLES[name].types


@pytest.mark.parametrize("name", [*FACT_TABLES, "media"])
def test_types_with_rows_are_the_types_without(filled: Dataset, name: str) -> None:
    answer = run_sql(filled, f"SELECT * FROM {name}")
    assert answer.num_rows > 0
    assert answer.schema.types[:-1] == TABLES[name].types
    assert set(answer["month"].to_pylist()) == {"2026-11"}


def test_a_column_that_an_older_file_lacks_is_null(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa"), run())
    publish_analysis(dataset, attempt_rows("bb"), run())
    file = dataset.files("transcript")[0]
    pq.write_table(pq.ParquetFile(file).read().drop_columns(["language", "state"]), file)
    assert ask(dataset, "SELECT DISTINCT analysis_id, state FROM transcript ORDER BY ALL") == [
        {"analysis_id": "aa", "state": None},
        {"analysis_id": "bb", "state": ""},
    ]


def test_a_column_that_only_a_newer_reelsheet_knows_is_left_out(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows("aa"), run())
    file = dataset.files("transcript")[0]
    pq.write_table(pq.ParquetFile(file).read().append_column("novel", pa.array(["x", "y"])), file)
    assert "novel" not in run_sql(dataset, "SELECT * FROM transcript").column_names


@pytest.mark.parametrize("name", ["it's", 'a "b"', "[x]*?", "team=a", "影片 🎬", "-dash", "100%_{y}"])
def test_any_folder_name_works(tmp_path: Path, name: str) -> None:
    dataset = Dataset.open(tmp_path / name / "data")
    publish_analysis(dataset, attempt_rows(), run())
    answer = run_sql(dataset, "SELECT * FROM transcript")
    assert answer.column_names == [*TABLES["transcript"].names, "month"]
    assert answer.num_rows == 2


# --- what may be asked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS a",
        "FROM transcript",
        "WITH x AS (SELECT 1 AS a) SELECT * FROM x;",
        "-- what is there?\nSHOW TABLES",
        "DESCRIBE transcript",
        "SUMMARIZE segments",
        "EXPLAIN SELECT * FROM timeline",
        "PIVOT segments ON outcome USING count(*)",
        "SELECT 'COPY that' AS copy_text -- COPY",
        "VALUES (1)",
    ],
)
def test_questions_are_answered(fresh: Dataset, sql: str) -> None:
    answer = run_sql(fresh, sql)
    assert answer.column_names
    assert len(as_rows(answer)) == answer.num_rows


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{out}'",
        "WITH x AS (COPY (SELECT 1) TO '{out}') SELECT 1",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
        "COPY (PIVOT segments ON outcome USING count(*)) TO '{out}'",
        "/* 字幕 */ WITH x AS (/**/cOpY (SELECT 1) TO '{out}') SELECT 1",
        "FROM query('WITH x AS (COPY (SELECT 1) TO ''{out}'') SELECT 1')",
        "ATTACH '{out}'",
        "EXPORT DATABASE '{out}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "DELETE FROM transcript",
        "CREATE TABLE x (a INT)",
        "DROP VIEW transcript",
        "SET autoload_known_extensions = true",
        "PRAGMA enable_profiling",
        "SELECT 1; DROP VIEW transcript",
        "",
        "-- nothing",
    ],
)
def test_anything_else_is_refused_and_writes_nothing(fresh: Dataset, tmp_path: Path, sql: str) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError):
        run_sql(fresh, sql.format(out=out))
    assert not out.exists()


def test_the_network_is_out_of_reach(dataset: Dataset) -> None:
    with pytest.raises(UsageError, match="requires the extension httpfs"):
        run_sql(dataset, "SELECT * FROM read_csv('https://localhost:1/x.csv')")


def test_a_variable_of_the_program_is_no_table(dataset: Dataset) -> None:
    with pytest.raises(UsageError, match="Table with name pa does not exist"):
        run_sql(dataset, "SELECT * FROM pa")


def test_an_unknown_table_is_answered_with_the_known_ones(dataset: Dataset) -> None:
    with pytest.raises(
        UsageError, match=r"(?s)Table with name transcripts does not exist\. Known: runs, .*timeline"
    ) as e:
        run_sql(dataset, "SELECT * FROM transcripts")
    assert "\n" not in str(e.value)


def test_an_unknown_column_is_answered_with_near_ones(dataset: Dataset) -> None:
    with pytest.raises(UsageError, match=r'"words" not found in FROM clause\. Candidate bindings'):
        run_sql(dataset, "SELECT words FROM transcript")


def test_a_broken_file_is_one_sentence(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(), run())
    dataset.files("transcript")[0].write_bytes(b"this is no Parquet file")
    with pytest.raises(UsageError) as e:
        run_sql(dataset, "SELECT * FROM transcript")
    assert "\n" not in str(e.value)
    assert "transcript" in str(e.value)


# --- what comes back ---------------------------------------------------------------------------------------------


def test_answers_are_ready_for_json(dataset: Dataset) -> None:
    sql = """SELECT TIMESTAMPTZ '2026-11-22 17:30:00.5+08' AS moment, DATE '2026-11-22' AS day,
        1.5::DECIMAL(5,2) AS price,
        sum(2::BIGINT) AS total, 'inf'::DOUBLE AS endless, [1, 2] AS list, {'a': DATE '2026-01-01'} AS thing,
        INTERVAL 90 SECOND AS span, 'ab'::BLOB AS bytes, NULL AS nothing, true AS yes, TIME '01:02:03' AS clock"""
    answer = ask(dataset, sql)
    assert json.loads(json.dumps(answer)) == answer
    row = answer[0]
    assert (row["moment"], row["day"]) == ("2026-11-22T09:30:00.500000Z", "2026-11-22")
    assert (row["price"], row["total"], row["endless"], row["list"]) == (1.5, 2, None, [1, 2])
    assert (row["thing"], row["bytes"], row["clock"]) == ({"a": "2026-01-01"}, "6162", "01:02:03")


def test_two_columns_of_one_name_both_come_back(dataset: Dataset) -> None:
    assert ask(dataset, "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a") == [{"a": 1, "a_2": 2, "a_2_2": 3, "a_3": 4}]


def test_every_table_and_view_is_described() -> None:
    relations = {relation.name: relation for relation in describe()}
    assert list(relations) == [*TABLES, *(view.signature for view in VIEWS)]
    start = next(c for c in relations["transcript"].columns if c.name == "start_ms")
    assert (start.kind, start.unit) == ("BIGINT", "ms")
    kind = next(c for c in relations["timeline"].columns if c.name == "kind")
    assert kind.description() == "what the row is; one of event, text, utterance"
    assert relations["timeline"].is_view
    assert not relations["transcript"].is_view


def test_a_connection_is_there_for_those_who_want_more(dataset: Dataset) -> None:
    publish_analysis(dataset, attempt_rows(), run())
    with connect(dataset) as connection:
        assert connection.sql("SELECT count(*) FROM current_segments").fetchall() == [(2,)]

"""`reelsheet query`: the forms of an answer, the files it goes to, and DuckDB's shell."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.commands import exports
from flows.commands.exports import EXPORTS, Export, chosen_export
from flows.commands.query_output import TableView, answer
from flows.output.console import stdout_console
from tasks.errors import UsageError
from tasks.query.sql import run_sql
from tasks.store.dataset import Dataset
from tests.support.cli import environment, reelsheet
from tests.support.dataset_rows import attempt_rows, run
from tests.support.publishing import publish_analysis

SQL = "SELECT speaker, sum(talk_ms) AS talked FROM talk_time GROUP BY ALL"
FAKE = """#!/bin/sh
echo "$@" | grep -q -- '-cmd .read '
for word in "$@"; do script=$(expr "$word" : ".read '\\(.*\\)'$") && grep -c "CREATE OR REPLACE" "$script"; done
pwd
exit 7
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = Dataset.open(tmp_path_factory.mktemp("querying") / "it's here")
    publish_analysis(made, attempt_rows(), run())
    return made


BY_NAME = {export.name: export for export in EXPORTS}


# --- forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "output", "form"),
    [
        ([], None, None),
        (["csv"], None, "csv"),
        ([], "a.csv", "csv"),
        ([], "A.JSON", "json"),
        ([], "a.parquet", "parquet"),
        (["parquet"], "a.bin", "parquet"),
        (["json"], "a.csv", "json"),
    ],
)
def test_an_option_or_else_the_files_ending_says_the_form(wanted: list[str], output: str, form: str) -> None:
    assert chosen_export(wanted, Path(output) if output else None) == BY_NAME.get(form)


def test_two_forms_or_an_unknown_ending_are_told_apart_by_the_user() -> None:
    with pytest.raises(UsageError, match="found --csv and --parquet: leave one out"):
        chosen_export(["csv", "parquet"], None)
    with pytest.raises(UsageError, match=r"A file ending in \.csv, \.json or \.parquet was expected, found a\.txt"):
        chosen_export([], Path("a.txt"))


def test_a_file_holds_what_standard_output_would(
    dataset: Dataset, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    for form, export in BY_NAME.items():
        answer(dataset, SQL, export, tmp_path / form, TableView(stdout_console()))
        answer(dataset, SQL, export, None, TableView(stdout_console()))
        assert capsysbinary.readouterr().out == (tmp_path / form).read_bytes(), form
    assert list(csv.DictReader(io.StringIO((tmp_path / "csv").read_text()))) == [{"speaker": "Ann", "talked": "120000"}]
    assert json.loads((tmp_path / "json").read_text()) == [{"speaker": "Ann", "talked": 120_000}]
    assert pd.read_parquet(tmp_path / "parquet").to_dict("records") == [{"speaker": "Ann", "talked": 120_000}]


def test_parquet_keeps_the_types_and_a_sum_of_whole_numbers_is_one(dataset: Dataset, tmp_path: Path) -> None:
    answer(
        dataset,
        "SELECT completed_at, coverage, sum(1) AS n FROM coverage GROUP BY ALL",
        BY_NAME["parquet"],
        tmp_path / "a",
        TableView(stdout_console()),
    )
    assert pq.read_schema(tmp_path / "a").types == [pa.timestamp("us", tz="UTC"), pa.float64(), pa.int64()]


def test_exports_know_a_form_by_its_row(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_count(dataset: Dataset, sql: str, path: Path) -> None:
        path.write_text(f"{run_sql(dataset, sql).num_rows}\n", encoding="utf-8")

    monkeypatch.setattr(exports, "EXPORTS", (*EXPORTS, Export("count", "the number of rows", write_count)))
    chosen = chosen_export([], tmp_path / "a.count")
    answer(dataset, SQL, chosen, tmp_path / "a.count", TableView(stdout_console()))
    assert (tmp_path / "a.count").read_text(encoding="utf-8") == "1\n"


def test_two_columns_of_one_name_are_two_in_a_file(dataset: Dataset, tmp_path: Path) -> None:
    answer(dataset, "SELECT 1 AS a, 2 AS a", BY_NAME["parquet"], tmp_path / "a", TableView(stdout_console()))
    assert pq.read_table(tmp_path / "a").to_pylist() == [{"a": 1, "a_2": 2}]


@pytest.mark.parametrize("form", BY_NAME)
def test_an_answer_that_fails_on_the_way_leaves_no_file(dataset: Dataset, tmp_path: Path, form: str) -> None:
    sql = "SELECT if(i = 250000, error('spoilt'), i) AS i FROM range(300000) AS t(i)"
    with pytest.raises(UsageError, match="spoilt"):
        answer(dataset, sql, BY_NAME[form], tmp_path / "a", TableView(stdout_console()))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere/a\.csv cannot be written \(No such file or directory\)"):
        answer(dataset, SQL, BY_NAME["csv"], tmp_path / "nowhere" / "a.csv", TableView(stdout_console()))


def test_from_the_command_line_into_a_file(dataset: Dataset, tmp_path: Path) -> None:
    words = (
        "query",
        "--dataset",
        dataset.root,
        "FROM around('hell', n := 3) WHERE kind = 'utterance'",
        "--output",
        "found.parquet",
    )
    assert reelsheet(*words, env=environment(), cwd=tmp_path).status == 0
    assert pd.read_parquet(tmp_path / "found.parquet")["hit"].tolist() == ["hello", "hello"]


# --- the shell ---------------------------------------------------------------------------------------------------


def test_the_shell_is_duckdbs_with_everything_defined_where_one_stands(dataset: Dataset, tmp_path: Path) -> None:
    fake = tmp_path / "duckdb"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    env = environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    ran = reelsheet("query", "--dataset", dataset.root, "--shell", env=env, cwd=tmp_path)
    assert ran.status == 7
    defined, where = ran.out.split()
    assert int(defined) > 30
    assert where == str(tmp_path)


def test_without_the_command_the_shell_says_what_to_do(dataset: Dataset, tmp_path: Path) -> None:
    ran = reelsheet("query", "--dataset", dataset.root, "--shell", env=environment(PATH=str(tmp_path)))
    assert ran.status == 2
    assert ran.complaint.startswith("The command duckdb was looked for and is not on the PATH: install DuckDB's")

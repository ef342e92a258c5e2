"""reparse on the command line: the tables follow the parser without a request, whatever instant it is killed at."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.pipeline.reparse import reparse
from tasks.answer.parse import parse_answer
from tasks.maintenance.attempts import ATTEMPTS_AT_ONCE
from tasks.records import ParsedAnswer
from tasks.store.dataset import Dataset
from tasks.tables.schemas import FACT_TABLES
from tests.support.asking import ask
from tests.support.cli import Started, command, environment, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.parsed_rows import parsed_attempt, publish_parsed
from tests.support.service import FakeService

Env = dict[str, str]

SOME = ATTEMPTS_AT_ONCE + 4  # more than one commit


def content(dataset: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of the fact tables but for the names of the runs."""
    return {table: ask(dataset, f"SELECT * EXCLUDE (run_id, month) FROM {table} ORDER BY ALL") for table in FACT_TABLES}


def forget_what_the_parser_found(dataset: Path) -> None:
    """The tables as a parser would have left them that knew no events."""
    for file in Dataset.at(dataset).files("storyline"):
        file.unlink()
    for file in Dataset.at(dataset).files("analyses"):
        table = pq.ParquetFile(file).read()
        place = table.column_names.index("outcome")
        pq.write_table(table.set_column(place, table.schema.field(place), pa.array(["partial"] * len(table))), file)


def test_the_tables_follow_the_parser_and_nothing_is_asked(env: Env, service: FakeService, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    make_video(tmp_path, "talk.mp4", seconds=3)
    make_audio(tmp_path, "call.wav", seconds=3)
    reelsheet("analyze", "--dataset", dataset, "--settle", 0, tmp_path / "talk.mp4", tmp_path / "call.wav", env=env)
    right = content(dataset)["storyline"]
    assert len(right) == 4
    forget_what_the_parser_found(dataset)
    asked = len(service.requests)
    assert ask(dataset, "SELECT * FROM timeline WHERE kind = 'event'") == []

    said = reelsheet("reparse", "--dataset", dataset, "--json", env=env)

    assert (said.status, said.err) == (0, "")
    assert said.json == {
        "dataset": str(dataset), "analyses": 2, "changed": 2, "unchanged": 0, "busy": 0, "warnings": [],
    }  # fmt: skip
    assert content(dataset)["storyline"] == [{**row, "attempt": 2} for row in right]
    assert len(ask(dataset, "SELECT * FROM timeline WHERE kind = 'event'")) == 4
    outcomes = ask(dataset, "SELECT attempt, outcome, count(*) AS n FROM analyses GROUP BY ALL ORDER BY ALL")
    assert outcomes == [{"attempt": 1, "outcome": "partial", "n": 2}, {"attempt": 2, "outcome": "ok", "n": 2}]
    assert len(service.requests) == asked
    [run] = ask(dataset, "SELECT state, requests, cost_nano, config_json FROM runs ORDER BY started_at DESC LIMIT 1")
    assert run == {"state": "completed", "requests": 0, "cost_nano": 0, "config_json": '{"command": "reparse"}'}

    again = reelsheet("reparse", "--dataset", dataset, env=env)
    assert again.out == f"Read 2 analyses again: the tables in {dataset} stay as they are.\n"
    skipped = reelsheet("analyze", "--dataset", dataset, "--settle", 0, tmp_path / "talk.mp4", "--json", env=env)
    assert skipped.json["recordings"]["skipped"] == 1
    assert len(service.requests) == asked


def test_it_is_there_at_once_and_loads_no_prefect(tmp_path: Path) -> None:
    code = (
        "import sys; from flows.pipeline.reparse import reparse; reparse(sys.argv[1]); print('prefect' in sys.modules)"
    )
    [python, *_] = command()
    Dataset.open(tmp_path)
    done = subprocess.run(
        [python, "-c", code, str(tmp_path)], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_where_no_dataset_is_there_is_one_sentence(tmp_path: Path) -> None:
    ran = reelsheet("reparse", "--dataset", tmp_path / "none", env=environment())
    assert ran.status == 2
    assert ran.complaint.startswith(f"A dataset folder was expected at {tmp_path / 'none'}, nothing is there")
    assert not (tmp_path / "none").exists()


def test_an_answer_that_the_parser_fails_on_is_told_and_stops_no_other(tmp_path: Path) -> None:
    publish_parsed(Dataset.open(tmp_path), parsed_attempt("aa"))

    def failing(*_: Any) -> ParsedAnswer:
        raise ValueError("no such time")

    assert reparse(str(tmp_path), failing).warnings == (
        "Left alone: 1 analysis whose answers could not be read: film.mp4 (ValueError: no such time).",
    )


# --- killed and interrupted --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that an older parser has written."""
    folder = tmp_path_factory.mktemp("older")
    written = Dataset.open(folder)
    first, *others = (f"a{number:03}" for number in range(SOME))
    publish_parsed(written, parsed_attempt(first, complete=True), *map(parsed_attempt, others), name="shared")
    publish_parsed(written, parsed_attempt(first, 2), name="retried")  # the views go on showing the attempt before
    return folder


@pytest.fixture(scope="module")
def uninterrupted(written_before: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("uninterrupted") / "dataset"
    shutil.copytree(written_before, folder)
    assert reparse(str(folder)).rebuilt.changed == SOME
    return content(folder)


@pytest.fixture
def dataset(written_before: Path, tmp_path: Path) -> Path:
    shutil.copytree(written_before, tmp_path / "dataset")
    return tmp_path / "dataset"


@pytest.mark.parametrize(
    ("point", "ahead"),
    [
        ("commit.staged", SOME),
        ("commit.decided", SOME - ATTEMPTS_AT_ONCE),
        ("commit.moved.storyline", SOME - ATTEMPTS_AT_ONCE),
        ("commit.done", SOME - ATTEMPTS_AT_ONCE),
        ("run.end", 0),
    ],
)
def test_killed_and_run_again_it_is_as_if_it_had_not_been(
    dataset: Path, uninterrupted: dict[str, list[dict[str, Any]]], point: str, ahead: int
) -> None:
    killed = reelsheet("reparse", "--dataset", dataset, env=environment(REELSHEET_FAILPOINTS=point))
    assert killed.status == -signal.SIGKILL, killed.err

    assert reparse(str(dataset)).rebuilt.changed == ahead

    assert content(dataset) == uninterrupted
    hidden = dataset / ".reelsheet"
    assert [p for name in ("staging", "commits", "runs") for p in (hidden / name).iterdir()] == []
    states = [row["state"] for row in ask(dataset, "SELECT state FROM runs ORDER BY started_at")]
    assert states == ["completed" if point == "run.end" else "killed", "completed"]


def test_interrupted_it_keeps_what_is_finished(dataset: Path, uninterrupted: dict[str, list[dict[str, Any]]]) -> None:
    read: Iterator[int] = iter(range(2 * SOME))

    def stopped(*given: Any) -> ParsedAnswer:
        if next(read) == 2 * ATTEMPTS_AT_ONCE + 3 + 1:  # two answers an attempt, and three of the one that is shown
            raise KeyboardInterrupt
        return parse_answer(*given)

    with pytest.raises(KeyboardInterrupt):
        reparse(str(dataset), stopped)
    assert ask(dataset, "SELECT state, count(*) AS n FROM runs GROUP BY ALL") == [{"state": "interrupted", "n": 1}]
    assert reparse(str(dataset)).rebuilt.changed == SOME - ATTEMPTS_AT_ONCE
    assert content(dataset) == uninterrupted


def test_two_at_the_same_time_end_as_one(
    dataset: Path, uninterrupted: dict[str, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    words = ("reparse", "--dataset", dataset, "--json")
    two = [Started(*words, env=environment(), folder=tmp_path_factory.mktemp(name)) for name in ("one", "two")]
    assert [one.wait() for one in two] == [0, 0]
    assert sum(json.loads(one.out)["changed"] for one in two) == SOME
    assert content(dataset) == uninterrupted

"""compact on the command line, and as a flow of Prefect."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tests.support.cli import ROOT, environment, reelsheet
from tests.support.dataset_rows import START, attempt_rows, run

FLOW = """
import sys
from flows.compact import compaction
from tasks.run.request import CompactRequest
state = compaction(CompactRequest(dataset=sys.argv[1]), return_state=True)
print(state.type.value, state.message, sep=": ")
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three commits of a month long ago."""
    dataset = Dataset.open(tmp_path_factory.mktemp("published") / "data")
    for number in range(3):
        long_ago = run("run-1", START.replace(year=2020))
        publish_attempts(dataset, [attempt_rows(f"a{number}")], long_ago, f"run-1-{number:05d}")
    return dataset.root


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "data"))


def _months(folder: Path) -> list[Path]:
    """The folders of a month that hold a file of each of the three commits."""
    return [month for month in folder.glob("*/month=2020-11") if len(list(month.iterdir())) == 3]


def test_it_tells_machines_what_was_merged(folder: Path) -> None:
    said = reelsheet("compact", "--dataset", folder, "--json", env=environment())
    assert said.status == 0
    merged = {one["table"]: one for one in said.json["merged"]}
    assert (said.json["dataset"], said.json["warnings"]) == (str(folder), [])
    calls = merged["calls"]
    assert (calls["month"], calls["rows"], calls["files_before"], calls["files_after"]) == ("2020-11", 6, 3, 1)
    for name in ("rows", "files_before", "files_after", "bytes_before", "bytes_after"):
        assert said.json[name] == sum(one[name] for one in merged.values())
    again = reelsheet("compact", "--dataset", folder, env=environment())
    assert again.out == f"Nothing was merged in {folder}: no closed month of a table has several small files.\n"


def test_a_month_that_stays_as_it_is_shows_in_the_exit_status(folder: Path) -> None:
    Dataset.at(folder).files("calls")[0].write_bytes(b"damaged")
    tables = len(_months(folder)) - 1
    said = reelsheet("compact", "--dataset", folder, env=environment())
    assert said.status == 1
    assert "Note: calls of 2020-11 stays as it is: " in said.out
    assert said.out.splitlines()[-1].startswith(f"{3 * tables} files are now {tables}, and ")


def test_as_a_flow_its_final_state_says_what_was_merged(folder: Path, session_env: dict[str, str]) -> None:
    tables = len(_months(folder))
    command = [sys.executable, "-c", FLOW, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=session_env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].startswith(f"COMPLETED: {3 * tables} files are now {tables}, and "), done.stdout

"""A compaction that is killed at any instant leaves the tables as they were, or merged; the next start tidies up."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from tasks.store.commit import publish_attempts, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import ASIDE, COMPACTION
from tasks.tables.schemas import TABLES
from tests.support.compaction_run import RENAMES, compacted, dying_compaction
from tests.support.dataset_rows import attempt_rows, row, run
from tests.support.forks import Fork
from tests.support.seeds import seeds
from tests.support.tables import doubled_rows, rows_of, wrong_files

COMMITS = 3
Rows = Mapping[str, list[str]]


def _content(folder: Path) -> Rows:
    return {table: sorted(map(repr, rows_of(folder, table))) for table in TABLES}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dataset = Dataset.open(tmp_path_factory.mktemp("published") / "data")
    for number in range(COMMITS):
        rows = attempt_rows(f"a{number}", media_id=f"{number}" * 64)
        publish_attempts(dataset, [rows], run(), f"run-1-{number:05d}")
        own = {"runs": [row("runs", run_id=f"run-{number}")], "inputs": [row("inputs", run_id=f"run-{number}")]}
        publish_run(dataset, own, run(f"run-{number}"))
    return dataset.root


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "data"))


def _killed(folder: Path, *words: str) -> None:
    with Fork(dying_compaction, folder, *words) as process:
        assert process.wait() == -signal.SIGKILL, f"{words} was never reached"


def _check_tidy(folder: Path, content: Rows) -> None:
    assert _content(folder) == content
    assert (wrong_files(folder), doubled_rows(folder)) == ([], [])
    assert not (Dataset.at(folder).hidden / "merging").exists()


def _publish(folder: Path, name: str) -> None:
    rows = attempt_rows(name, media_id=name[0] * 64)
    publish_attempts(Dataset.at(folder), [rows], run("run-8"), f"run-8-{name}")


def test_killed_at_each_step_no_row_is_lost_or_doubled_and_nothing_is_left(folder: Path) -> None:
    """One death after the other, with a commit before each: the later ones tidy up after the ones before."""
    for point in COMPACTION:
        _publish(folder, f"new-{point}")
        before = _content(folder)
        _killed(folder, point)
        assert _content(folder) == before, f"{point}: readers see the same rows at once"
        assert wrong_files(folder) == []
    recover(Dataset.at(folder))
    _check_tidy(folder, before)
    compacted(Dataset.at(folder))
    _check_tidy(folder, before)
    assert compacted(Dataset.at(folder)).merged == ()


@pytest.mark.torture
@pytest.mark.parametrize("point", COMPACTION)
def test_killed_at_this_step_the_next_start_tidies_up(folder: Path, point: str) -> None:
    before = _content(folder)
    _killed(folder, point)
    recover(Dataset.at(folder))
    _check_tidy(folder, before)
    compacted(Dataset.at(folder))
    _check_tidy(folder, before)


@pytest.mark.parametrize("point", [ASIDE, "compaction.exchanged"])
def test_where_it_takes_two_renames_a_month_is_back_with_the_next_start(folder: Path, point: str) -> None:
    before = _content(folder)
    _killed(folder, point, RENAMES)
    recover(Dataset.at(folder))
    _check_tidy(folder, before)
    assert compacted(Dataset.at(folder), exchanging=False).merged
    _check_tidy(folder, before)


def test_a_run_that_publishes_after_it_was_killed_loses_nothing(folder: Path) -> None:
    _killed(folder, ASIDE, RENAMES)
    _publish(folder, "new")
    recover(Dataset.at(folder))
    assert len(rows_of(folder, "analyses")) == COMMITS + 1
    assert (wrong_files(folder), doubled_rows(folder)) == ([], [])


def _die_at_random(folder: Path, random: Random) -> None:
    """Kill one within the time that it takes; it may have been faster."""
    with Fork(dying_compaction, folder) as process:
        process.wait(random.uniform(0.0, 0.5))


@pytest.mark.torture
@pytest.mark.parametrize("seed", seeds(10))
def test_killed_at_many_random_instants(folder: Path, seed: int) -> None:
    random, deaths = Random(seed), 20
    for number in range(deaths):
        _die_at_random(folder, random)
        _publish(folder, f"{number}-new")
    assert len(rows_of(folder, "analyses")) == COMMITS + deaths
    before = _content(folder)
    compacted(Dataset.at(folder))
    _check_tidy(folder, before)

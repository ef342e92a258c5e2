"""A recording that is being forgotten goes, whatever instant the process is killed at, and nothing else does."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path
from random import Random

import pytest

from tasks.maintenance.forget import finish
from tasks.query.sql import as_rows, run_sql
from tasks.store.claims import Claims
from tasks.store.commit import publish_attempts, publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.failpoints import FORGETTING
from tasks.store.layout import FORGET_NOTE
from tasks.tables.schemas import TABLES
from tests.support.cli import environment, reelsheet
from tests.support.dataset_rows import MEDIA, attempt_rows, row, run
from tests.support.forgetting import QUICK, dying_forget
from tests.support.forks import Fork
from tests.support.seeds import seeds
from tests.support.tables import doubled_rows, rows_of, wrong_files

OTHER = "cd" * 32
Rows = dict[str, list[str]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "data"
    dataset = Dataset.open(folder)
    for number in range(3):
        name = f"run-{number}"
        rows = [
            attempt_rows("aa", number + 1, run_id=name),
            attempt_rows("bb", number + 1, run_id=name, media_id=OTHER),
        ]
        publish_attempts(dataset, rows, run(name), f"{name}-00001")
        seen = [row("inputs", run_id=name, uri=uri, media_id=m) for uri, m in (("abab.mp4", MEDIA), ("x", OTHER))]
        publish_run(dataset, {"runs": [row("runs", run_id=name)], "inputs": seen}, run(name))
    return folder


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "data"))


def _others(folder: Path) -> Rows:
    return {table: sorted(text for text in map(repr, rows_of(folder, table)) if MEDIA not in text) for table in TABLES}


def _is_gone(folder: Path) -> bool:
    return not any(MEDIA in repr(found) for table in TABLES for found in rows_of(folder, table))


def _finish(folder: Path) -> None:
    dataset = Dataset.open(folder)
    recover(dataset)
    with Claims(dataset) as claims:
        finish(dataset, claims, QUICK)
    assert not (folder / FORGET_NOTE).exists()
    assert not (folder / ".reelsheet" / "merging").exists()


def _check(folder: Path, others: Rows) -> None:
    assert _others(folder) == others
    assert (wrong_files(folder), doubled_rows(folder)) == ([], [])


@pytest.mark.long
def test_killed_at_each_step_the_next_start_finishes_it(published: Path, tmp_path: Path) -> None:
    others = _others(published)
    for point in FORGETTING:
        folder = Path(shutil.copytree(published, tmp_path / point))
        with Fork(dying_forget, folder, MEDIA, point) as process:
            assert process.wait() == -signal.SIGKILL, f"{point} was never reached"
        _check(folder, others)
        _finish(folder)
        assert _is_gone(folder), point
        _check(folder, others)


def test_views_show_all_of_the_recording_or_nothing(folder: Path) -> None:
    with Fork(dying_forget, folder, MEDIA, "forget.exchanged") as process:
        process.wait()
    shown = as_rows(run_sql(Dataset.existing(folder), "SELECT DISTINCT media_id FROM timeline"))
    assert shown == [{"media_id": OTHER}]


@pytest.fixture(scope="module")
def takes_s(published: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a process needs that nobody kills."""
    folder = Path(shutil.copytree(published, tmp_path_factory.mktemp("whole") / "data"))
    began = time.monotonic()
    with Fork(dying_forget, folder, MEDIA) as process:
        assert process.wait() == 0
    return time.monotonic() - began


@pytest.mark.torture
@pytest.mark.parametrize("seed", seeds(10))
def test_killed_at_many_random_instants(folder: Path, takes_s: float, seed: int) -> None:
    random, others = Random(seed), _others(folder)
    began = False
    for _ in range(10):
        with Fork(dying_forget, folder, MEDIA) as process:
            process.wait(random.uniform(0.0, takes_s))
        _check(folder, others)
        began = (folder / FORGET_NOTE).exists() or _is_gone(folder)
        if began:
            break
    _finish(folder)
    _check(folder, others)
    shown = as_rows(run_sql(Dataset.existing(folder), "SELECT DISTINCT media_id FROM timeline ORDER BY media_id"))
    assert shown == [{"media_id": one} for one in ([] if began else [MEDIA]) + [OTHER]]


def test_the_command_says_what_would_go_and_what_went(folder: Path) -> None:
    words = ("forget", MEDIA[:8], "--dataset", folder)
    would = reelsheet(*words, "--dry-run", "--json", env=environment())
    assert (would.json["dry_run"], would.json["rows"]["analyses"]) == (True, 3)
    assert not _is_gone(folder)
    went = reelsheet(*words, env=environment())
    assert went.status == 0, went.err
    assert went.out.splitlines()[-1].startswith("Forgotten: ")
    assert _is_gone(folder)
    assert reelsheet(*words, env=environment()).status == 2

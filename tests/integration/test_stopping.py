"""Runs that are stopped or killed: one tidy sentence, finished work kept, nothing left running, nothing asked twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.store.dataset import Dataset
from tasks.store.query import as_rows, run_sql
from tests.support.cli import command, environment, reelsheet
from tests.support.media import make_audio
from tests.support.service import FakeService, Wait

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")

Env = dict[str, str]
FILES = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number in range(FILES):
        make_audio(tmp_path / "in", f"{number}.wav", seconds=2 + number)
    return tmp_path / "in"


def words(folder: Path, dataset: Path) -> list[str]:
    return command("analyze", folder, "--dataset", dataset, "--settle", "0", "--concurrency", "1")


@contextmanager
def running(folder: Path, dataset: Path, env: Env) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        words(folder, dataset), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(condition: Callable[[], object], within_s: float = 120) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def processes_naming(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            said = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
        except (OSError, NotADirectoryError):
            continue
        if text.encode() in said and entry.name.isdigit() and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def count(dataset: Path, table: str) -> int:
    [row] = as_rows(run_sql(Dataset.existing(dataset), f"SELECT count(*) AS n FROM {table}"))
    return int(row["n"])


def test_ctrl_c_keeps_what_is_finished_and_the_next_run_goes_on(
    env: Env, service: FakeService, folder: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "dataset"
    service.latency_s = 0.5
    with running(folder, dataset, env) as process:
        service.wait_for_requests(3, within_s=120)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in err
    assert [line for line in err.splitlines() if line.startswith("reelsheet:")] == [
        "reelsheet: Interrupted: what was finished is saved, and the same command goes on from there."
    ]
    assert 2 <= count(dataset, "analyses") < FILES
    service.latency_s = 0
    assert reelsheet(*words(folder, dataset)[3:], env=env).status == 0
    assert count(dataset, "analyses") == FILES
    assert len(service.requests) == FILES, "an answer was paid for twice"


def test_a_second_ctrl_c_leaves_at_once(env: Env, service: FakeService, folder: Path, tmp_path: Path) -> None:
    service.next(Wait(seconds=60))
    with running(folder, tmp_path / "dataset", env) as process:
        service.wait_for_requests(1, within_s=120)
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_killed_run_asks_again_only_what_was_under_way(
    env: Env, service: FakeService, folder: Path, tmp_path: Path
) -> None:
    dataset = tmp_path / "dataset"
    service.latency_s = 0.5
    with running(folder, dataset, env) as process:
        service.wait_for_requests(3, within_s=120)
        process.kill()
        process.wait()
    service.latency_s = 0

    assert reelsheet(*words(folder, dataset)[3:], env=env).status == 0

    assert count(dataset, "analyses") == FILES
    assert len(service.requests) <= FILES + 1


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_a_run_that_is_ended_leaves_no_server_behind(name: str, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "prefect-home"
    env = environment(PREFECT_HOME=str(home))
    with running(folder, tmp_path / "dataset", env) as process:
        # Its own Prefect server, and the engine once it asks; both carry this home in their environment.
        wait_until(lambda: len(processes_naming(str(home))) >= 3)
        process.send_signal(signal.Signals[name])
        _, err = process.communicate(timeout=60)
        assert "Traceback" not in err

    wait_until(lambda: not processes_naming(str(home)), within_s=15)


def test_two_first_runs_at_once_both_succeed(service: FakeService, env: Env, folder: Path, tmp_path: Path) -> None:
    own = {name: value for name, value in env.items() if name != "PREFECT_API_URL"}
    own["PREFECT_HOME"] = str(tmp_path / "fresh-home")
    starts = [
        subprocess.Popen(
            words(folder, tmp_path / f"dataset-{number}"), env=own, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]  # fmt: skip
    for process in starts:
        _, err = process.communicate(timeout=180)
        assert process.returncode == 0, err


def test_ctrl_c_in_a_long_recording_is_an_interruption_and_the_next_run_goes_on(
    env: Env, service: FakeService, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    make_audio(tmp_path / "in", "long.wav", seconds=600)
    service.latency_s = 0.5
    fine = [*words(tmp_path / "in", tmp_path / "d"), "--scenario", "fine"]
    process = subprocess.Popen(fine, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    service.wait_for_requests(3, within_s=120)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    service.latency_s = 0

    assert process.returncode == 130, err
    again = reelsheet(*fine[3:], "--json", env=env)
    assert again.status == 0
    assert len(service.requests) == 10, "a segment was asked about twice"
    assert again.json["requests"] < 10


def test_ctrl_c_before_the_work_begins_says_its_sentence(env: Env, folder: Path, tmp_path: Path) -> None:
    own = {name: value for name, value in env.items() if name != "PREFECT_API_URL"}
    with running(folder, tmp_path / "dataset", own) as process:
        assert process.stdout is not None
        process.stdout.readline()  # who will be asked; then Prefect starts
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("reelsheet: Interrupted")

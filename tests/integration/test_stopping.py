"""Runs that are stopped: one tidy sentence, finished work kept, nothing left running, nothing asked twice."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from tests.support.cli import Started, environment, processes_with, state, wait_until
from tests.support.killing import SENTENCE, Trial, said
from tests.support.scene import LEAST, Scene, analyze
from tests.support.service import Wait
from tests.support.tables import rows_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")


def hold(trial: Trial, program: str) -> None:
    """Halt a program that the run has started, in the middle of its work: then the run is in that stage for sure."""

    def held() -> bool:
        for process in processes_with(str(trial.folder), program):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGSTOP)
                return state(process) == "T"
        return False

    wait_until(held)


def test_ctrl_c_while_probing_and_while_cutting(trial: Trial) -> None:
    run = trial.start(trial.scene.inputs)
    hold(trial, "ffprobe")
    trial.interrupt(run)
    assert trial.asked == 0

    run = trial.start(trial.scene.inputs)
    hold(trial, "ffmpeg")
    trial.interrupt(run)

    trial.finish()


def test_no_ffmpeg_outlives_a_run_that_is_killed(trial: Trial) -> None:
    run = trial.start(trial.scene.inputs)
    hold(trial, "ffmpeg")
    trial.kill(run)
    assert trial.deaths == 1
    wait_until(lambda: not processes_with(str(trial.folder)), every_s=0.05)


def test_ctrl_c_while_asking_and_while_publishing(trial: Trial) -> None:
    trial.scene.service.latency_s = 0.5
    run = trial.start(trial.scene.inputs[:LEAST])
    wait_until(lambda: trial.asked > 3)
    trial.interrupt(run)
    finished = len(rows_of(trial.dataset, "analyses"))
    assert finished > 0

    trial.scene.service.latency_s = 0.0
    run = trial.start(trial.scene.inputs)
    trial.hold_publishing(run)
    trial.interrupt(run)
    assert not trial.commits()
    assert len(rows_of(trial.dataset, "analyses")) > finished

    trial.finish()


@pytest.mark.long
def test_ctrl_c_while_waiting_for_another_run(trial: Trial, tmp_path: Path) -> None:
    scene, later = trial.scene, Event()
    scene.service.next(Wait(until=later))
    other = trial.start(scene.inputs)
    wait_until(lambda: trial.asked)
    waiting = analyze(scene.inputs, trial.dataset, trial.env, tmp_path / "waiting")
    wait_until(lambda: "Another run is asking" in waiting.err)
    waiting.signal(signal.SIGINT)

    assert waiting.wait() == 130
    assert said(waiting) == [SENTENCE]
    later.set()
    assert other.wait() == scene.status
    trial.check_tables()
    assert len(scene.service.requests) == len(scene.segments)


def test_a_second_ctrl_c_leaves_at_once(trial: Trial) -> None:
    trial.scene.service.next(Wait(seconds=60))
    run = trial.start(trial.scene.inputs[:1])
    wait_until(lambda: trial.asked)
    run.signal(signal.SIGINT)
    wait_until(lambda: "Ctrl-C again leaves them" in run.err or run.ended)
    assert not run.ended, run.err
    run.signal(signal.SIGINT)

    assert run.wait(20) == 130


# --- servers of its own ------------------------------------------------------------------------------------------


@pytest.fixture
def own_servers(prefect_home: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which a run brings its own Prefect server and asks the embedded engine."""
    return environment(PREFECT_HOME=str(prefect_home), TRIAL=str(tmp_path))


def test_ctrl_c_while_the_command_is_being_loaded(scene: Scene, tmp_path: Path) -> None:
    run = analyze(scene.inputs, tmp_path / "dataset", scene.env, tmp_path, from_nothing=True)
    wait_until(lambda: "pyarrow" in run.files_in_use)  # a library that takes long, and comes early
    run.signal(signal.SIGINT)

    assert run.wait() == 130
    assert run.err.splitlines() == [f"reelsheet: {SENTENCE}"]


def test_ctrl_c_while_prefect_starts(own_servers: dict[str, str], scene: Scene, tmp_path: Path) -> None:
    run = Started("analyze", *scene.inputs, "--dataset", tmp_path / "d", env=own_servers, folder=tmp_path)
    wait_until(lambda: len(processes_with(str(tmp_path))) > 1)  # the run and the server that it has started
    run.signal(signal.SIGINT)

    assert run.wait() == 130
    assert run.err.splitlines() == [f"reelsheet: {SENTENCE}"]
    wait_until(lambda: not processes_with(str(tmp_path)), every_s=0.05)


@pytest.mark.parametrize(
    "name", ["SIGKILL", *(pytest.param(one, marks=pytest.mark.long) for one in ("SIGINT", "SIGTERM"))]
)
def test_a_run_that_is_ended_leaves_no_server_behind(
    own_servers: dict[str, str], scene: Scene, tmp_path: Path, name: str
) -> None:
    run = Started("analyze", scene.inputs[1], "--dataset", tmp_path / "d", env=own_servers, folder=tmp_path)
    wait_until(
        lambda: len(processes_with(str(tmp_path), sys.executable)) > 2, every_s=0.05
    )  # and the engine, once it asks
    run.signal(signal.Signals[name])

    assert run.wait() == {"SIGKILL": -signal.SIGKILL, "SIGINT": 130, "SIGTERM": 130}[name]
    wait_until(lambda: not processes_with(str(tmp_path)), every_s=0.05)


@pytest.mark.long
def test_two_first_runs_at_once_both_succeed(scene: Scene, tmp_path: Path) -> None:
    """Each brings a Prefect server, which both would make the tables of the same new database."""
    own = {name: value for name, value in scene.env.items() if name != "PREFECT_API_URL"}
    runs = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        words = ("analyze", scene.inputs[1], "--dataset", folder / "dataset")
        runs.append(Started(*words, env={**own, "PREFECT_HOME": str(tmp_path / "fresh")}, folder=folder))

    assert [run.wait() for run in runs] == [0, 0], [run.err for run in runs]

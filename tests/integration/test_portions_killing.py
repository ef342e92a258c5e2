"""Killed over a folder of several portions, whose tasks ask about several recordings, a run loses nothing."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from signal import SIGKILL
from threading import Event

import pytest

from flows.pipeline.portions import divided
from tasks.inputs.scan import Source
from tasks.run.several import how_many_together
from tasks.store import failpoints
from tests.support.cli import wait_until
from tests.support.killing import Trial
from tests.support.scene import Scene, answer, short_recordings, uninterrupted
from tests.support.service import FakeService, Wait
from tests.support.shared import made_once

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills process groups")

RECORDINGS, CONCURRENCY = 20, 8
POINTS = ("answer.kept", "commit.decided", "answer.written", "commit.moved.segments", "commit.done")


@pytest.fixture(scope="module")
def scene(session_env: dict[str, str], shared_folder: Path) -> Iterator[Scene]:
    """Short recordings of three portions, and what an uninterrupted run makes of them, both shared."""
    with FakeService(answer=answer) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}

        def make(folder: Path) -> None:
            inputs = short_recordings(shared_folder / "portions-recordings", RECORDINGS)
            found = uninterrupted(inputs, env, service, folder, CONCURRENCY)
            (folder / "baseline.pickle").write_bytes(pickle.dumps(found))

        baseline = pickle.loads((made_once(shared_folder / "portions", make) / "baseline.pickle").read_bytes())
        yield Scene(**vars(baseline), env=env, service=service)


def test_a_run_over_the_scene_has_portions_and_tasks_for_several() -> None:
    portions = divided([Source("a.wav", "/a.wav")] * RECORDINGS, CONCURRENCY)
    assert ([len(portion) for portion in portions], how_many_together(RECORDINGS, CONCURRENCY)) == ([8, 8, 4], 2)


def test_killed_while_a_later_portion_is_probed_nothing_is_lost(scene: Scene, trial: Trial) -> None:
    never = Event()
    scene.service.next(*[Wait(until=never)] * CONCURRENCY)
    run = trial.start(scene.inputs, "-v")
    wait_until(lambda: trial.asked == CONCURRENCY and f"{scene.inputs[CONCURRENCY].name}: ok, audio" in run.err)
    run.signal(SIGKILL)
    assert run.wait() == -SIGKILL
    never.set()
    trial.look_at_what_is_left()
    trial.finish()
    assert trial.lost.total() == CONCURRENCY, "only what was under way is asked for again"


def test_killed_while_portions_are_asked_and_saved_nothing_is_lost(scene: Scene, trial: Trial) -> None:
    for point in POINTS:
        trial.die_at(point, scene.inputs)
    trial.finish()
    assert trial.deaths == len(POINTS)


@pytest.mark.long
@pytest.mark.parametrize("point", [point for point in failpoints.NAMES if point.startswith(("answer", "commit"))])
def test_killed_at_each_step_of_portions_nothing_is_lost(scene: Scene, trial: Trial, point: str) -> None:
    if not scene.passes(point):
        pytest.skip("no run over the scene comes by it")
    trial.die_at(point, scene.inputs)
    trial.die_at(point, scene.inputs)
    trial.finish()
    assert (trial.deaths, trial.unlike) == (2, [])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_random_over_portions_nothing_is_lost(scene: Scene, trial: Trial, seed: int) -> None:
    random = Random(seed)
    for _ in range(4):
        trial.die_at_random(scene.inputs, random)
    trial.finish()
    assert trial.unlike == []


@pytest.mark.long
def test_interrupted_over_portions_every_paid_answer_is_saved(scene: Scene, trial: Trial) -> None:
    run = trial.start(scene.inputs)
    wait_until(lambda: trial.asked > CONCURRENCY)
    trial.interrupt(run)
    trial.finish()
    assert (trial.lost.total(), trial.unlike) == (0, [])

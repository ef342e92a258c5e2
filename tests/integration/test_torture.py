"""Hundreds of kills: `make torture`, which takes a quarter of an hour.

The instants are drawn from a seed that is another one each day, and part of every test's name:
`TORTURE_SEED=739000 make torture` repeats those of that day.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from signal import SIGINT, SIGKILL
from subprocess import TimeoutExpired

import pytest

from tasks.store import failpoints
from tests.support.killing import SENTENCE, Trial, said
from tests.support.scene import CONCURRENCY, LEAST, Scene, analyze
from tests.support.seeds import seeds

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(sys.platform != "linux", reason="kills process groups"),
]


@pytest.mark.parametrize("seed", seeds(25))
def test_killed_at_200_random_instants(scene: Scene, trial: Trial, seed: int) -> None:
    random = Random(seed)
    while trial.deaths < 8:
        trial.die_at_random(scene.inputs[: LEAST + trial.deaths], random)
    trial.finish()
    assert trial.unlike == []


@pytest.mark.parametrize("point", failpoints.NAMES)
def test_killed_at_each_step_in_a_fresh_dataset_and_in_recovery(scene: Scene, trial: Trial, point: str) -> None:
    if not scene.passes(point):
        pytest.skip("a table without rows has no file that could be moved")
    for inputs in (scene.inputs[:LEAST], scene.inputs):
        if point == "run.buried":
            trial.die_at("run.begun", inputs)  # somebody to bury
        trial.die_at(point, inputs)
    trial.finish()
    assert trial.unlike == []


@pytest.mark.parametrize("seed", seeds(10))
def test_ctrl_c_at_random_instants(scene: Scene, trial: Trial, seed: int) -> None:
    random, asks_after_s = Random(seed), scene.asks_after_s
    for more in range(4):
        run = trial.start(scene.inputs[: LEAST + more], from_nothing=True)
        with suppress(TimeoutExpired):
            run.wait(random.uniform(0.0, 2 * asks_after_s))
        run.signal(SIGINT)
        status = run.wait()
        assert (status, said(run)) in [(130, [SENTENCE]), (scene.status, [])], run.err
        trial.stopped = True
        trial.look_at_what_is_left()
    assert not trial.lost
    trial.finish()


@pytest.mark.parametrize("seed", seeds(10))
def test_one_of_two_runs_at_once_is_killed(scene: Scene, trial: Trial, tmp_path: Path, seed: int) -> None:
    random, asks_after_s = Random(seed), scene.asks_after_s
    scene.service.latency_s = random.uniform(0.0, 0.3)
    killed, other = (
        analyze(scene.inputs, trial.dataset, trial.env, tmp_path / name, from_nothing=True) for name in ("one", "other")
    )
    with suppress(TimeoutExpired):
        killed.wait(random.uniform(0.5, 2.0) * asks_after_s)
    killed.signal(SIGKILL)

    assert killed.wait() in (-SIGKILL, scene.status), killed.err
    assert other.wait() == scene.status, other.err
    trial.check_tables()
    again = Counter(trial.segments_asked()) - Counter(scene.segments.values())
    assert again.total() <= CONCURRENCY, "what the dead one had under way, no more"

"""Killed at any instant and started again, a run leaves the tables that an uninterrupted one would have left."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from signal import SIGKILL
from threading import Event

import pytest

from tasks.store import failpoints
from tests.support.cli import wait_until
from tests.support.killing import Trial
from tests.support.scene import CONCURRENCY, LEAST, Scene, analyze
from tests.support.service import Wait

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills process groups")

CHAINS = 6  # of deaths in one dataset each; more of them find more steps in a fresh dataset, and take longer


def test_every_table_has_rows_that_could_be_lost(scene: Scene) -> None:
    assert [table for table, rows in scene.content.items() if not rows] == ["turns", "findings"]


@pytest.mark.parametrize("first", range(CHAINS), ids=lambda n: failpoints.NAMES[n])
def test_killed_at_each_step_nothing_is_lost_doubled_or_asked_again(scene: Scene, trial: Trial, first: int) -> None:
    """Every sixth step, one death after the other: the first in a fresh dataset, the later ones in recovery, too."""
    points = [point for point in failpoints.NAMES[first::CHAINS] if scene.passes(point)]
    for more, point in enumerate(points):
        trial.die_at(point, scene.inputs[: LEAST + more])  # each time one more, so that there is work left
    trial.finish()
    assert trial.deaths == len(points)


@pytest.mark.long
def test_the_clips_of_a_run_killed_when_all_is_published_go_with_one_that_asks_nothing(trial: Trial) -> None:
    portion = trial.scene.inputs[:CONCURRENCY]
    trial.die_at("commit.done", portion)
    assert list((trial.folder / "clips").iterdir())
    run = trial.start(portion)
    assert run.wait() == trial.scene.status, run.err
    assert (trial.asked, list((trial.folder / "clips").iterdir())) == (0, [])
    trial.finish()


def test_two_runs_at_once_ask_each_segment_once_and_both_end_well(scene: Scene, trial: Trial, tmp_path: Path) -> None:
    runs = [trial.start(scene.inputs), analyze(scene.inputs, trial.dataset, trial.env, tmp_path / "second")]
    assert [run.wait() for run in runs] == [scene.status, scene.status], [run.err for run in runs]
    trial.check_tables()
    assert Counter(trial.segments_asked()) == Counter(scene.segments.values())


@pytest.mark.long
def test_a_run_that_waits_for_another_goes_on_when_that_one_is_killed(
    scene: Scene, trial: Trial, tmp_path: Path
) -> None:
    never, segments = Event(), Counter(scene.segments.values())
    scene.service.next(Wait(until=never))
    first = trial.start(scene.inputs)
    wait_until(lambda: len(trial.durable()) == len(segments) - 1)
    second = analyze(scene.inputs, trial.dataset, trial.env, tmp_path / "second")
    wait_until(lambda: "Another run is asking" in second.err)
    first.signal(SIGKILL)
    assert first.wait() == -SIGKILL
    never.set()

    assert second.wait() == scene.status, second.err
    assert trial.start(scene.inputs).wait() == scene.status  # the next start gives the killed one its row of `runs`
    trial.check_tables()
    asked = trial.segments_asked()
    assert Counter(asked) == segments + Counter(asked[:1]), "only the answer that was under way is asked for again"

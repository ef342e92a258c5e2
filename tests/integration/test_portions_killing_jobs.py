"""Killed over a folder of several portions, a moderation or a run of subtitles loses nothing and asks nothing twice."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tasks.inputs.changes import NOT_REACHED
from tasks.store import failpoints
from tests.support.cli import wait_until
from tests.support.killing import Trial
from tests.support.moderating import FINE, QUICK, Moderator
from tests.support.scene import Scene, tones, uninterrupted
from tests.support.service import Asked, FakeService
from tests.support.shared import made_once
from tests.support.tables import rows_of
from tests.support.talking import talk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills process groups")

RECORDINGS, CONCURRENCY = 20, 8  # three portions, of which tasks take two recordings
JOBS = {
    "moderate": ("moderate", "--settle", "0", "--strict"),
    "subtitle": ("subtitle", "--settle", "0", "--strict", "--format", "srt,vtt"),
}
ANSWERS: dict[str, Callable[[Asked], str]] = {"moderate": Moderator({2.0: QUICK}, {2.0: FINE}), "subtitle": talk}
POINTS = {
    "moderate": ("commit.decided", "commit.moved.verdicts"),
    "subtitle": ("commit.decided", "subtitles.published"),
}
_OF_RUN = ("run_id", "judged_at", "written_at")


@pytest.fixture(scope="module", params=JOBS)
def scene(session_env: dict[str, str], shared_folder: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Short recordings of three portions, and what an uninterrupted job makes of them, both shared."""
    name: str = request.param
    with FakeService(answer=ANSWERS[name]) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}

        def make(folder: Path) -> None:
            inputs = recordings(shared_folder / f"{name}-recordings")
            found = uninterrupted(inputs, env, service, folder, CONCURRENCY, JOBS[name])
            (folder / "baseline.pickle").write_bytes(pickle.dumps(found))

        baseline = pickle.loads((made_once(shared_folder / name, make) / "baseline.pickle").read_bytes())
        yield Scene(**vars(baseline), env=env, service=service)


def recordings(folder: Path) -> tuple[Path, ...]:
    """Sounds of a second; each fourth has two, and is flagged."""
    folder.mkdir(exist_ok=True)
    seconds = [2 if number % 4 == 3 else 1 for number in range(RECORDINGS)]
    return tuple(tones(folder / f"{n:03}.wav", lasts, hertz=300 + 7 * n) for n, lasts in enumerate(seconds))


def finish(trial: Trial, shared_folder: Path) -> None:
    """A last run, after which tables, verdicts and files are those of an uninterrupted one."""
    trial.finish()
    whole = shared_folder / trial.scene.job[0]
    assert judged(trial.dataset) == judged(whole / "dataset")
    assert files(trial.folder) == files(whole)
    written = [row["path"] for row in rows_of(trial.dataset, "subtitles")]
    assert len(written) == len(set(written)) == len(files(whole))


def judged(dataset: Path) -> list[dict[str, object]]:
    """The newest verdict on each recording and segment, but for which run came to it."""
    newest = {(row["media_id"], row["segment_id"]): row for row in _by_time(rows_of(dataset, "verdicts"))}
    return sorted(({k: v for k, v in row.items() if k not in _OF_RUN} for row in newest.values()), key=repr)


def _by_time(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: str(row["judged_at"]))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "subtitles").glob("*")}


def test_killed_while_portions_are_under_way_nothing_is_lost(scene: Scene, trial: Trial, shared_folder: Path) -> None:
    points = POINTS[scene.job[0]]
    for point in points:
        trial.die_at(point, scene.inputs)
    finish(trial, shared_folder)
    assert trial.deaths == len(points)


@pytest.mark.long
@pytest.mark.parametrize("point", [*failpoints.NAMES, *failpoints.SUBTITLES])
def test_killed_twice_at_each_step_nothing_is_lost(scene: Scene, trial: Trial, shared_folder: Path, point: str) -> None:
    files_only = point in failpoints.SUBTITLES
    if not point.startswith(("answer", "commit", "subtitles")) or not scene.passes(point):
        pytest.skip("no run over the scene comes by it")
    if (files_only and scene.job[0] != "subtitle") or point == "commit.moved.subtitle_qc":
        pytest.skip("no file is written, or nothing breaks the style")
    trial.die_at(point, scene.inputs)
    trial.die_at(point, scene.inputs)
    finish(trial, shared_folder)
    assert (trial.deaths, trial.unlike) == (2, [])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_killed_at_random_nothing_is_lost(scene: Scene, trial: Trial, shared_folder: Path, seed: int) -> None:
    random = Random(seed)
    for _ in range(4):
        trial.die_at_random(scene.inputs, random)
    finish(trial, shared_folder)
    assert trial.unlike == []


def test_interrupted_over_portions_says_what_was_not_reached(scene: Scene, trial: Trial, shared_folder: Path) -> None:
    trial.scene.service.latency_s = 1
    run = trial.start(scene.inputs, "--concurrency", 2)  # so that few are planned while others are asked about
    wait_until(lambda: trial.asked >= 2)
    trial.interrupt(run)
    rows = rows_of(trial.dataset, "inputs")
    left = [row for row in rows if row["reason"] == NOT_REACHED]
    assert len(rows) == RECORDINGS
    assert {row["status"] for row in left} == {"ignored"}
    assert f"before it reached {len(left)} inputs" in run.out
    trial.scene.service.latency_s = 0.05
    finish(trial, shared_folder)
    assert (trial.lost.total(), trial.unlike) == (0, [])

"""A run of subtitles that is killed at any instant and started again leaves the same files, byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.store.failpoints import SUBTITLES
from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import FakeService
from tests.support.service_specs import KEY
from tests.support.talking import talk

Env = dict[str, str]
POINTS = ("answer.kept", "commit.staged", "commit.decided", "commit.moved.transcript", "commit.published", *SUBTITLES)
FORMATS = ("--format", "srt,vtt")


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY, answer=talk) as running:
        yield running


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    (tmp_path / "talks").mkdir()
    make_video(tmp_path / "talks", "film.mp4", seconds=5, size="96x96")
    make_audio(tmp_path / "talks", "long.wav", seconds=130)
    return tmp_path / "talks"


def subtitled(env: Env, talks: Path, *options: object) -> Ran:
    where = ("--settle", "0", "--dataset", talks.parent / "dataset", "--scenario", "fine", "--json")
    return reelsheet("subtitle", talks, *where, *FORMATS, *options, env=env)


def files(talks: Path) -> dict[str, bytes]:
    """Every file that a run has made, hidden ones, too."""
    made = (path for path in talks.iterdir() if path.suffix not in (".mp4", ".wav"))
    return {path.name: path.read_bytes() for path in made}


@pytest.mark.long
def test_killed_at_each_step_the_files_are_the_same(env: Env, service: FakeService, talks: Path) -> None:
    assert subtitled(env, talks).status == 0
    baseline, segments = files(talks), len(service.requests)
    assert sorted(baseline) == ["film.en.srt", "film.en.vtt", "long.en.srt", "long.en.vtt"]
    for point in POINTS:
        shutil.rmtree(talks.parent / "dataset")
        for name in baseline:
            (talks / name).unlink()
        service.reset()
        killed = subtitled({**env, "REELSHEET_FAILPOINTS": point}, talks)
        if point == "commit.moved.subtitle_qc":  # nothing breaks the style here, so that there is no such file
            assert killed.status == 0
        else:
            assert killed.status == -9, point
        assert {name: made for name, made in files(talks).items() if name in baseline}.items() <= baseline.items()
        again = subtitled(env, talks)
        assert (again.status, files(talks)) == (0, baseline), point
        assert {file["status"] for file in again.json["files"]} <= {"written", "unchanged"}, point
        assert len(service.requests) <= segments + 1, point
        assert ask(talks.parent / "dataset", "SELECT count(*), count(DISTINCT path) FROM subtitles") == [(4, 4)], point


@pytest.mark.long
def test_killed_while_another_style_is_written_no_file_is_anybody_elses(env: Env, talks: Path) -> None:
    subtitled(env, talks)
    for point in SUBTITLES[2:]:
        subtitled({**env, "REELSHEET_FAILPOINTS": point}, talks, "--speakers", "always")
        again = subtitled(env, talks, "--speakers", "none")
        assert {file["status"] for file in again.json["files"]} <= {"written", "unchanged"}, point

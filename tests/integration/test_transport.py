"""The ladder from the command line: which step is taken, and what the tables say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.asking import ask
from tests.support.cli import reelsheet
from tests.support.media import make_video
from tests.support.service import AMBIGUOUS, FakeService
from tests.support.service_bodies import make_image


@pytest.mark.parametrize(
    ("words", "step", "seen", "outcome"),
    [(["--transport", "upload"], "upload", "oss", "ok"), (["--transport", "frames"], "frames", "data", "ok")],
)
def test_the_step_that_was_chosen_is_taken_and_recorded(
    env: dict[str, str], service: FakeService, tmp_path: Path, words: list[str], step: str, seen: str, outcome: str
) -> None:
    film, dataset = make_video(tmp_path, seconds=4), tmp_path / "dataset"
    ran = reelsheet("analyze", "--dataset", dataset, *words, film, env=env)
    assert ran.status == 0, ran.err
    [segment] = ask(dataset, "SELECT transport, audio_sent, outcome FROM segments")
    assert (segment["transport"], segment["outcome"]) == (step, outcome)
    assert segment["audio_sent"] == ("absent" if step == "frames" else "sent")
    assert service.requests[0].seen[0].transport == seen


def test_an_upload_that_the_service_loses_goes_on_in_base64(
    env: dict[str, str], service: FakeService, tmp_path: Path
) -> None:
    film, dataset = make_video(tmp_path, seconds=4), tmp_path / "dataset"
    service.next(AMBIGUOUS["download failed"], AMBIGUOUS["download failed"])
    ran = reelsheet("analyze", "--dataset", dataset, "--transport", "upload", film, env=env)
    assert ran.status == 0, ran.err
    assert ask(dataset, "SELECT transport, outcome, attempts FROM segments") == [
        {"transport": "base64", "outcome": "ok", "attempts": 3}
    ]


def test_images_become_rows_without_times(env: dict[str, str], service: FakeService, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    ran = reelsheet("analyze", "--dataset", dataset, make_image(tmp_path), env=env)
    assert ran.status == 0, ran.err
    assert ask(dataset, "SELECT kind, duration_ms FROM media") == [{"kind": "image", "duration_ms": 0}]
    assert ask(dataset, "SELECT outcome, coverage FROM analyses") == [{"outcome": "ok", "coverage": 1.0}]
    [times] = ask(dataset, "SELECT count(*) AS n, count(start_ms) AS timed FROM storyline")
    assert times["n"] > 0
    assert times["timed"] == 0
    assert reelsheet("analyze", "--dataset", dataset, tmp_path, "--settle", "0", env=env).status == 0
    assert len(service.requests) == 1


def test_an_upload_where_there_is_none_is_refused_in_one_sentence(env: dict[str, str], tmp_path: Path) -> None:
    words = ("--provider", "local", "--transport", "upload")
    ran = reelsheet("plan", *words, make_video(tmp_path, seconds=1), env=env)
    assert ran.status == 2
    assert "there is no temporary upload" in ran.complaint

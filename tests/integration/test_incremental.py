"""Run after run over one dataset: what is asked again, what never is, and what the table `inputs` says of each file.

Each test is a chain of runs of the real command, since a run takes seconds.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.asking import ask
from tests.support.cli import reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import FakeService

OLD_NS = 1_700_000_000_000_000_000


@dataclass(frozen=True)
class PlannedInputs:
    """What a run did."""

    asked: int  # requests
    statuses: dict[str, str]  # by file name


@dataclass(frozen=True)
class Desk:
    """A folder of recordings, a dataset, and the service that answers about them."""

    env: dict[str, str]
    service: FakeService
    folder: Path
    dataset: Path

    def analyze(self, *words: object) -> PlannedInputs:
        """Run the command over the folder."""
        before = len(self.service.requests)
        ran = reelsheet("analyze", self.folder, "--dataset", self.dataset, "--json", *words, env=self.env)
        assert ran.status == 0, ran.err
        rows = self.query(f"SELECT uri, status FROM inputs WHERE run_id = '{ran.json['run_id']}'")
        statuses = {Path(row["uri"]).name: row["status"] for row in rows}
        assert len(statuses) == len(rows)
        assert ran.json["requests"] == len(self.service.requests) - before
        return PlannedInputs(ran.json["requests"], statuses)

    def query(self, sql: str) -> list[dict[str, Any]]:
        return ask(self.dataset, sql)

    def video(self, name: str, **facts: Any) -> Path:
        return aged(make_video(self.folder, name, **facts))

    def audio(self, name: str, **facts: Any) -> Path:
        return aged(make_audio(self.folder, name, **facts))


@pytest.fixture
def desk(env: dict[str, str], service: FakeService, tmp_path: Path) -> Desk:
    (tmp_path / "in").mkdir()
    return Desk(env, service, tmp_path / "in", tmp_path / "dataset")


def aged(path: Path) -> Path:
    """The file as if it had lain there for long."""
    os.utime(path, ns=(OLD_NS, OLD_NS))
    return path


def exchange(path: Path, old: bytes, new: bytes) -> None:
    """Other bytes of the same length, at the same time of change."""
    content = path.read_bytes()
    assert old in content
    assert len(old) == len(new)
    path.write_bytes(content.replace(old, new))
    aged(path)


def test_only_new_and_changed_recordings_are_asked_about_wherever_they_lie(desk: Desk, tmp_path: Path) -> None:
    call = desk.audio("call.wav", seconds=2)
    song = desk.audio("song.wav", seconds=3)
    assert desk.analyze() == PlannedInputs(2, {"call.wav": "new", "song.wav": "new"})

    # Unchanged, and asked of the same model along another way.
    address = desk.service.base_url.replace("127.0.0.1", "localhost") + "/"
    (tmp_path / "work").mkdir()
    elsewhere = ("--base-url", address, "--concurrency", 3, "--workdir", tmp_path / "work")
    assert desk.analyze(*elsewhere) == PlannedInputs(0, {"call.wav": "known", "song.wav": "known"})

    # Renamed, copied, linked in two ways, named in two ways.
    call = call.rename(desk.folder / "talk.wav")
    shutil.copy(song, desk.folder / "copy.wav")
    (desk.folder / "hard.wav").hardlink_to(song)
    (desk.folder / "via.wav").symlink_to(song)
    assert desk.analyze("--settle", 0) == PlannedInputs(
        0, {"talk.wav": "moved", "song.wav": "known", "copy.wav": "known", "hard.wav": "known", "via.wav": "duplicate"}
    )

    # Other bytes under a known name, and what was there under another; new ones under two names; files of no interest.
    call.rename(desk.folder / "older.wav")
    desk.audio("talk.wav", seconds=4)
    shutil.copy(desk.audio("twin.wav", seconds=5), desk.folder / "zwin.wav")
    (desk.folder / "notes.txt").touch()
    for name in ("copy.wav", "hard.wav", "via.wav"):
        (desk.folder / name).unlink()
    assert desk.analyze("--settle", 0) == PlannedInputs(
        2,
        {
            "talk.wav": "new", "older.wav": "moved", "song.wav": "known", "twin.wav": "new", "zwin.wav": "duplicate",
            "notes.txt": "ignored",
        },
    )  # fmt: skip
    assert desk.query("SELECT DISTINCT reason FROM inputs WHERE status = 'ignored'") == [
        {"reason": "with another ending"}
    ]
    assert desk.query("SELECT count(*) AS n FROM media") == [{"n": 4}]


@pytest.mark.long
def test_the_memory_of_files_can_be_verified_and_lost(desk: Desk) -> None:
    call = desk.audio("call.wav", seconds=2, title="monday")
    assert desk.analyze() == PlannedInputs(1, {"call.wav": "new"})

    exchange(call, b"monday", b"sunday")
    assert desk.analyze() == PlannedInputs(0, {"call.wav": "known"})
    assert desk.analyze("--verify") == PlannedInputs(1, {"call.wav": "new"})

    for file in (desk.dataset / ".reelsheet").glob("*.sqlite*"):
        file.unlink()
    call.rename(desk.folder / "talk.wav")
    assert desk.analyze() == PlannedInputs(0, {"talk.wav": "moved"})


@pytest.mark.long
def test_what_the_model_sees_or_is_told_decides_what_is_asked_again(desk: Desk, tmp_path: Path) -> None:
    desk.audio("call.wav", seconds=2)
    desk.video("talk.mp4", seconds=2)
    prompt, config = tmp_path / "mine.md", tmp_path / "own.toml"
    prompt.write_text("---\nanswer: text\n---\nWho speaks?\n")
    all_new = {"call.wav": "new", "talk.mp4": "new"}
    assert desk.analyze("--prompt", prompt) == PlannedInputs(2, all_new)

    # The same words in another file, and another guess of how long the answers will be.
    prompt = prompt.rename(tmp_path / "ours.md")
    prompt.write_text("---\nanswer: text\nabout: a question\n---\n\nWho speaks?\n")
    config.write_text("[scenarios.standard.video]\nanswer_tokens = 123\n")
    known = {"call.wav": "known", "talk.mp4": "known"}
    assert desk.analyze("--prompt", prompt, "--config", config) == PlannedInputs(0, known)

    prompt.write_text("---\nanswer: text\n---\nWho speaks, and to whom?\n")
    assert desk.analyze("--prompt", prompt) == PlannedInputs(2, all_new)

    german = ("--prompt", prompt, "--language", "de")
    assert desk.analyze(*german) == PlannedInputs(2, all_new)

    config.write_text("[scenarios.standard.video]\nmin_max_pixels = 500_000\nmax_max_pixels = 500_000\n")
    assert desk.analyze(*german, "--config", config) == PlannedInputs(1, {"call.wav": "known", "talk.mp4": "new"})

    assert desk.analyze(*german, "--model", "qwen3.5-omni-plus") == PlannedInputs(2, all_new)


def test_a_rerun_shows_its_analysis_again_and_prefer_pins_one(desk: Desk) -> None:
    desk.audio("call.wav", seconds=2)

    def best() -> str:
        [found] = desk.query("SELECT language, count(*) AS n FROM current_transcript WHERE is_best GROUP BY ALL")
        [row] = desk.query("SELECT analysis_id, language FROM current_analyses WHERE is_best")
        assert found["n"] > 0
        return str(row["language"])

    desk.analyze("--language", "de")
    desk.analyze("--language", "fr")
    assert best() == "fr"
    assert desk.analyze("--language", "de") == PlannedInputs(0, {"call.wav": "known"})
    assert best() == "de"

    [french] = desk.query("SELECT analysis_id FROM current_analyses WHERE language = 'fr'")
    pinned = reelsheet("prefer", french["analysis_id"][:8], "--dataset", desk.dataset, env=desk.env)
    assert pinned.out.endswith("call.wav is shown first.\n")
    desk.analyze("--language", "de")
    assert best() == "fr"
    cleared = reelsheet("prefer", french["analysis_id"], "--clear", "--json", "--dataset", desk.dataset, env=desk.env)
    assert cleared.json["decision"] == "clear"
    assert best() == "de"


def test_an_unreadable_file_is_reported_once_until_it_changes(desk: Desk) -> None:
    def run(*words: object) -> tuple[int, dict[str, Any]]:
        ran = reelsheet("analyze", desk.folder, "--dataset", desk.dataset, "--json", *words, env=desk.env)
        return ran.status, ran.json

    desk.audio("call.wav", seconds=2)
    broken = desk.folder / "broken.mp4"
    broken.write_bytes(b"this is no film")
    aged(broken)
    assert run()[0] == 1
    status, again = run()
    assert (status, again["unreadable"], again["failures"]) == (0, 1, [])
    assert again["recordings"]["skipped"] == 2
    assert desk.query("SELECT count(*) AS n FROM failures") == [{"n": 1}]
    assert desk.query("SELECT count(*) AS n FROM inputs WHERE status = 'failed'") == [{"n": 2}]
    assert [row["uri"] for row in desk.query("FROM open_failures")] == [str(broken)]
    assert run("--strict")[0] == 1
    broken.write_bytes(b"this is no film either")
    aged(broken)
    assert run()[0] == 1


def test_where_nothing_is_to_be_asked_prefect_is_not_loaded(desk: Desk, tmp_path: Path) -> None:
    desk.audio("a.wav")
    assert desk.analyze().asked == 1
    home = tmp_path / "prefect"
    alone = {name: value for name, value in desk.env.items() if name != "PREFECT_API_URL"}

    ran = reelsheet(
        *("analyze", desk.folder, "--dataset", desk.dataset, "--json"),
        env=alone | {"PREFECT_HOME": str(home), "PYTHONVERBOSE": "1"},
        from_nothing=True,
    )

    assert (ran.status, ran.json["recordings"]["skipped"], ran.json["requests"]) == (0, 1, 0)
    for package in ("prefect", "pandas", "duckdb"):
        assert f"\nimport '{package}' " not in ran.err
    assert not home.exists()
    run = f"run_id = '{ran.json['run_id']}'"
    assert desk.query(f"SELECT state FROM runs WHERE {run}") == [{"state": "completed"}]
    assert desk.query(f"SELECT status FROM inputs WHERE {run}") == [{"status": "known"}]

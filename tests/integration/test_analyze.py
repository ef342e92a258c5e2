"""The main job, end to end: the command line, real ffmpeg, real HTTP, a real Prefect server, and the tables."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.asking import ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio, make_audio_with_cover, make_video
from tests.support.service import DOCUMENTED, CutStream, FakeService, Fault, Received, Say
from tests.support.service_specs import KEY

Env = dict[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Recordings to analyse."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def analyze(env: Mapping[str, str], dataset: Path, *words: object) -> Ran:
    return reelsheet("analyze", "--dataset", dataset, "--settle", "0", *words, env=env)


def test_analyze_asks_about_a_long_recording_in_segments(env: Env, folder: Path, dataset: Path) -> None:
    make_audio(folder, "long.wav", seconds=150, rate=8000, channels=1)

    analyze(env, dataset, folder, "--scenario", "fine")

    spans = ask(dataset, "SELECT start_ms, end_ms, outcome FROM segments ORDER BY seq")
    assert [(s["start_ms"], s["end_ms"]) for s in spans] == [(0, 50_000), (50_000, 100_000), (100_000, 150_000)]
    [last] = ask(dataset, "SELECT max(end_ms) AS ms FROM storyline")
    assert 140_000 < last["ms"] <= 150_000


@dataclass(frozen=True)
class Done:
    """A run that several tests look at."""

    ran: Ran
    dataset: Path
    requests: list[Received]


def done(env: Mapping[str, str], folder: Path, recording: Path, *words: object, faults: tuple[Fault, ...] = ()) -> Done:
    with FakeService(api_key=KEY) as service:
        service.next(*faults)
        ran = analyze({**env, "DASHSCOPE_BASE_URL": service.base_url}, folder / "dataset", recording, *words)
        return Done(ran, folder / "dataset", service.requests)


@pytest.fixture(scope="module")
def shown(session_env: Env, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A run over one video."""
    folder = tmp_path_factory.mktemp("shown")
    video = make_video(folder, "shown-in-prefect.mp4", seconds=3)
    return done(session_env, folder, video, "--json", "--language", "pt-BR")


@pytest.fixture(scope="module")
def malformed(session_env: Env, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A run whose one answer has no sections."""
    folder = tmp_path_factory.mktemp("malformed")
    said = (Say("I would rather not."), Say("I would still rather not."))
    return done(session_env, folder, make_audio(folder, "no-sections.wav", seconds=3), faults=said)


@dataclass(frozen=True)
class First:
    """A run over a video and a sound, after which others run over the same."""

    ran: Ran
    folder: Path
    dataset: Path
    env: Env
    service: FakeService


@pytest.fixture(scope="module")
def first(session_env: Env, media: Path) -> Iterator[First]:
    folder, dataset = media / "in", media / "dataset"
    make_video(folder, "talk.mp4", seconds=6)
    make_audio(folder, "call.wav", seconds=5)
    with FakeService(api_key=KEY) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        yield First(analyze(env, dataset, folder), folder, dataset, env, service)


def test_video_and_audio_become_rows_of_every_table(first: First) -> None:
    assert first.ran.status == 0, first.ran.err
    assert "2 of 2 new recordings analysed" in first.ran.out
    media = ask(first.dataset, "SELECT kind, duration_ms FROM media ORDER BY kind")
    assert media == [{"kind": "audio", "duration_ms": 5000}, {"kind": "video", "duration_ms": 6000}]
    assert ask(first.dataset, "SELECT DISTINCT outcome, coverage FROM analyses") == [{"outcome": "ok", "coverage": 1.0}]
    for table in ("segments", "storyline", "transcript", "speakers", "calls", "runs", "inputs"):
        assert ask(first.dataset, f"SELECT count(*) AS n FROM {table}")[0]["n"] > 0, table
    assert ask(first.dataset, "SELECT count(*) AS n FROM failures") == [{"n": 0}]


def test_the_same_inputs_again_ask_nothing(first: First) -> None:
    asked = len(first.service.requests)

    again = analyze(first.env, first.dataset, first.folder, "--json")

    assert again.status == 0
    assert again.json["recordings"]["skipped"] == 2
    assert len(first.service.requests) == asked
    standard = "SELECT count(*) AS n FROM analyses WHERE prompt <> 'mine'"
    assert ask(first.dataset, standard) == [{"n": 2}]


def test_another_prompt_is_another_analysis(first: First) -> None:
    asked, own = len(first.service.requests), first.folder / "mine.md"
    own.write_text("---\nanswer: text\n---\nWhat colour is it?\n")

    assert analyze(first.env, first.dataset, first.folder / "talk.mp4", "--prompt", own).status == 0

    assert len(first.service.requests) - asked == 1
    [row] = ask(first.dataset, "SELECT heading, text FROM extra_sections")
    assert row["heading"] is None


def test_json_prints_one_object_that_says_all(shown: Done) -> None:
    said = shown.ran.json
    assert said["recordings"] == {
        "seen": 1, "new": 1, "skipped": 0, "ok": 1, "partial": 0, "failed": 0, "refused": 0,
    }  # fmt: skip
    assert (said["segments"]["asked"], said["requests"], said["provider"]) == (1, 1, "dashscope")
    assert said["tokens"]["video"] > 0
    assert said["cost"] > 0
    assert said["currency"] == "CNY"
    assert (said["failures"], said["error"]) == ([], None)


def test_two_names_of_the_same_bytes_are_asked_once(
    env: Env, service: FakeService, folder: Path, dataset: Path
) -> None:
    shutil.copy(make_video(folder, "a.mp4", seconds=3), folder / "b.mp4")

    assert analyze(env, dataset, folder).status == 0

    assert len(service.requests) == 1
    assert [row["status"] for row in ask(dataset, "SELECT status FROM inputs ORDER BY uri")] == ["new", "duplicate"]


def test_the_language_is_told_to_the_model(shown: Done) -> None:
    assert "The speech in this recording is in Portuguese." in json.dumps(shown.requests[0].body)


def test_what_was_shown_is_recorded(env: Env, folder: Path, dataset: Path) -> None:
    mute = make_video(folder, "mute.mp4", seconds=3, sound=False)
    song = make_audio_with_cover(folder, "song.mp3", seconds=3)

    assert analyze(env, dataset, mute, song).status == 0

    rows = ask(dataset, "SELECT kind, video_sent, audio_sent FROM segments JOIN media USING (media_id) ORDER BY kind")
    assert rows == [
        {"kind": "audio", "video_sent": "absent", "audio_sent": "sent"},
        {"kind": "video", "video_sent": "sent", "audio_sent": "absent"},
    ]


def test_a_fault_that_passes_costs_nothing_but_a_second_request(
    env: Env, service: FakeService, folder: Path, dataset: Path
) -> None:
    make_audio(folder, "call.wav", seconds=3)
    service.next(DOCUMENTED["Throttling"], CutStream(after=20))

    ran = analyze(env, dataset, folder, "--json")

    assert ran.status == 0
    assert ran.json["requests"] == 3
    errors = [row["error_class"] for row in ask(dataset, 'SELECT error_class FROM calls ORDER BY "try"')]
    assert errors == ["RateLimited", "ConnectionLost", None]


def test_a_refusal_is_an_outcome_and_the_rest_goes_on(
    env: Env, service: FakeService, folder: Path, dataset: Path
) -> None:
    make_audio(folder, "a.wav", seconds=3)
    make_audio(folder, "b.wav", seconds=4)
    service.next(DOCUMENTED["data_inspection_failed"], DOCUMENTED["data_inspection_failed"])

    ran = analyze(env, dataset, folder, "--json", "--concurrency", "1")

    assert ran.status == 1
    assert (ran.json["recordings"]["ok"], ran.json["recordings"]["refused"]) == (1, 1)


def test_an_answer_without_sections_is_malformed_and_kept(malformed: Done) -> None:
    assert malformed.ran.status == 1
    [row] = ask(malformed.dataset, "SELECT outcome, raw_answer FROM segments")
    assert row == {"outcome": "malformed", "raw_answer": "I would still rather not."}


def in_prefect(url: str, kind: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.post(f"{url}/{kind}/filter", json=asked).raise_for_status().json()
    return found


def run_in_prefect(url: str, recording: str) -> dict[str, Any]:
    """What the server knows of the flow run over a recording."""
    [run] = in_prefect(url, "flow_runs", flow_runs={"name": {"like_": recording}})
    return run


def test_prefect_shows_the_run_its_tasks_and_the_artifact(shown: Done, prefect_url: str) -> None:
    run = run_in_prefect(prefect_url, "shown-in-prefect")
    tasks = in_prefect(prefect_url, "task_runs", task_runs={"flow_run_id": {"any_": [run["id"]]}})
    assert {task["name"] for task in tasks} == {
        "probe shown-in-prefect.mp4",
        "cut shown-in-prefect.mp4 00:00.000-00:03.000",
        "ask shown-in-prefect.mp4 00:00.000-00:03.000",
        "save shown-in-prefect.mp4",
    }
    assert run["state"]["type"] == "COMPLETED"
    [artifact] = in_prefect(prefect_url, "artifacts", artifacts={"flow_run_id": {"any_": [run["id"]]}})
    assert shown.ran.json["run_id"] in artifact["data"]


def test_a_run_that_did_not_end_well_is_not_green_in_prefect(malformed: Done, prefect_url: str) -> None:
    assert malformed.ran.status == 1
    assert run_in_prefect(prefect_url, "no-sections")["state"]["type"] == "FAILED"


def test_an_answer_that_is_not_ok_says_why(malformed: Done) -> None:
    assert "Not ok: " in malformed.ran.out
    assert "malformed" in malformed.ran.out


def test_a_folder_with_modules_of_its_own_does_not_disturb_a_run(
    env: Env, folder: Path, dataset: Path, tmp_path: Path
) -> None:
    (tmp_path / "cwd" / "config").mkdir(parents=True)
    (tmp_path / "cwd" / "config" / "__init__.py").write_text("raise SystemExit('not ours')")
    make_audio(folder, "a.wav", seconds=2)
    own = {name: value for name, value in env.items() if name != "PREFECT_API_URL"}
    words = ["analyze", str(folder), "--dataset", str(dataset), "--settle", "0"]
    script = Path(sys.executable).parent / "reelsheet"

    done = subprocess.run([script, *words], env=own, cwd=tmp_path / "cwd", capture_output=True, check=False)

    assert done.returncode == 0, done.stderr


def test_work_folder_holds_no_more_clips_than_its_bound(
    env: Env, service: FakeService, folder: Path, dataset: Path, tmp_path: Path
) -> None:
    make_audio(folder, "long.wav", seconds=300, rate=8000, channels=1)
    clips, lying = tmp_path / "clips", list[int]()
    clips.mkdir()
    service.latency_s = 0.2  # time enough for the next cuts, if there were any
    service.decide = lambda _: lying.append(len([*clips.glob("*/*.wav"), *clips.glob("*/*.part")]))
    how = ("--transport", "base64", "--scenario", "fine", "--concurrency", 8, "--workdir", clips)

    ran = analyze(env | {"REELSHEET_WORKDIR_MB": "10"}, dataset, folder, *how)  # one clip of at most 7 MB

    assert ran.status == 0, ran.err
    assert (lying, service.most_in_flight) == ([1] * 5, 1)

"""Runs over more inputs than there are slots: these are probed and planned while others are asked about."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.asking import ask, ask_values
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio
from tests.support.service import Asked, FakeService, HttpError, answer_to
from tests.support.service_specs import KEY
from tests.support.talking import talk

Env = dict[str, str]
_LOOK = """
import gc, sys, time
from flows import entrypoint
from flows.pipeline import current_run
from tasks.records import AnalysisPlan

most = int(sys.argv.pop(1))
publish = current_run.publish_summary

def plans():
    gc.collect()
    return sum(isinstance(one, AnalysisPlan) for one in gc.get_objects())

def publish_and_look(run):
    summary, ends = publish(run), time.monotonic() + 20
    while plans() > most and time.monotonic() < ends:  # Prefect's events hold what their tasks knew
        time.sleep(0.1)
    sys.stderr.write(f"plans kept: {plans()}\\n")
    return summary

current_run.publish_summary = publish_and_look
entrypoint.main()
"""
_HOLD = """
import sys, time
from pathlib import Path
from flows import entrypoint
from flows.pipeline import portions

asked, last, identify = Path(sys.argv.pop(1)), sys.argv.pop(1), portions.identify

def identify_once_asked(sources):
    sources, ends = list(sources), time.monotonic() + 60
    while any(source.path.endswith(last) for source in sources) and not asked.exists():
        assert time.monotonic() < ends, "nothing was asked before the last file was read"
        time.sleep(0.02)
    return identify(sources)

portions.identify = identify_once_asked
entrypoint.main()
"""
NAMES = [f"{number:02}.wav" for number in range(12)]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    for number, name in enumerate(NAMES):
        make_audio(folder, name, seconds=1 + number / 10, rate=16_000, channels=1)
    return folder


@pytest.fixture
def folder(sounds: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sounds, tmp_path / "in"))


def analyze(env: Env, dataset: Path, *words: object) -> Ran:
    return reelsheet("analyze", "--dataset", dataset, "--settle", "0", "--concurrency", "2", *words, env=env)


@dataclass(frozen=True)
class InPortions:
    """A run over six portions, which several tests look at."""

    ran: Ran
    dataset: Path
    env: Env


@pytest.fixture(scope="module")
def in_portions(session_env: Env, sounds: Path, media: Path) -> Iterator[InPortions]:
    with FakeService(api_key=KEY) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        ran = analyze(env, media / "dataset", sounds)
        assert ran.status == 0, ran.err
        yield InPortions(ran, media / "dataset", env)


def test_a_run_over_portions_leaves_the_same_tables(in_portions: InPortions, sounds: Path, dataset: Path) -> None:
    assert analyze(in_portions.env, dataset, "--concurrency", "16", sounds).status == 0
    for table, columns in (
        ("inputs", "uri, media_id, status, reason"),
        ("media", "media_id, uri, duration_ms, probe_json"),
        ("analyses", "analysis_id, attempt, outcome, coverage"),
        ("segments", "segment_id, seq, start_ms, end_ms, outcome, audio_sent"),
        ("runs", "segments_asked, recordings_seen, recordings_ok, requests, cost_nano"),
    ):
        sql = f"SELECT {columns} FROM {table} ORDER BY ALL"
        assert ask_values(in_portions.dataset, sql) == ask_values(dataset, sql), table


def test_the_first_question_does_not_wait_for_the_last_file(env: Env, sounds: Path, tmp_path: Path) -> None:
    """The last file is read only once something was asked."""
    mark, words = tmp_path / "asked", ("--dataset", tmp_path / "dataset", "--settle", "0", "--concurrency", "2")

    def marked(asked: Asked) -> str:
        mark.touch()
        return answer_to(asked)

    with FakeService(api_key=KEY, answer=marked) as service:
        ran = subprocess.run(
            [sys.executable, "-c", _HOLD, mark, NAMES[-1], "analyze", sounds, *words],
            env={**env, "DASHSCOPE_BASE_URL": service.base_url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, len(service.requests)) == (0, 12), ran.stderr


def test_the_estimate_is_shown_first_for_some_then_for_all(in_portions: InPortions) -> None:
    said = [line.partition(":")[0] for line in in_portions.ran.err.splitlines() if "inputs" in line]
    assert [words.partition(",")[0] for words in said] == ["The first 2 of 12 inputs", "All inputs"]
    assert "asking: 12 of 12" in in_portions.ran.err


def test_a_run_whose_first_portions_are_unreadable_shows_what_it_does(env: Env, folder: Path, dataset: Path) -> None:
    for name in NAMES[:8]:
        (folder / name).write_bytes(b"no sound at all, though its name says so")
    ran = analyze(env, dataset, folder)
    said = [line for line in ran.err.splitlines() if line.startswith("probing: 0") or "recordings in" in line]
    assert [line.partition(":")[0] + line.partition(":")[2][:8] for line in said] == [
        "probing 0 of 2",
        "probing 0 of 10",
        "4 recordings in 4 segments about 1",
    ]


def test_copies_in_later_portions_are_asked_once(env: Env, service: FakeService, folder: Path, dataset: Path) -> None:
    for name in NAMES[:3]:
        shutil.copyfile(folder / name, folder / f"z-{name}")
    ran = analyze(env, dataset, folder, "--json")
    assert ran.status == 0, ran.err
    assert len(service.requests) == 12
    assert ran.json["recordings"] | {"failed": 0} == {
        "seen": 15, "new": 12, "skipped": 3, "ok": 12, "partial": 0, "failed": 0, "refused": 0,
    }  # fmt: skip
    statuses = ask(dataset, "SELECT status, count(*) AS n FROM inputs GROUP BY 1 ORDER BY 1")
    assert statuses == [{"status": "duplicate", "n": 3}, {"status": "new", "n": 12}]


def test_copies_in_later_portions_have_subtitles_too(session_env: Env, folder: Path, dataset: Path) -> None:
    for name in NAMES[:2]:
        shutil.copyfile(folder / name, folder / f"z-{name}")
    with FakeService(api_key=KEY, answer=talk) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        ran = reelsheet("subtitle", folder, "--dataset", dataset, "--settle", "0", "--concurrency", "2", env=env)
        assert ran.status == 0, ran.err
        assert len(service.requests) == len(NAMES)
    written = {path.name.partition(".")[0] for path in folder.glob("*.srt")}
    assert written == {path.stem for path in folder.glob("*.wav")}


@pytest.mark.long
def test_a_grown_folder_is_asked_about_what_is_new(
    env: Env, service: FakeService, folder: Path, dataset: Path, tmp_path: Path
) -> None:
    for name in NAMES[:6]:
        (folder / name).rename(tmp_path / name)
    analyze(env, dataset, folder)
    for name in NAMES[:6]:
        (tmp_path / name).rename(folder / name)
    (folder / "11.wav").rename(folder / "0-moved.wav")
    ran = analyze(env, dataset, folder, "--json")
    assert len(service.requests) == 12
    assert (ran.json["recordings"]["new"], ran.json["recordings"]["skipped"]) == (6, 6)
    moved = ask(dataset, "SELECT status FROM inputs WHERE uri LIKE '%0-moved.wav'")
    assert moved == [{"status": "moved"}]


@pytest.mark.long
def test_what_cannot_be_read_in_a_later_portion_is_a_failure(env: Env, folder: Path, dataset: Path) -> None:
    (folder / "09.wav").write_bytes(b"no sound at all, though its name says so")
    ran = analyze(env, dataset, folder, "--json")
    assert ran.status == 1
    assert (ran.json["recordings"]["ok"], ran.json["recordings"]["failed"]) == (11, 1)
    assert [(one["stage"], Path(one["uri"]).name) for one in ran.json["failures"]] == [("probe", "09.wav")]
    again = analyze(env, dataset, folder, "--json")
    assert (again.json["recordings"]["new"], again.json["recordings"]["skipped"]) == (0, 12)


def test_a_run_that_is_refused_leaves_later_portions_alone(
    env: Env, service: FakeService, folder: Path, dataset: Path
) -> None:
    service.next(HttpError(401, "invalid_api_key", "Incorrect API key provided."))
    ran = analyze(env, dataset, folder)
    assert ran.status == 3
    assert analyze(env, dataset, folder).status == 0
    assert ask(dataset, "SELECT count(*) AS n FROM analyses") == [{"n": 12}]


def test_plans_of_published_portions_are_let_go(env: Env, folder: Path, dataset: Path) -> None:
    """Only those of the last portion, of four, are there when the run is published."""
    words = ("analyze", folder, "--dataset", dataset, "--settle", "0", "--concurrency", "2", "--json")
    with FakeService(api_key=KEY) as service:
        ran = subprocess.run(
            [sys.executable, "-c", _LOOK, "4", *map(str, words)],
            env={**env, "DASHSCOPE_BASE_URL": service.base_url},
            capture_output=True,
            text=True,
            check=False,
        )
    kept = [int(line.rpartition(" ")[2]) for line in ran.stderr.splitlines() if line.startswith("plans kept")]
    assert (ran.returncode, len(kept), max(kept) <= 4) == (0, 1, True), ran.stderr

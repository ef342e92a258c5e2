"""Moderations without a scheduler: two at once, and one that is killed, pay for each recording once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.asking import ask_values as ask
from tests.support.cli import Started
from tests.support.media import make_audio
from tests.support.moderating import Bench, Moderator
from tests.support.service import FakeService
from tests.support.service_specs import KEY

RECORDINGS = 4
WORDS = ("moderate", ".", "--dataset", "dataset", "--settle", 0, "--concurrency", 1)
ONCE = "SELECT count(*), count(DISTINCT media_id) FROM current_verdicts WHERE outcome = 'clear'"


@pytest.fixture
def bench(session_env: dict[str, str], tmp_path: Path) -> Iterator[Bench]:
    """Four sounds, and a slow service."""
    with FakeService(api_key=KEY, answer=Moderator(), latency_s=0.3) as service:
        for seconds in range(2, 2 + RECORDINGS):
            make_audio(tmp_path, f"{seconds}.wav", seconds=seconds, rate=8000)
        yield Bench(tmp_path, service, Moderator(), {**session_env, "DASHSCOPE_BASE_URL": service.base_url})


def started(bench: Bench, name: str) -> Started:
    folder = bench.folder / name
    folder.mkdir()
    return Started(*WORDS, env=bench.env, folder=folder, cwd=bench.folder)


def test_two_runs_at_once_ask_about_each_recording_once(bench: Bench) -> None:
    both = [started(bench, name) for name in ("one", "other")]
    assert [run.wait() for run in both] == [0, 0]
    assert len(bench.service.requests) == RECORDINGS
    assert ask(bench.dataset, ONCE) == [(RECORDINGS, RECORDINGS)]


def test_after_a_kill_the_next_run_goes_on_where_it_was(bench: Bench) -> None:
    killed = started(bench, "killed")
    assert bench.service.wait_for_requests(2, within_s=60)
    killed.signal(signal.SIGKILL)
    killed.wait()
    assert started(bench, "next").wait() == 0
    assert RECORDINGS <= len(bench.service.requests) <= RECORDINGS + 1, "at most what was under way is asked again"
    assert ask(bench.dataset, ONCE) == [(RECORDINGS, RECORDINGS)]

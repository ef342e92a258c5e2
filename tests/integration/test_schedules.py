"""`make serve` as it is: server, worker and deployments, a growing folder, and all of it killed in mid-run."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml  # type: ignore[import-untyped]
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

from flows.runtime.schedules import served_environment
from tests.support.asking import ask_values as ask
from tests.support.cli import ROOT, processes_with, wait_until
from tests.support.media import make_audio
from tests.support.moderating import QUICK, Moderator
from tests.support.service import FakeService
from tests.support.service_specs import KEY, closed_port

OVER = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@contextmanager
def served(env: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Everything that `make serve` starts, once Prefect's page is up; all of it is killed, as by a power cut."""
    log = folder / "served.log"
    with log.open("wb") as words:
        argv = [sys.executable, "-m", "flows.runtime.schedules"]
        process = subprocess.Popen(argv, env=env, stdout=words, stderr=words, start_new_session=True)
        try:
            wait_until(
                lambda: process.poll() is not None or "Prefect's page" in log.read_text(errors="replace"),
                300,
                every_s=0.1,
            )
            assert process.poll() is None, log.read_text()
            yield process
        finally:
            for one in processes_with(f"PREFECT_SERVER_API_PORT={env['PREFECT_SERVER_API_PORT']}"):
                with suppress(ProcessLookupError):  # it ended with the one before it
                    os.kill(one, signal.SIGKILL)
            process.wait()


class Prefect:
    """What a test asks the server."""

    def __init__(self, url: str) -> None:
        self._url = url

    @retry(retry=retry_if_exception_type(httpx.HTTPStatusError), wait=wait_fixed(2), stop=stop_after_attempt(5))
    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask again where the database of a busy server is locked (503)."""
        return httpx.post(f"{self._url}/{path}", json=body, timeout=30).raise_for_status().json()

    def scheduled(self, name: str) -> str:
        """The id of a run of the deployment, due at once, with the parameters that its schedule has."""
        [found] = self.post("deployments/filter", {"deployments": {"name": {"any_": [name]}}})
        return str(self.post(f"deployments/{found['id']}/create_flow_run", {})["id"])

    def state(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self._url}/flow_runs/{run}", timeout=30).raise_for_status().json()["state"]
        return found

    def ended(self, run: str) -> tuple[str, str]:
        wait_until(lambda: self.state(run)["type"] in OVER, 180, every_s=0.1)
        state = self.state(run)
        return state["name"], state["message"]

    def ended_at_last(self, name: str) -> tuple[str, str]:
        """How the first run ends for which Prefect has a place again, which a killed one holds for five minutes."""
        found = ("Cancelled", "")

        def has_place() -> bool:
            nonlocal found
            time.sleep(5)  # each try is a run more
            found = self.ended(self.scheduled(name))
            return found[0] != "Cancelled"

        wait_until(has_place, 480, every_s=0.1)
        return found


@pytest.mark.long
def test_schedules_ask_what_is_new_and_go_on_after_a_kill(session_env: dict[str, str], tmp_path: Path) -> None:
    recordings, dataset = tmp_path / "in", tmp_path / "dataset"
    recordings.mkdir()
    make_audio(recordings, "first.wav", seconds=2)
    port = str(closed_port())
    with FakeService(api_key=KEY, answer=Moderator({2.0: QUICK})) as service:
        env = {
            **{name: value for name, value in session_env.items() if name != "PREFECT_API_URL"},
            "DASHSCOPE_BASE_URL": service.base_url,
            "REELSHEET_INPUTS": str(recordings),
            "REELSHEET_DATASET": str(dataset),
            "REELSHEET_SETTLE_S": "0",
            "REELSHEET_CONCURRENCY": "1",
            "PREFECT_SERVER_API_PORT": port,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        }
        prefect = Prefect(f"http://127.0.0.1:{port}/api")
        with served(env, tmp_path):
            assert prefect.ended(prefect.scheduled("moderate-hourly")) == ("Completed", "1 recording: 1 clear.")
            assert len(service.requests) == 2
            for number in range(3, 7):
                make_audio(recordings, f"{number}.wav", seconds=number)
            service.latency_s = 1.0
            prefect.scheduled("moderate-hourly")
            service.wait_for_requests(2 + 2)
        service.latency_s = 0.0
        with served(env, tmp_path):
            ended = prefect.ended_at_last("moderate-hourly")
        assert ended == ("Completed", "5 recordings: 5 clear.")
        assert 6 <= len(service.requests) <= 7, "at most what was under way is asked again"
    assert ask(dataset, "SELECT count(*), count(DISTINCT media_id) FROM current_verdicts") == [(5, 5)]


def test_who_holds_a_deployment_outlives_the_server(tmp_path: Path) -> None:
    env = served_environment({}, "http://127.0.0.1:4200")
    leases = import_module(env["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"]).ConcurrencyLeaseStorage
    lease = asyncio.run(leases(tmp_path).create_lease([], timedelta(minutes=5)))
    assert asyncio.run(leases(tmp_path).read_lease(lease.id)) == lease


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: str(one["name"]))
def test_each_deployment_runs_a_flow_once_at_a_time(deployment: dict[str, Any]) -> None:
    file, _, flow = deployment["entrypoint"].partition(":")
    assert f"def {flow}(" in (ROOT / file).read_text()
    assert deployment["concurrency_limit"]["limit"] == 1
    assert {"cron", "timezone"} <= set(deployment["schedules"][0])

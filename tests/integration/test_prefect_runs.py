"""Flows that Prefect starts, or Python: the same run as the command's, and every state says how it ended."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed

from flows.runtime.lost_server import SENTENCE as SENTENCE_OF_LOSS
from tests.support.cli import ROOT, Started, command, processes_with, reelsheet, wait_until
from tests.support.killing import SENTENCE
from tests.support.media import make_audio
from tests.support.scene import short_recordings
from tests.support.service import DOCUMENTED, FakeService, Fault, Received, Say, Wait, looping

Env = dict[str, str]
Json = dict[str, Any]

_SERVE = "from flows.analyze import analyze; analyze.serve(name='served', pause_on_shutdown=False)"
_CALL = """
import json, pickle, sys
from flows.analyze import analyze
from tasks.run.not_ok import RunNotOk
from tasks.run.request import AnalyzeRequest

def called(name):
    try:
        return analyze(AnalyzeRequest(inputs=(name,), dataset="dataset")).recordings
    except RunNotOk as not_ok:
        return ["raised", pickle.loads(pickle.dumps(not_ok)).result.recordings]

print(json.dumps([called("bad.wav"), called("good.wav")]))
"""
_DEPLOY = """
import sys
from prefect.cli import app

for words in (
    ["work-pool", "create", "pool", "--type", "process"],
    ["--no-prompt", "deploy", "flows/analyze.py:analyze", "--name", "nightly", "--pool", "pool"],
):
    sys.argv = ["prefect", *words]
    try:
        app()
    except SystemExit as left:
        assert not left.code, words
print("true")
"""
_RESULTS = """
import json, sys
from prefect.client.orchestration import get_client
states = [get_client(sync_client=True).read_flow_run(run).state for run in sys.argv[1:]]
print(json.dumps([type(state.result(raise_on_failure=False)).__name__ for state in states]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def request_for(folder: Path, **more: object) -> Json:
    return {"inputs": [str(folder)], "dataset": str(folder.parent / "dataset"), "settle_s": 0, **more}


def python(code: str, *words: str, env: Env, cwd: Path) -> Any:
    """What a script prints in its last line, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=env, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@retry(
    retry=retry_if_exception_type(httpx.HTTPStatusError), wait=wait_fixed(1), stop=stop_after_attempt(5), reraise=True
)
def post(env: Env, path: str, body: Json) -> Any:
    """Ask Prefect's server, again where its database is locked (503)."""
    return httpx.post(f"{env['PREFECT_API_URL']}/{path}", json=body).raise_for_status().json()


def deployment(env: Env, name: str) -> str:
    """The id of a deployment; "" while there is none."""
    found = post(env, "deployments/filter", {"deployments": {"name": {"any_": [name]}}})
    return str(found[0]["id"]) if found else ""


def started(env: Env, name: str, request: Mapping[str, Any]) -> str:
    """The id of a new run of a deployment."""
    run = post(env, f"deployments/{deployment(env, name)}/create_flow_run", {"parameters": {"request": request}})
    return str(run["id"])


def ended(env: Env, run_id: str) -> Json:
    """A run, once it is over."""
    seen: list[Json] = []

    def is_over() -> bool:
        seen.append(httpx.get(f"{env['PREFECT_API_URL']}/flow_runs/{run_id}").raise_for_status().json())
        return seen[-1]["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

    wait_until(is_over, every_s=0.1)
    return seen[-1]


def tasks_of(env: Env, run_id: str) -> dict[str, Json]:
    """By name, the tasks of a run."""
    found = post(env, "task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
    return {task["name"]: task for task in found}


def lines_of(env: Env, run_id: str, name: str = "reelsheet") -> list[str]:
    """What a logger and those below it have said of a run."""
    found = post(env, "logs/filter", {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"})
    return [line["message"] for line in found if line["name"].startswith(name)]


def newest(env: Env) -> Json:
    """The run that began last."""
    found: Json = post(env, "flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 1})[0]
    return found


@contextmanager
def running(*argv: str, env: Env, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (cwd / "words.txt").open("wb") as words:
        process = subprocess.Popen(argv, env=env, cwd=cwd, stdout=words, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def by_length(request: Received) -> Fault | None:
    """What becomes of a recording of so many seconds."""
    faults: dict[int, Fault] = {3: Say("no"), 4: DOCUMENTED["data_inspection_failed"], 5: looping()}
    return faults.get(round(request.seen[0].duration_ms / 1000))


def test_a_task_says_how_its_segment_ended(env: Env, service: FakeService, folder: Path) -> None:
    for seconds in (2, 3, 4, 5):
        make_audio(folder, f"{seconds}.wav", seconds=seconds)
    service.decide = by_length
    assert reelsheet("analyze", folder, "--dataset", folder.parent / "d", "--settle", "0", env=env).status == 1

    run = newest(env)
    wait_until(lambda: len(tasks_of(env, run["id"])) == 13, every_s=0.1)
    asked = {name: task for name, task in tasks_of(env, run["id"]).items() if name.startswith("ask ")}
    assert {name: (task["state_type"], task["state"]["name"]) for name, task in asked.items()} == {
        "ask 2.wav 00:00.000-00:02.000": ("COMPLETED", "Completed"),
        "ask 3.wav 00:00.000-00:03.000": ("FAILED", "Malformed"),
        "ask 4.wav 00:00.000-00:04.000": ("FAILED", "Refused"),
        "ask 5.wav 00:00.000-00:05.000": ("FAILED", "Partial"),
    }
    named = {"model:qwen3.5-omni-flash", "provider:dashscope", "scenario:standard"}
    assert set(run["tags"]) == named
    assert set(asked["ask 2.wav 00:00.000-00:02.000"]["tags"]) == named | {"recording:2.wav"}


def test_prefect_shows_our_lines_by_task_and_no_answers(env: Env, service: FakeService, folder: Path) -> None:
    make_audio(folder, "5.wav", seconds=5)
    service.decide = by_length
    reelsheet("analyze", folder, "--dataset", folder.parent / "d", "--settle", "0", env=env)

    run = newest(env)
    lines = [line for line in lines_of(env, run["id"]) if "questions at once" not in line]
    assert [line.partition(", ")[0] for line in lines] == [
        "5.wav: ok",
        "5.wav 00:00.000-00:05.000: ok",
        "5.wav 00:00.000-00:05.000: partial",
        "5.wav: partial",
        "0 of 1 new recording analysed",
    ]
    assert "repeated 60 times in a row: “…”" in lines[2], "what was repeated is an answer's"
    assert lines_of(env, run["id"], "prefect.task_runs") == []


def test_a_task_over_several_recordings_logs_each(env: Env, service: FakeService, folder: Path) -> None:
    names = [path.name for path in short_recordings(folder, 16)]
    where = ("--dataset", folder.parent / "d", "--settle", "0")
    assert reelsheet("analyze", folder, *where, "--concurrency", "8", env=env).status == 0

    entries = lines_of(env, newest(env)["id"])
    lines = [line for entry in entries for line in entry.splitlines()]
    assert {name: sum(line.startswith(name) for line in lines) for name in names} == dict.fromkeys(names, 4)
    assert len(entries) < len(lines) / 2


def test_a_served_run_obeys_its_parameters_and_stops(
    env: Env, service: FakeService, folder: Path, tmp_path: Path
) -> None:
    make_audio(folder, "long.wav", seconds=1000, rate=8000, channels=1)  # twenty segments
    service.latency_s = 4.0  # so that all places are taken, however slowly segments are cut
    env = {**env, "PREFECT_RUNNER_POLL_FREQUENCY": "1"}
    with running(sys.executable, "-c", _SERVE, env=env, cwd=tmp_path):
        wait_until(lambda: deployment(env, "served"), every_s=0.1)
        run = started(env, "served", request_for(folder, scenario="fine", concurrency=4))
        wait_until(lambda: service.most_in_flight == 4)
        post(env, f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
        state = ended(env, run)["state"]

    said = (tmp_path / "words.txt").read_text()
    assert (state["type"], state["message"]) == ("CANCELLED", SENTENCE), said
    assert lines_of(env, run, "reelsheet.run")[0] == "4 questions at once, 16 threads, allocator system"
    assert service.most_in_flight == 4
    assert len(service.requests) < 20, "what was asked is waited for, the rest is not asked"


def test_a_call_from_python_gives_the_summary_or_raises_it(env: Env, service: FakeService, tmp_path: Path) -> None:
    make_audio(tmp_path, "bad.wav", seconds=3)
    make_audio(tmp_path, "good.wav", seconds=4)
    service.next(Say("no"), Say("no"))

    counts = {"seen": 1, "new": 1, "skipped": 0, "ok": 0, "partial": 0, "failed": 0, "refused": 0}
    assert python(_CALL, env=env, cwd=tmp_path) == [["raised", counts | {"failed": 1}], counts | {"ok": 1}]


def test_a_deployed_flow_ends_well_and_badly(env: Env, service: FakeService, folder: Path, tmp_path: Path) -> None:
    """`prefect deploy`, which newer fastapi refuses, and a worker; who asks later gets the summary, too."""
    bad, good = make_audio(folder, "bad.wav", seconds=3), make_audio(folder, "good.wav", seconds=4)
    service.decide = lambda asked: Say("no") if round(asked.seen[0].duration_ms / 1000) == 3 else None
    assert python(_DEPLOY, env=env, cwd=ROOT)
    runs = [started(env, "nightly", {**request_for(folder), "inputs": [str(one)]}) for one in (bad, good)]
    among_code = started(env, "nightly", {"inputs": [str(good)], "dataset": "among-code"})
    worker = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "pool", "--run-once"]
    done = subprocess.run(worker, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

    said = done.stdout + done.stderr
    assert (done.returncode, "Traceback" in said) == (0, False), said
    states = [ended(env, run)["state"] for run in runs]
    assert [(state["type"], state["message"]) for state in states] == [
        ("FAILED", "0 of 1 new recording analysed, 1 failed."),
        ("COMPLETED", "1 of 1 new recording analysed."),
    ]
    assert python(_RESULTS, *runs, env=env, cwd=tmp_path) == ["RunNotOk", "Summary"]
    refused = ended(env, among_code)["state"]
    assert (refused["type"], "REELSHEET_DATASET_ROOT" in refused["message"]) == ("FAILED", True)
    assert not (ROOT / "among-code").exists()


def test_the_first_screen_shows_no_notice_of_prefect(env: Env, folder: Path, tmp_path: Path) -> None:
    make_audio(folder, "a.wav", seconds=2)
    first = {**env, "PREFECT_HOME": str(tmp_path / "new"), "TERM": "xterm", "CI": "", "GITHUB_ACTIONS": ""}
    ours, theirs = pty.openpty()
    words = command("analyze", folder, "--dataset", tmp_path / "d", "--settle", "0")
    with subprocess.Popen(words, env=first, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the end, as Linux says it
            while more := os.read(ours, 4096):
                shown += more
    os.close(ours)
    assert b"1 of 1 new recording analysed" in shown
    assert [word for word in (b"Prefect", b"telemetry", b"Warning") if word in shown] == []


def test_a_run_whose_own_server_is_killed_ends_with_its_result(tmp_path: Path, session_env: Env) -> None:
    """Prefect would ask the dead server for minutes; the guard is far above what the run takes."""
    files = [make_audio(tmp_path, f"{number}.wav", seconds=2, rate=8000 + number) for number in range(6)]
    noticed = Event()
    with FakeService() as service:
        service.next(Wait(), Wait(), *[Wait(until=noticed)] * 4)
        env = {name: value for name, value in session_env.items() if name != "PREFECT_API_URL"}
        env |= {"DASHSCOPE_API_KEY": "sk-1", "DASHSCOPE_BASE_URL": service.base_url, "OF_TEST": str(tmp_path)}
        words = ("analyze", *files, "--dataset", tmp_path / "dataset", "--settle", 0, "--concurrency", 2, "--json")
        run = Started(*words, env=env, folder=tmp_path, from_nothing=True)
        wait_until(lambda: service.requests or run.ended)
        [server] = [n for n in processes_with(str(tmp_path)) if b"flows.runtime.prefect_server" in _words_of(n)]
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: SENTENCE_OF_LOSS in run.err or run.ended)
        noticed.set()
        assert run.wait(100) == 0, run.err
    said = json.loads(run.out)
    assert said["recordings"]["ok"] == 6
    assert [warning for warning in said["warnings"] if "server went away" in warning]
    lines = [line for line in run.err.splitlines() if not line.startswith(("reading", "probing", "asking"))]
    assert [line for line in lines if "recordings in" not in line] == [SENTENCE_OF_LOSS]


def _words_of(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()

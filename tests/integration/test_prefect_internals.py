"""What we reach into Prefect for is still there: a version that has changed it fails here, not in a long run."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.cli import ROOT, environment, wait_until

TASKS = 30
_LOOK = """
import json, logging, sys, threading, time
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from prefect.task_runners import ThreadPoolTaskRunner
from flows.runtime.prefect_internals import SENDING, LogSender, Threads, forget_results, is_chatter, queued_events
from flows.runtime.prefect_internals import reason_not_sent
from flows.runtime.task_runner import task_threads
from tasks.tags import tag_task

chatter, at_once, most, queued = [], 0, 0, 0
lock = threading.Lock()
handler = logging.Handler()
handler.emit = lambda record: chatter.append(is_chatter(record))
logging.getLogger("prefect.task_runs").addHandler(handler)

reasons = []
sending = logging.getLogger(SENDING)
sending.addFilter(lambda record: reasons.append(type(reason_not_sent(record)).__name__))

@task(cache_policy=NO_CACHE)
def work(number):
    global at_once, most
    tag_task([f"number:{number}"])
    with lock:
        at_once += 1
        most = max(most, at_once)
    time.sleep(0.1)
    with lock:
        at_once -= 1
    return [number]

def submitted(count, runner=None):
    global queued
    futures = [work.submit(number) if runner is None else runner.submit(work, {"number": number})
               for number in range(count)]
    for future in futures:
        future.result()
        queued = max(queued, queued_events())

def kept(kind):
    with kind(max_workers=4) as runner:
        submitted(4, runner)
        return len(runner._cancel_events)

@flow
def look(count):
    with task_threads(2):
        submitted(count)
    threads, results = most, len(FlowRunContext.get().run_results)
    forget_results()
    left = len(FlowRunContext.get().run_results)
    return {"threads": threads, "results": [results > 0, left], "kept": [kept(ThreadPoolTaskRunner), kept(Threads)],
            "queued": queued > 0, "chatter": any(chatter), "run": str(FlowRunContext.get().flow_run.id)}

seen = look(int(sys.argv[1]))
LogSender.instance().send({"no": "log"})
LogSender.drain_all()
print(json.dumps({**seen, "reasons": reasons}))
"""


@pytest.fixture(scope="module")
def found(prefect_url: str, prefect_home: Path) -> dict[str, Any]:
    """What a flow sees of Prefect from inside."""
    env = environment(PREFECT_API_URL=prefect_url, PREFECT_HOME=str(prefect_home), NO_PROXY="127.0.0.1")
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(TASKS)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def test_prefect_keeps_the_means_to_cancel_tasks_and_ours_does_not(found: dict[str, Any]) -> None:
    assert found["kept"] == [4, 0]


def test_prefect_keeps_results_until_they_are_forgotten(found: dict[str, Any]) -> None:
    assert found["results"] == [True, 0]


def test_prefect_queues_events_that_can_be_counted(found: dict[str, Any]) -> None:
    assert found["queued"]


def test_prefect_writes_lines_that_are_told_as_chatter(found: dict[str, Any]) -> None:
    assert found["chatter"]


def test_prefect_says_where_we_hear_it_what_its_server_refuses(found: dict[str, Any]) -> None:
    assert found["reasons"] == ["PrefectHTTPStatusError"]


def test_tasks_run_on_the_threads_of_their_run(found: dict[str, Any]) -> None:
    assert found["threads"] == 10, "three for each of two questions, and four"


def test_prefect_takes_tags_that_a_task_adds(found: dict[str, Any], prefect_url: str) -> None:
    wanted = {"flow_runs": {"id": {"any_": [found["run"]]}}, "task_runs": {"tags": {"all_": ["number:7"]}}}

    def tagged() -> list[Any]:
        return list(httpx.post(f"{prefect_url}/task_runs/filter", json=wanted).raise_for_status().json())

    wait_until(tagged, every_s=0.1)
    assert [task["tags"] for task in tagged()] == [["number:7"]]


def test_one_file_alone_reaches_into_prefect() -> None:
    """A name with an underscore, of something that is not one's own, in a file that imports Prefect."""
    reaching = []
    for path in sorted([*(ROOT / "flows").rglob("*.py"), *(ROOT / "tasks").rglob("*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [
            node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        ]
        if not any(name == "prefect" or name.startswith("prefect.") for name in imported):
            continue
        private = [name for name in imported if "._" in name]
        private += [
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "os"))
        ]
        if private:
            reaching.append(path.relative_to(ROOT).as_posix())
    assert reaching == ["flows/runtime/prefect_internals.py"]

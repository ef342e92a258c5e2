"""Servers that we start: they say where they listen, and end with us, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tasks.system.child_server import ChildServer, ChildServerFailed

CHILD = """
import os, sys, threading
print("listening on http://127.0.0.1:1/here", flush=True)
sys.stdin.buffer.read()
"""
PARENT = """
import os, signal, sys
from tasks.system.child_server import ChildServer
child = ChildServer("child", [sys.executable, "-c", {child!r}], os.environ, 30)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.{signal})
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def ends(pid: int, within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(pid)


def a_child(code: str = CHILD, within_s: float = 30) -> ChildServer:
    return ChildServer("child", [sys.executable, "-c", code], os.environ, within_s)


def test_the_url_is_the_one_that_the_child_announces() -> None:
    with a_child() as child:
        assert child.url == "http://127.0.0.1:1/here"
        assert child.running


def test_a_stopped_child_is_gone() -> None:
    with a_child() as child:
        pid = child.pid
    assert not is_running(pid)


def test_stopping_twice_is_harmless() -> None:
    with a_child() as child:
        child.stop()
        child.stop()
    assert not child.running


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_a_child_ends_when_its_parent_is_killed(name: str) -> None:
    code = PARENT.format(child=CHILD, signal=name)
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert parent.returncode == -signal.Signals[name]
    assert ends(int(parent.stdout))


def test_a_child_that_fails_to_start_is_reported_with_its_last_words() -> None:
    with pytest.raises(ChildServerFailed, match="no room today"):
        a_child("import sys; sys.exit('no room today')")


def test_a_child_that_says_nothing_in_time_is_given_up() -> None:
    with pytest.raises(ChildServerFailed, match="said nothing within 1 s"):
        a_child("import time; time.sleep(60)", within_s=1)

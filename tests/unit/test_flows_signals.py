"""What Ctrl-C does to a run whose main thread waits."""

from __future__ import annotations

import subprocess
import sys

from tests.support.cli import environment

# The kernel may give a signal to any thread; Python's handlers run in the main thread once that goes on.
_WAITING = """
import os, signal, threading
from flows.runtime import signals
from tasks.system import cancellation

def interrupt():
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    while not cancellation.requested():
        pass
    print("stopping", flush=True)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

with signals.watching():
    threading.Thread(target=interrupt).start()
    threading.Event().wait()
"""


def test_a_stop_does_not_wait_for_the_main_thread() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WAITING], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (130, "stopping\n"), done.stderr

"""Cancel what takes long here: Ctrl-C requests it, long steps check for it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType

from tasks.errors import Interrupted

EXIT_STATUS = 130
STOPS = (signal.SIGINT, signal.SIGTERM)  # the second is how systemd, Docker and Prefect stop a process
SENTENCE = "Interrupted: what was finished is saved, and the same command goes on from there."

_requested = threading.Event()


def stop() -> None:
    """Request a stop: from now on `check` raises."""
    _requested.set()


def reset() -> None:
    """Take back `stop`, for a process that starts another run."""
    _requested.clear()


def requested() -> bool:
    """Return whether a stop was requested."""
    return _requested.is_set()


def check() -> None:
    """Raise Interrupted where a stop was requested."""
    if requested():
        raise Interrupted(SENTENCE)


def leave_on_interrupt() -> None:
    """End the process at once on Ctrl-C, from now on.

    That is for all times at which nothing is under way that could be lost. Weighed against `sys.exit`, which unwinds
    the main thread, waits for all others and clears up: 0.8 s more (flows/entrypoint.py).
    """
    for number in STOPS:
        signal.signal(number, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    with suppress(OSError, RuntimeError):  # what was interrupted may be writing just now
        sys.stdout.flush()
    if "--json" in sys.argv:
        os.write(1, f"{json.dumps({'error': SENTENCE})}\n".encode())
    if os.isatty(2):
        os.write(2, b"\r\x1b[K\x1b[?25h")  # the bar goes, the cursor comes back
    os.write(2, f"reelsheet: {SENTENCE}\n".encode())
    os._exit(EXIT_STATUS)


def leave_without_waiting() -> None:
    """Let the command end at once when it is over.

    Threads of libraries that still try something are not waited for.
    """
    _leaving.set()


def leaves_without_waiting() -> bool:
    """Return whether `leave_without_waiting` was called."""
    return _leaving.is_set()


_leaving = threading.Event()

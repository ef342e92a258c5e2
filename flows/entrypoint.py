"""Where the command starts: from here on Ctrl-C ends it with its sentence, also while the rest is loaded."""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from tasks.system import cancellation

EXIT_STATUS = 130
Command = Callable[[], int | None]
"""Runs to its end and returns the exit status."""

STOPS = (signal.SIGINT, signal.SIGTERM)  # the second is how systemd, Docker and Prefect stop a process

_ended_with: list[int] = []


def leave_on_interrupt() -> None:
    """From now on Ctrl-C ends the process at once: for all times at which nothing is under way that could be lost."""
    for number in STOPS:
        signal.signal(number, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    with suppress(OSError, RuntimeError):  # what was interrupted may be writing just now
        sys.stdout.flush()
    if "--json" in sys.argv:
        os.write(1, f"{json.dumps({'error': cancellation.SENTENCE})}\n".encode())
    if os.isatty(2):
        os.write(2, b"\r\x1b[K\x1b[?25h")  # the bar goes, the cursor comes back
    os.write(2, f"reelsheet: {cancellation.SENTENCE}\n".encode())
    os._exit(EXIT_STATUS)


def main(load: Callable[[], Command] | None = None) -> None:
    """Run the command, which takes most of a second to load. `load` gives another one than `flows.cli.main`."""
    leave_on_interrupt()
    # The first to be registered are the last to be called: all is done then, and the status stands.
    atexit.register(_vanish)
    for number in STOPS:
        atexit.register(signal.signal, number, signal.SIG_IGN)
    # Arrow's own allocator keeps memory for every thread that ever wrote a table, and a run has many. Read at import.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    status = (load or _load)()()
    _ended_with.append(status or 0)
    sys.exit(status)


def _load() -> Command:
    from flows.cli import main as run  # noqa: PLC0415 - Ctrl-C has its sentence before

    return run


def _vanish() -> None:
    """End here where the command came to its end: clearing up would take most of a second, and the system does it."""
    if _ended_with:
        with suppress(OSError):  # whoever read our words has gone: the interpreter has a status for that
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
            os._exit(_ended_with[0])


if __name__ == "__main__":
    main()

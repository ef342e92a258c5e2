"""The wish to stop, heard by whatever takes long in this process: set by Ctrl-C, asked for between two steps."""

from __future__ import annotations

import threading

from tasks.errors import Interrupted

SENTENCE = "Interrupted: what was finished is saved, and the same command goes on from there."

_wish = threading.Event()


def stop() -> None:
    """From now on `check` raises."""
    _wish.set()


def go_on() -> None:
    """Take back `stop`: for a process that starts another run."""
    _wish.clear()


def wished() -> bool:
    """Whether stopping is wished."""
    return _wish.is_set()


def check() -> None:
    """Raise Interrupted where stopping is wished."""
    if wished():
        raise Interrupted(SENTENCE)

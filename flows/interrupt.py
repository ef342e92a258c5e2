"""Ctrl-C: the first one starts nothing new and keeps what is finished, the second one leaves at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from flows import progress
from tasks import clients
from tasks.errors import Interrupted
from tasks.media import ffmpeg

EXIT_STATUS = 130
_stops: list[Callable[[], object]] = []


@contextmanager
def also(stop: Callable[[], object]) -> Iterator[None]:
    """While inside, the first Ctrl-C calls `stop` too."""
    _stops.append(stop)
    try:
        yield
    finally:
        _stops.remove(stop)


@contextmanager
def watching() -> Iterator[None]:
    """While inside, Ctrl-C ends the work in good order. Outside the main thread (a worker's) nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _first(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the form of a signal handler
    signal.signal(signal.SIGINT, lambda *_: os._exit(EXIT_STATUS))
    progress.current().say("Stopping; answers that are already paid for are waited for (Ctrl-C again leaves them).")
    clients.halt_all(Interrupted("Interrupted: what was finished is saved; the same command goes on from there."))
    ffmpeg.stop_all()
    for stop in _stops:
        # In a thread: stopping a child may wait, and this is a signal handler.
        threading.Thread(target=stop, daemon=True).start()

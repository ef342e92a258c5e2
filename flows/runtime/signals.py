"""Handle Ctrl-C: the first one starts nothing new, the second one leaves.

What is finished is kept.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from flows.output import progress
from tasks.errors import Interrupted
from tasks.media import ffmpeg
from tasks.run import client_pool
from tasks.system import cancellation
from tasks.system.cancellation import EXIT_STATUS, STOPS

_free: list[Callable[[], object]] = []


@contextmanager
def at_no_cost(stop: Callable[[], object]) -> Iterator[None]:
    """Let Ctrl-C call `stop` instead of waiting for answers, which cost nothing."""
    _free.append(stop)
    try:
        yield
    finally:
        _free.remove(stop)


@contextmanager
def watching() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the work in good order.

    Outside the main thread nothing changes.
    """
    cancellation.reset()
    ffmpeg.reset()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _first) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _first(signum: int, frame: FrameType | None) -> None:
    del signum, frame
    for number in STOPS:
        signal.signal(number, lambda *_: os._exit(EXIT_STATUS))
    # In a thread: what is stopped may take locks that the main thread, where signals are handled, holds just now.
    threading.Thread(target=_stop_everything, daemon=True).start()


def _stop_everything() -> None:
    cancellation.stop()
    client_pool.halt_all(Interrupted(cancellation.SENTENCE))
    ffmpeg.stop_all()
    if client_pool.under_way() and not _free:
        progress.current().say("Stopping: answers that are already paid for are waited for; Ctrl-C again leaves them.")
    for stop in _free:
        stop()

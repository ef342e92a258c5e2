"""Handle Ctrl-C: the first one starts nothing new, the second one leaves.

What is finished is kept.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

    Outside the main thread nothing changes. A thread of its own hears the signals: Python calls handlers in the main
    thread alone, which may wait for a program that has to be ended first, and a signal that comes just before it begins
    to wait does not wake it. What is stopped may take locks that the main thread holds just now, too.
    """
    cancellation.reset()
    ffmpeg.reset()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard, told = socket.socketpair()
    told.setblocking(False)
    threading.Thread(target=_hear, args=(heard,), daemon=True).start()
    woken = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda *_: None) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(woken)
        told.close()


def _hear(heard: socket.socket) -> None:
    """Stop everything at the first signal, leave at the second; end with the watch."""
    with heard:
        stopping = False
        while number := heard.recv(1):
            if number[0] not in STOPS:
                continue
            if stopping:
                os._exit(EXIT_STATUS)
            stopping = True
            threading.Thread(target=_stop_everything, daemon=True).start()


def _stop_everything() -> None:
    cancellation.stop()
    client_pool.halt_all(Interrupted(cancellation.SENTENCE))
    ffmpeg.stop_all()
    if client_pool.under_way() and not _free:
        progress.current().say("Stopping: answers that are already paid for are waited for; Ctrl-C again leaves them.")
    for stop in _free:
        stop()

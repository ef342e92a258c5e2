"""Keep processes that read short recordings with PyAV.

So ffprobe need not be started for each recording. They are processes of their own, since a malformed file may end one:
what it was reading is left to ffprobe then. Weighed against a `ProcessPoolExecutor`, which imports the program's main
module, and so Prefect, into each process. Starting ffprobe takes some 55 ms of processor time, reading a short
recording 3 (`python -m bench.probing`).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence

from tasks.media.av_forms import Reading
from tasks.media.formats import DEMUXERS

_MOST_DEATHS = 3  # of processes amid their work; after those there is no further one


class Readers:
    """Readers are at most `most` processes, each started when it is needed.

    Any thread may use them.
    """

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._idle: list[subprocess.Popen[str]] = []  # appending and popping are atomic
        self.deaths = 0

    def read(self, paths: Sequence[str]) -> tuple[Reading | None, ...]:
        """Return what is read of each file, in order; None where ffprobe has to be asked."""
        nothing = (None,) * len(paths)
        if not paths or self.deaths >= _MOST_DEATHS:
            return nothing
        with self._free:
            process = self._taken()
            try:
                found = _answer(process, paths)
            except (OSError, ValueError):  # it died
                self.deaths += 1
                _end(process)
                return nothing
            except BaseException:
                _end(process)
                raise
            self._idle.append(process)
        return found

    def close(self) -> None:
        """End the processes that have nothing to do."""
        with contextlib.suppress(IndexError):
            while True:
                _end(self._idle.pop())

    def _taken(self) -> subprocess.Popen[str]:
        with contextlib.suppress(IndexError):
            while True:
                process = self._idle.pop()
                if process.poll() is None:
                    return process
                _end(process)  # it had nothing to do for long
        return _started()


def _started() -> subprocess.Popen[str]:
    """Start a process, out of the reach of the terminal's Ctrl-C.

    It ends when its standard input is closed, as the system does once we are killed.
    """
    argv = [sys.executable, "-P", "-m", "tasks.media.av_reading", ",".join(DEMUXERS)]
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        encoding="ascii",
    )


def _answer(process: subprocess.Popen[str], paths: Sequence[str]) -> tuple[Reading | None, ...]:
    """Send a line with the paths, and read the line that comes back.

    Raises OSError or ValueError if the process has died.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(paths) + "\n")
    process.stdin.flush()
    found = json.loads(process.stdout.readline())
    if len(found) != len(paths):
        raise ValueError(f"{len(found)} answers for {len(paths)} files")
    return tuple(found)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what it has not taken in
            if pipe is not None:
                pipe.close()
    process.wait()


_readers = Readers(os.cpu_count() or 1)


def read_ahead(paths: Sequence[str]) -> tuple[Reading | None, ...]:
    """Return what is read of each file, in order; None where ffprobe has to be asked.

    The files are read in one process, one after the other: call it with a handful.
    """
    atexit.unregister(close)
    atexit.register(close)
    return _readers.read(paths)


def close() -> None:
    """End the processes that wait for further files; the next reading starts others."""
    _readers.close()

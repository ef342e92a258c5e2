"""Run a server as a child: the embedded model, or Prefect's server.

The child prints where it listens in one line on its standard output (`listening on URL`), and ends when its standard
input is closed. The system closes it when we die, by SIGKILL too, so no server is ever left behind.

Weighed against PR_SET_PDEATHSIG, which only Linux has, and which ends the child with the thread that started it
(prctl(2)), not with the process; atexit and psutil do nothing once we are killed.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from tasks.errors import ReelsheetError

READY = "listening on "


class ChildServerFailed(ReelsheetError):
    """The child ended, or printed nothing in time; the message has its last line."""


class ChildServer:
    """A child server runs at `url` until it is stopped.

    Use it as a context manager, or call `stop`.
    """

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], ready_within_s: float) -> None:
        self.name = name
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        # A session of its own: the terminal's Ctrl-C is ours to handle, not the child's.
        self._child = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=dict(env),
            start_new_session=True,
        )
        self.url = self._wait_until_ready(ready_within_s)

    def _wait_until_ready(self, seconds: float) -> str:
        late = threading.Timer(seconds, self._child.kill)
        late.start()
        try:
            assert self._child.stdout is not None
            line = self._child.stdout.readline().decode(errors="replace").strip()
        finally:
            late.cancel()
        if line.startswith(READY):
            return line.removeprefix(READY)
        self._end()
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        self._stderr.close()
        why = lines[-1] if lines else f"it said nothing within {seconds:.0f} s"
        raise ChildServerFailed(f"The {self.name} did not start: {why}")

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        """End the child and wait for it. Calling it twice is harmless."""
        self._end()
        self._stderr.close()

    def _end(self) -> None:
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

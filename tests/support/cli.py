"""The command line as a user runs it: a process of its own, with its own environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import warm

ROOT = Path(__file__).parents[2]
OURS = ("REELSHEET_", "DASHSCOPE_", "PREFECT_", "OPENAI_")


@dataclass(frozen=True)
class Ran:
    """What a command left: exit status and words."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one sentence that the command ended with."""
        lines = [line for line in self.err.splitlines() if line.startswith("reelsheet: ")]
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("reelsheet: ")


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would steer reelsheet or Prefect, plus `more`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**plain, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **more}


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "flows.entrypoint", *map(str, words)]


def reelsheet(*words: object, env: Mapping[str, str], cwd: Path | None = None, from_nothing: bool = False) -> Ran:
    """Run a command to its end."""
    with tempfile.TemporaryDirectory(prefix="words-") as folder:
        run = Started(*words, env=env, folder=Path(folder), cwd=cwd, from_nothing=from_nothing)
        try:
            return Ran(run.wait(), run.out, run.err)
        finally:
            run.signal(signal.SIGKILL)


class Started:
    """A command under way: the leader of its own process group, as in a terminal; its words go to files in `folder`.

    It is forked from a process that has loaded all there is to load, unless its environment has a say in that, or it is
    to start from nothing.
    """

    def __init__(
        self,
        *words: object,
        env: Mapping[str, str],
        folder: Path,
        cwd: Path | None = None,
        from_nothing: bool = False,
    ) -> None:
        self._out, self._err = folder / "out.txt", folder / "err.txt"
        loaded = None if from_nothing else warm.loaded(words, env)
        self._process: subprocess.Popen[bytes] | warm.Forked
        with self._out.open("wb") as out, self._err.open("wb") as err:
            if loaded:
                self._process = loaded.start([str(word) for word in words], env, cwd, out, err)
            else:
                self._process = subprocess.Popen(
                    command(*words),
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    start_new_session=True,
                )

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def status(self) -> int | None:
        return self._process.returncode

    @property
    def out(self) -> str:
        return self._out.read_text(errors="replace")

    @property
    def err(self) -> str:
        return self._err.read_text(errors="replace")

    @property
    def files_in_use(self) -> str:
        """Libraries and other files that the process has mapped into its memory."""
        return Path(f"/proc/{self._process.pid}/maps").read_text()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, as a terminal does; nothing happens where all is over."""
        if not self.ended:
            os.killpg(self._process.pid, number)

    def wait(self, within_s: float = 180) -> int:
        """The exit status. Raises TimeoutExpired."""
        status = self._process.wait(within_s)
        assert "Traceback" not in self.err, self.err
        return status


def wait_until(condition: Callable[[], object], within_s: float = 120, *, every_s: float = 0.002) -> None:
    """Look until it is so; at something that is work to look at, such as a server, less often than at memory."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(every_s)


def processes_with(text: str, name: str = "") -> list[int]:
    """The processes of the program `name`, if given, with `text` in their environment or the names of their streams."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and int(entry.name) != os.getpid()
        if _read(entry / "cmdline").startswith(name.encode())
        if any(text.encode() in told for told in (_read(entry / "environ"), *_streams(entry)))
    ]


def state(process: int) -> str:
    """The letter that the system has for what a process does; empty where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended
        return b""


def _streams(entry: Path) -> list[bytes]:
    streams = []
    for number in "12":
        with suppress(OSError):
            streams.append(bytes((entry / "fd" / number).readlink()))
    return streams

"""Commands without the seconds that loading takes: each is forked from a process that has loaded everything.

What is forked is a process like any other: its own arguments, environment, folder and streams, from
`flows.entrypoint.main` to the end of the interpreter. Only what happens before that is shared, so what a test says
about loading itself (Ctrl-C in the midst of it, modules of the user's own in the way) needs a command of its own.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO

from flows.entrypoint import Command, main
from flows.runtime.prefect_server import quiet

ROOT = Path(__file__).parents[2]
# nothing reads these while it is loaded
_FREE = ("REELSHEET_", "DASHSCOPE_", "AWS_", "NO_PROXY", "TRIAL", "PYTEST_", "XDG_CACHE_HOME")
_WITHOUT_PREFECT = {"plan", "probe", "query", "reparse", "compact", "models", "scenarios"}  # or its settings
_LOADED = (  # by every run, sooner or later
    *("flows.cli", "flows.analyze", "flows.retry", "flows.compact", "flows.pipeline.compact"),
    *("prefect.flow_engine", "prefect.task_engine", "prefect.telemetry.run_telemetry"),
    *("fastapi", "graphviz", "httpcore2", "truststore", "anyio._backends._asyncio"),
)
_LONGEST = 200_000  # characters of arguments and environment
Fixed = frozenset[tuple[str, str]]
_loaded: dict[Fixed, Loaded] = {}


def loaded(words: Sequence[object], env: Mapping[str, str]) -> Loaded | None:
    """The process to fork a command from; None where loading is its work, or most of it is starting a server."""
    if sys.platform != "linux":
        return None
    if words and words[0] in _WITHOUT_PREFECT:
        wanted = _fixed(env, "PREFECT_")
        alike = [each for fixed, each in _loaded.items() if _fixed(dict(fixed), "PREFECT_") == wanted]
        return alike[0] if alike else None
    if "PREFECT_API_URL" not in env:
        return None
    fixed = _fixed(env)
    if fixed not in _loaded:
        _loaded[fixed] = Loaded(dict(fixed))
    return _loaded[fixed]


def _fixed(env: Mapping[str, str], *free: str) -> Fixed:
    """What of an environment a process cannot take over once all is loaded."""
    return frozenset((name, value) for name, value in env.items() if not name.startswith((*_FREE, *free)))


class Loaded:
    """A process that waits to be forked; it ends with this one."""

    def __init__(self, env: dict[str, str]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - until the tests end
        atexit.register(self._end)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())],
                env=env,
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=subprocess.STDOUT,
            )

    def start(
        self, words: Sequence[str], env: Mapping[str, str], cwd: Path | None, out: IO[bytes], err: IO[bytes]
    ) -> Forked:
        """A command under way, the leader of its own process group."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        told = json.dumps({"words": list(words), "env": dict(env), "cwd": str(cwd or Path.cwd())}).encode()
        assert len(told) < _LONGEST
        with theirs:
            socket.send_fds(self._control, [told], [theirs.fileno(), out.fileno(), err.fileno()])
        pid = ours.recv(64)
        self._said.seek(0)
        said = self._said.read().decode()
        assert (bool(pid), said) == (True, ""), "loading goes well, and is silent"
        return Forked(int(pid), ours)

    def _end(self) -> None:
        self._control.close()
        self._process.wait()
        self._said.close()


class Forked:
    """A command under way, much as subprocess.Popen has it."""

    def __init__(self, pid: int, minder: socket.socket) -> None:
        self.pid = pid
        self._minder = minder
        self.returncode: int | None = None

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._minder.settimeout(timeout)
            try:
                self.returncode = int(self._minder.recv(64))
            except (TimeoutError, BlockingIOError) as error:
                raise TimeoutExpired("reelsheet", timeout or 0) from error
            self._minder.close()
        return self.returncode


def _wait_to_be_forked(control: socket.socket) -> None:
    """Returns in each process that is to be a command; ends in the others."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the minders
    while True:
        told, fds, _, _ = socket.recv_fds(control, _LONGEST, 3)
        if not told:
            sys.exit()
        if _fork() == 0:
            break
        for fd in fds:
            os.close(fd)
    control.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=fds[0]) as parent:
        pid = _fork()
        if pid:  # the minder: it knows how the command ends
            for fd in fds[1:]:
                os.close(fd)
            parent.send(str(pid).encode())
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            parent.send(str(status).encode())
            os._exit(0)
    _become(json.loads(told), *fds[1:])


def _fork() -> int:
    with warnings.catch_warnings():
        # Of threads, since Python 3.12. The libraries whose threads these are know how to be forked.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _become(told: Mapping[str, object], out: int, err: int) -> None:
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    os.setsid()
    os.chdir(str(told["cwd"]))
    os.environ.clear()
    os.environ.update(told["env"])  # type: ignore[call-overload]
    sys.argv = ["reelsheet", *told["words"]]  # type: ignore[misc]


def _load(control: socket.socket) -> Command:
    """The command, in a process of its own, with everything loaded."""
    os.environ.update(quiet(os.environ))
    for name in _LOADED:
        import_module(name)
    gc.collect()
    gc.freeze()  # what is loaded is not looked through again in each process
    _wait_to_be_forked(control)
    return import_module("flows.cli").main  # type: ignore[no-any-return]


if __name__ == "__main__":
    main(lambda: _load(socket.socket(fileno=int(sys.argv[1]))))

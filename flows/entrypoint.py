"""Start the command; from here on Ctrl-C ends it with its sentence.

That holds while the rest is loaded, too.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.abc import MetaPathFinder

from tasks.system.cancellation import STOPS, leave_on_interrupt, leaves_without_waiting
from tasks.system.streams import open_closed_streams

Command = Callable[[], int | None]
"""Runs to its end and returns the exit status."""

_ended_with: list[int] = []


def main(load: Callable[[], Command] | None = None) -> None:
    """Run the command, which takes most of a second to load.

    `load` gives another one than `flows.cli.main`.
    """
    leave_on_interrupt()
    open_closed_streams()
    # The first to be registered are the last to be called: all is done then, and the status stands.
    atexit.register(_exit_at_once)
    for number in STOPS:
        atexit.register(signal.signal, number, signal.SIG_IGN)
    # Arrow's own allocator keeps memory for every thread that ever wrote a table, and a run has many. Read at import.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    sys.meta_path.insert(0, _NoPandas())
    status = (load or _load)()()
    _ended_with.append(status or 0)
    if leaves_without_waiting():
        _exit_at_once()
    sys.exit(status)


class _NoPandas(MetaPathFinder):
    """Find no pandas, which Arrow looks for before it makes its first array.

    That takes a fifth of a second, and the command gives nobody a data frame. Weighed against None in `sys.modules`,
    which Arrow takes for pandas.
    """

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError("The command works without pandas.", name=fullname)


def _load() -> Command:
    from flows.cli import main as run  # noqa: PLC0415 - Ctrl-C has its sentence before

    return run


def _exit_at_once() -> None:
    """End here where the command came to its end, with os._exit.

    Weighed against leaving it to the interpreter, whose clearing up takes 0.8 s more once Prefect and pyarrow are
    loaded; the system frees the same.
    """
    if _ended_with:
        with suppress(OSError):  # whoever read our words has gone: the interpreter has a status for that
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
            os._exit(_ended_with[0])


if __name__ == "__main__":
    main()

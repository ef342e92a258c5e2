"""Functions in processes of their own, which may be killed: each is forked from one that has imported everything.

Importing is most of what such a process would cost. What is forked starts with the environment of the first one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["tests.support.dataset_run", "tests.support.compaction_run", "tests.support.busy_dataset", "s3fs", "upath"]
)


class Fork:
    """A function of a module under way; a context manager that leaves no process behind. What it prints is kept."""

    def __init__(self, function: Callable[..., object], *given: object, env: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="words-")
        self._words = Path(self._folder.name) / "out.txt"
        self._words.touch()
        self._process = _FORKS.Process(target=_run, args=(self._words, dict(env or {}), function, given))
        self._process.start()

    @property
    def ended(self) -> bool:
        return not self._process.is_alive()

    @property
    def words(self) -> list[str]:
        return self._words.read_text().split()

    def wait(self, within_s: float | None = None) -> int | None:
        """The exit status, negative for a signal; None where it is not over in time."""
        self._process.join(within_s)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
        self._process.close()
        self._folder.cleanup()


def _run(words: Path, env: Mapping[str, str], function: Callable[..., object], given: tuple[object, ...]) -> None:
    os.environ.update(env)
    with words.open("w", buffering=1) as sys.stdout:
        function(*given)

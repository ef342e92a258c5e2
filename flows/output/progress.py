"""Show a person how a run goes: a bar on a terminal, plain lines elsewhere.

Always on standard error.
"""

from __future__ import annotations

import threading
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Reporter(Protocol):
    """A reporter shows what a run does. `advance` may be called from any thread."""

    def say(self, line: str) -> None:
        """Print a line that stays."""

    def begin(self, title: str, total: int) -> None:
        """Begin a stage of `total` steps; the one before it is over."""

    def advance(self) -> None:
        """Count one step as done."""

    def close(self) -> None:
        """End the output."""


class PlainLines:
    """Plain lines suit logs, pipes and CI.

    They show a stage's begin, and about ten meanwhile.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._title, self._done, self._total = "", 0, 0

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def begin(self, title: str, total: int) -> None:
        with self._lock:
            self._title, self._done, self._total = title, 0, total
        if total:
            self.say(f"{title}: 0 of {total}")

    def advance(self) -> None:
        with self._lock:
            self._done += 1
            line = f"{self._title}: {self._done} of {self._total}"
            due = self._done % max(1, self._total // 10) == 0
        if due:
            self.say(line)

    def close(self) -> None:
        pass


class ProgressBar(PlainLines):
    """One bar follows the stages."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._stage = self._bar.add_task("starting", total=None)
        self._bar.start()

    def begin(self, title: str, total: int) -> None:
        self._bar.reset(self._stage, description=title, total=total)

    def advance(self) -> None:
        self._bar.advance(self._stage)

    def close(self) -> None:
        self._bar.stop()


_current: Reporter = PlainLines(Console(stderr=True, quiet=True))


def current() -> Reporter:
    """Return the reporter of this process.

    It is silent unless someone chose one (a Prefect worker has its own log).
    """
    return _current


def use(reporter: Reporter) -> None:
    """Choose the reporter of this process."""
    global _current  # noqa: PLW0603 - one terminal, one reporter
    _current = reporter


def for_terminal() -> Reporter:
    """Return a bar where standard error is a terminal, else plain lines."""
    console = Console(stderr=True)
    return ProgressBar(console) if console.is_terminal else PlainLines(console)

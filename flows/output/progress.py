"""Show a person how a run goes: a bar on a terminal, plain lines elsewhere.

Always on standard error.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from flows.output.stage import Stage, Step

_LINE_EVERY_S = 5.0
_NOTE_EVERY_S = 20.0  # where nothing was done meanwhile


class Reporter(Protocol):
    """A reporter shows what a run does. Its methods may be called from any thread."""

    def say(self, line: str) -> None:
        """Print a line that stays."""

    def begin(self, title: str, total: int, work_ms: int = 0) -> None:
        """Begin a stage of `total` steps; the one before it is over.

        `work_ms`: how long the recordings of all steps are, for an estimate of what is left.
        """

    def expect(self, total: int, work_ms: int = 0) -> None:
        """Give the stage other totals, as more becomes known of its steps."""

    def start(self, step: Step) -> None:
        """Show a step as under way."""

    def advance(self, step: Step | None = None, *, kept: bool = False) -> None:
        """Count one step as done; `kept`: in an earlier run, so that it took no time."""

    def note(self, words: str, reached_ms: int = 0) -> None:
        """Say what is done about the steps under way, and how much of them is done."""

    def close(self) -> None:
        """End the output."""


class PlainLines:
    """Plain lines suit logs, pipes and CI.

    They show a stage's begin and end, and one line every few seconds meanwhile. Counts never fall.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._lock = threading.RLock()
        self._stage = Stage()
        self._shown_s = 0.0

    def say(self, line: str) -> None:
        with self._lock:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def begin(self, title: str, total: int, work_ms: int = 0) -> None:
        with self._lock:
            self._stage = Stage(title, total, work_ms, self._clock())
            if total:
                self._show()

    def expect(self, total: int, work_ms: int = 0) -> None:
        with self._lock:
            was_done = self._stage.done == self._stage.total
            self._stage.total, self._stage.work_ms = total, work_ms
            if self._stage.done == total and not was_done:
                self._show()

    def start(self, step: Step) -> None:
        with self._lock:
            self._stage.under_way[step.key] = step

    def advance(self, step: Step | None = None, *, kept: bool = False) -> None:
        with self._lock:
            self._stage.advance(step, kept)
            if self._stage.done == self._stage.total or self._is_due(_LINE_EVERY_S):
                self._show()

    def note(self, words: str, reached_ms: int = 0) -> None:
        with self._lock:
            self._stage.note, self._stage.reached_ms = words, reached_ms
            if words and self._stage.under_way and self._is_due(_NOTE_EVERY_S):
                self._show()

    def close(self) -> None:
        pass

    def _is_due(self, every_s: float) -> bool:
        return self._clock() - self._shown_s >= every_s

    def _show(self) -> None:
        self._shown_s = self._clock()
        self.say(self._stage.line(self._shown_s))


class ProgressBar(PlainLines):
    """One bar follows the stages.

    It says what is under way, how much is done, and how long it takes yet.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console, clock)
        self._bar = _Bar(
            SpinnerColumn(),
            TextColumn(
                "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
            ),
            BarColumn(bar_width=10),
            TextColumn("{task.fields[count]}", table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}", table_column=Column(no_wrap=True)),
            console=console,
            transient=True,
            expand=True,
        )
        self._furthest = 0.0  # the bar does not fall back when more is found to do
        self._shown = self._bar.add_task("starting", total=None, count="", left="")
        self._bar.start()

    def begin(self, title: str, total: int, work_ms: int = 0) -> None:
        with self._lock:
            self._stage, self._furthest = Stage(title, total, work_ms, self._clock()), 0.0
            self._bar.reset(self._shown, total=1.0)
            self._show()

    def expect(self, total: int, work_ms: int = 0) -> None:
        super().expect(total, work_ms)
        self._show()

    def start(self, step: Step) -> None:
        super().start(step)
        self._show()

    def advance(self, step: Step | None = None, *, kept: bool = False) -> None:
        with self._lock:
            self._stage.advance(step, kept)
            self._show()

    def note(self, words: str, reached_ms: int = 0) -> None:
        with self._lock:
            self._stage.note, self._stage.reached_ms = words, reached_ms
            self._show()

    def close(self) -> None:
        self._bar.stop()

    def _show(self) -> None:
        with self._lock:
            stage = self._stage
            words = f"{stage.title} {stage.where}".rstrip()
            self._bar.below = stage.note if stage.under_way else ""
            count = f"{stage.done}/{stage.total}"
            left = stage.left(self._clock())
            self._furthest = max(self._furthest, stage.share)
            self._bar.update(self._shown, description=words, completed=self._furthest, count=count, left=left)


class _Bar(Progress):
    """A bar with a line of words below it."""

    below = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.below:
            yield Text(f"  {self.below}", style="dim", no_wrap=True, overflow="ellipsis")


SILENT: Reporter = PlainLines(Console(stderr=True, quiet=True))
_current = SILENT


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
    console = Console(stderr=True, emoji=False)
    return ProgressBar(console) if console.is_terminal else PlainLines(console)

"""Keep what became of batches, and let go of each once it is saved."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from prefect.futures import PrefectFuture, PrefectWrappedFuture

from flows.pipeline.results import AskedAnalyses
from flows.runtime.prefect_internals import forget_results
from tasks.errors import OverBudget, ReelsheetError
from tasks.records import Failure
from tasks.run.batch import STOPPING_ERRORS, Batch, BatchResult
from tasks.run.failures import failure
from tasks.run.summary import SavedRecording
from tasks.run.usage import Usage


@dataclass(slots=True)
class Saves:
    """Saves are under way, in the order of their batches.

    Of those that are done only what came of them is kept: a batch with its plans and answers takes 10 kB a recording.
    """

    under_way: deque[tuple[Batch, PrefectFuture[Any]]] = field(default_factory=deque)
    saved: list[SavedRecording] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    broken: list[Failure] = field(default_factory=list)  # of batches that could not be saved
    stops: list[ReelsheetError] = field(default_factory=list)  # of batches that could not be saved
    stopped_in: list[ReelsheetError] = field(default_factory=list)  # what kept segments of saved ones from being asked
    unpublished: Usage = field(default=Usage())

    def add(self, batch: Batch, save: PrefectFuture[Any]) -> None:
        """Add a batch, and what is done once it is saved."""
        self.under_way.append((batch, save))

    def take_done(self) -> list[str]:
        """Let go of batches that are saved, but for those behind one that is not.

        Returns the analyses that they published.
        """
        before = len(self.saved)
        while self.under_way and _is_done(self.under_way[0][1]):
            self._take()
        return [one.analysis_id for one in self.saved[before:]]

    def results(self, *stopped: ReelsheetError | None) -> AskedAnalyses:
        """Wait for all of them, and return what became of them.

        `stopped` are errors that no batch may have heard of, since submitting ended early.
        """
        while self.under_way:
            self._take()
        stops = [*self.stops, *self.stopped_in, *filter(None, stopped)]
        return AskedAnalyses(
            saved=tuple(self.saved),
            failures=(*self.broken, *self.failures),
            error=next((stop for stop in stops if not isinstance(stop, OverBudget)), None),
            over_budget=next((stop for stop in stops if isinstance(stop, OverBudget)), None),
            unpublished=self.unpublished,
        )

    def _take(self) -> None:
        batch, save = self.under_way.popleft()
        result = save.result(raise_on_failure=False)
        forget_results()
        if isinstance(result, BatchResult):
            self.saved += result.saved
            self.failures += result.failures
            self.stopped_in += [result.stopped] if result.stopped is not None else []
            self.unpublished += result.unpublished
        elif isinstance(result, STOPPING_ERRORS):
            self.stops.append(result)
        else:
            self.broken += [
                failure(item.plan.recording.uri, "save", result, item.plan.recording.media_id) for item in batch.items
            ]


def _is_done(save: PrefectFuture[Any]) -> bool:
    """Return whether a save has ended; False where only waiting for it would tell."""
    return isinstance(save, PrefectWrappedFuture) and bool(save.wrapped_future.done())

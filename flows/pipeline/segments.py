"""Asking: batch by batch, recordings are claimed, cut, asked about and published.

What another run is asking about is put off to the end and waited for: nothing is paid for twice.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect import allow_failure
from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.session import Session
from flows.pipeline.setup import ResolvedRun
from flows.runtime.engine_server import with_engine
from flows.runtime.prefect_memory import forget_results
from tasks.ask import ask
from tasks.cut import cut
from tasks.errors import OverBudget, ReelsheetError
from tasks.records import Answer, Failure, PlannedSegment, Recording
from tasks.run import client_pool
from tasks.run.batch import STOPPING_ERRORS, Batch, BatchItem, BatchResult, PendingAnalysis, batches
from tasks.run.clips import largest_clip
from tasks.run.downloads import Downloads
from tasks.run.job import Job
from tasks.run.outcomes import failure
from tasks.run.segment import SegmentRequest
from tasks.run.summary import SavedRecording, Usage, plural
from tasks.save import save
from tasks.store.answers import AnswerStore
from tasks.system import cancellation
from tasks.system.workdir import work_folder

# A batch is answered in about so many rounds of questions: few files, and none waits long for its neighbours.
_ROUNDS_PER_BATCH = 4
_LOOKS_AGAIN_AFTER_S = 0.5


@dataclass(frozen=True, slots=True)
class AskResult:
    """What became of the recordings."""

    saved: tuple[SavedRecording, ...] = ()
    failures: tuple[Failure, ...] = ()
    done_elsewhere: frozenset[str] = frozenset()  # analyses that another run has published meanwhile
    error: ReelsheetError | None = None  # what stopped the run
    over_budget: OverBudget | None = None  # what there was no money for
    unpublished: Usage = field(default=Usage())  # what was sent about recordings that got no answer


def ask_all(resolved: ResolvedRun, session: Session, pending: Sequence[PendingAnalysis]) -> AskResult:
    """Cut, ask and publish every recording."""
    progress.current().begin("asking", sum(len(analysis.plan.segments) for analysis in pending))
    with work_folder(resolved.settings.workdir) as workdir, with_engine(resolved.job) as job:
        asking = _Asking(job, session, str(workdir), _max_in_flight(resolved))
        stopped: ReelsheetError | None = None
        try:
            asking.submit_until_done(pending)
        except ReelsheetError as error:
            client_pool.halt_all(error)
            stopped = error
        return asking.results(stopped)


def _max_in_flight(resolved: ResolvedRun) -> int:
    """How many segments may be under way: so many that no question waits for a cut, and the work folder holds them."""
    fitting = resolved.settings.workdir_mb * 1_000_000 // largest_clip(resolved.job)
    return max(1, min(2 * resolved.job.concurrency, fitting))


class _Asking:
    def __init__(self, job: Job, session: Session, workdir: str, max_in_flight: int) -> None:
        self._job, self._session, self._workdir = job, session, workdir
        self._answers = AnswerStore(session.dataset)
        self._in_flight = threading.Semaphore(max_in_flight)
        self._downloads = Downloads(Path(workdir))
        self._numbers = itertools.count(1)
        self._saves: list[tuple[Batch, PrefectFuture[Any]]] = []
        self._done_elsewhere: set[str] = set()

    def submit_until_done(self, pending: Sequence[PendingAnalysis]) -> None:
        """Submit all, those held by another run once they are free. Raises Interrupted; ends early where halted."""
        held = self._submit(pending)
        if held:
            waiting = plural(len(held), "recording")
            progress.current().say(f"Another run is asking about {waiting}; they are waited for, not asked twice.")
        while held and client_pool.halted(self._job) is None:
            cancellation.check()
            time.sleep(_LOOKS_AGAIN_AFTER_S)
            held = self._submit(held)

    def results(self, stopped: ReelsheetError | None) -> AskResult:
        """What became of all that was submitted; waits for it."""
        results = [(batch, future.result(raise_on_failure=False)) for batch, future in self._saves]
        published = [result for _, result in results if isinstance(result, BatchResult)]
        broken = [
            failure(item.plan.recording.uri, "save", result, item.plan.recording.media_id)
            for batch, result in results
            if not isinstance(result, (BatchResult, *STOPPING_ERRORS))
            for item in batch.items
        ]
        stops: list[ReelsheetError] = [result for _, result in results if isinstance(result, STOPPING_ERRORS)]
        stops += [p.stopped for p in published if p.stopped is not None]
        # Where submitting ended early, no batch may have heard why.
        stops += filter(None, (client_pool.halted(self._job), stopped))
        return AskResult(
            saved=tuple(saved for p in published for saved in p.saved),
            failures=(*broken, *(f for p in published for f in p.failures)),
            done_elsewhere=frozenset(self._done_elsewhere),
            error=next((stop for stop in stops if not isinstance(stop, OverBudget)), None),
            over_budget=next((stop for stop in stops if isinstance(stop, OverBudget)), None),
            unpublished=sum((p.unpublished for p in published), Usage()),
        )

    def _submit(self, pending: Sequence[PendingAnalysis]) -> list[PendingAnalysis]:
        """Submit what is free, and return what another run holds."""
        held: list[PendingAnalysis] = []
        for batch in batches(pending, _ROUNDS_PER_BATCH * self._job.concurrency):
            cancellation.check()
            mine = [analysis for analysis in batch if self._session.claims.take(analysis.plan.analysis_id)]
            if len(mine) < len(batch):
                taken = {analysis.plan.analysis_id for analysis in mine}
                held += [analysis for analysis in batch if analysis.plan.analysis_id not in taken]
            # Only what is claimed can be judged: another run may have published it until now.
            if mine:
                self._session.history.refresh()
                self._submit_batch([analysis for analysis in mine if not self._is_done_elsewhere(analysis)])
                forget_results()
            if self._stopped() and not self._unpaid():
                break
        return held

    def _is_done_elsewhere(self, analysis: PendingAnalysis) -> bool:
        """Whether another run has done the recording meanwhile."""
        analysis_id = analysis.plan.analysis_id
        if not analysis.is_complete(self._session.history.known(analysis_id)):
            return False
        self._session.claims.release(analysis_id)
        self._done_elsewhere.add(analysis_id)
        for _ in analysis.plan.segments:
            progress.current().advance()
        return True

    def _submit_batch(self, pending: Sequence[PendingAnalysis]) -> None:
        if not pending:
            return
        history = self._session.history
        items = tuple(BatchItem(analysis.plan, history.next_attempt(analysis.plan.analysis_id)) for analysis in pending)
        batch = Batch(f"{self._job.run.run_id}-{next(self._numbers):05d}", items)
        answered = [
            [allow_failure(a) for a in self._submit_segments(analysis, item.attempt)]
            for analysis, item in zip(pending, items, strict=True)
        ]
        saved = save.submit(self._job, batch, answered)
        saved.add_done_callback(lambda _: self._release(batch))
        self._saves.append((batch, saved))

    def _submit_segments(
        self, analysis: PendingAnalysis, attempt: int
    ) -> list[PrefectFuture[Any] | tuple[Answer, ...] | OverBudget]:
        history, plan = self._session.history, analysis.plan
        again = analysis.segments_to_retry(history.known(plan.analysis_id))
        taken_over = history.answers(plan.analysis_id, again, turns=bool(plan.question.follow_up))
        request = SegmentRequest(self._job, plan, self._answers, tuple(taken_over.values()), attempt)
        self._downloads.hold(plan.recording, len(plan.segments))
        return [self._submit_segment(request, segment) for segment in plan.segments]

    def _stopped(self) -> ReelsheetError | None:
        return client_pool.halted(self._job)

    def _unpaid(self) -> OverBudget | None:
        """What there is no money for any more: the rest is shown as skipped, without a task for each."""
        stopped = self._stopped()
        return stopped if isinstance(stopped, OverBudget) else None

    def _submit_segment(
        self, request: SegmentRequest, segment: PlannedSegment
    ) -> PrefectFuture[Any] | tuple[Answer, ...] | OverBudget:
        """The answer to come, or the one that an earlier run has already paid for."""
        recording, request = request.plan.recording, request.within(segment.span)
        finished = request.finished(segment)
        if finished:
            self._done_with_segment(recording)
            return finished
        self._in_flight.acquire()
        if unpaid := self._unpaid():
            self._answered(recording)
            return unpaid
        clips = cut.submit(self._job, request.plan, segment, self._workdir)
        answer = ask.submit(self._job, request.plan, segment, allow_failure(clips), request.known, request.attempt)
        answer.add_done_callback(lambda _: self._answered(recording))
        return answer

    def _answered(self, recording: Recording) -> None:
        self._done_with_segment(recording)
        self._in_flight.release()

    def _done_with_segment(self, recording: Recording) -> None:
        self._downloads.release(recording)
        progress.current().advance()

    def _release(self, batch: Batch) -> None:
        for item in batch.items:
            self._session.claims.release(item.plan.analysis_id)

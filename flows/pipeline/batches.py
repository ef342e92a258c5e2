"""Claim batches of recordings before they are asked about.

What another run is asking about is put off to the end and waited for: nothing is paid for twice.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from flows.output import progress
from flows.output.stage import Step
from flows.pipeline.current_run import Run
from flows.pipeline.room import Room
from flows.pipeline.saves import Saves
from flows.pipeline.session import Session
from flows.runtime.engine_server import with_engine
from flows.runtime.prefect_internals import forget_results
from tasks.errors import OverBudget, ReelsheetError
from tasks.records import PlannedSegment, Recording
from tasks.run import client_pool
from tasks.run.batch import Batch, BatchItem, PendingAnalysis, batches
from tasks.run.downloads import Downloads
from tasks.run.job import Job
from tasks.run.segment import SegmentRequest
from tasks.run.usage import plural
from tasks.store.answers import AnswerStore
from tasks.system import cancellation
from tasks.system.workdir import remove_abandoned, work_folder

# A batch is answered in about so many rounds of questions: few files, and none waits long for its neighbours.
_ROUNDS_PER_BATCH = 4
_LONGEST_NAME = 30  # characters, on the progress line
_MILLISECONDS = re.compile(r"\.\d{3}")
_LEAST_WORK_MS = 1000  # an image takes time, too
_LOOKS_AGAIN_AFTER_S = 0.5


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace has what segments share while they are cut and asked about."""

    job: Job  # with an address to ask
    session: Session
    folder: Path  # where clips lie until they are answered
    room: Room  # for segments under way
    folder_bytes: int  # that clips may take
    answers: AnswerStore
    downloads: Downloads
    saves: Saves = field(default_factory=Saves)
    done_elsewhere: set[str] = field(default_factory=set)  # analyses that another run has published meanwhile

    @property
    def stopped(self) -> ReelsheetError | None:
        """Return the error that stopped the model from being asked any more, if any."""
        return client_pool.halted(self.job)

    @property
    def unpaid(self) -> OverBudget | None:
        """Return the error that says that there is no money for more.

        The rest is shown as skipped, without a task for each.
        """
        stopped = self.stopped
        return stopped if isinstance(stopped, OverBudget) else None

    def release(self, batch: Batch) -> None:
        """Let other runs ask about the batch's recordings."""
        for item in batch.items:
            self.session.claims.release(item.plan.analysis_id)


@dataclass(frozen=True, slots=True)
class ClaimedBatch:
    """A claimed batch is asked about by this run alone.

    Its recordings' tables are published together.
    """

    workspace: Workspace
    batch: Batch
    requests: tuple[SegmentRequest, ...]  # for each recording
    recordings: int  # of the run, as far as is known


@contextmanager
def claim_batches(run: Run, portions: Iterable[Sequence[PendingAnalysis]]) -> Iterator[Iterable[ClaimedBatch]]:
    """Claim batches, which are cut, asked about and saved inside.

    Portions of the run's recordings are taken one after the other, once there is room for more. Afterwards the run has
    what became of all of them. What stops the run is a part of that. Raises UsageError where the work folder or the
    engine is missing.
    """
    announced = _announced(run, portions)
    first = next(announced, None)
    if first is None:
        remove_abandoned(run.settings.workdir)
        yield ()
        return
    with work_folder(run.settings.workdir) as folder, with_engine(run.job) as job:
        folder_bytes = run.settings.workdir_mb * 1_000_000
        room, answers = Room(2 * job.concurrency, folder_bytes), AnswerStore(run.session.dataset)
        workspace = Workspace(job, run.session, folder, room, folder_bytes, answers, Downloads(folder))
        stopped: ReelsheetError | None = None
        try:
            yield _claimed_batches(workspace, chain([first], announced), run)
        except ReelsheetError as error:
            client_pool.halt_all(error)
            stopped = error
        # Where submitting ended early, no batch may have heard why.
        asked = workspace.saves.results(workspace.stopped, stopped)
        run.asked += replace(asked, done_elsewhere=frozenset(workspace.done_elsewhere))
        run.published += [saved.analysis_id for saved in asked.saved]


def _announced(run: Run, portions: Iterable[Sequence[PendingAnalysis]]) -> Iterator[Sequence[PendingAnalysis]]:
    """Give the portions that have something to ask, and show how much it is.

    An input that is still to come counts as one segment, as long as those before it are on average.
    """
    segments = recordings = work_ms = 0
    for pending in portions:
        steps = [step_of(one.plan.recording, segment) for one in pending for segment in one.plan.segments]
        begin, recordings = not recordings, recordings + len(pending)
        segments, work_ms = segments + len(steps), work_ms + sum(step.work_ms for step in steps)
        if not recordings:
            continue
        all_ms = work_ms + work_ms * run.to_come // recordings
        if begin:
            progress.current().begin("asking", segments + run.to_come, all_ms)
        else:
            progress.current().expect(segments + run.to_come, all_ms)
        if pending:
            yield pending


def _claimed_batches(
    workspace: Workspace, portions: Iterable[Sequence[PendingAnalysis]], run: Run
) -> Iterator[ClaimedBatch]:
    """Claim all of them, those held by another run once they are free.

    Raises Interrupted; ends early where the model must not be asked any more.
    """
    held: list[PendingAnalysis] = []
    for pending in portions:
        held += yield from _free_batches(workspace, pending, run)
        if workspace.stopped and not workspace.unpaid:
            return
    if held:
        waiting = plural(len(held), "recording")
        progress.current().say(f"Another run is asking about {waiting}; they are waited for, not asked twice.")
    while held and workspace.stopped is None:
        cancellation.check()
        time.sleep(_LOOKS_AGAIN_AFTER_S)
        held = yield from _free_batches(workspace, held, run)


def _free_batches(
    workspace: Workspace, pending: Sequence[PendingAnalysis], run: Run
) -> Generator[ClaimedBatch, None, list[PendingAnalysis]]:
    """Claim those that nobody else holds; return the others."""
    held: list[PendingAnalysis] = []
    for some in batches(pending, _ROUNDS_PER_BATCH * workspace.job.concurrency):
        cancellation.check()
        mine = [analysis for analysis in some if workspace.session.claims.take(analysis.plan.analysis_id)]
        if len(mine) < len(some):
            taken = {analysis.plan.analysis_id for analysis in mine}
            held += [analysis for analysis in some if analysis.plan.analysis_id not in taken]
        # Only what is claimed can be judged: another run may have published it until now.
        if mine:
            workspace.session.history.refresh()
            to_ask = [analysis for analysis in mine if not _is_done_elsewhere(workspace, analysis)]
            if to_ask:
                yield _claimed(workspace, to_ask, run)
            run.published += workspace.saves.take_done()
            forget_results()
        if workspace.stopped and not workspace.unpaid:
            break
    return held


def _is_done_elsewhere(workspace: Workspace, analysis: PendingAnalysis) -> bool:
    """Return whether another run has done the recording meanwhile."""
    analysis_id = analysis.plan.analysis_id
    if not analysis.is_complete(workspace.session.history.known(analysis_id)):
        return False
    workspace.session.claims.release(analysis_id)
    workspace.done_elsewhere.add(analysis_id)
    for segment in analysis.plan.segments:
        progress.current().advance(step_of(analysis.plan.recording, segment), kept=True)
    return True


def step_of(recording: Recording, segment: PlannedSegment) -> Step:
    """Return a segment as a step of asking, named after its recording."""
    name = recording.name if len(recording.name) <= _LONGEST_NAME else f"{recording.name[: _LONGEST_NAME - 1]}…"
    where = "" if recording.kind == "image" else f" {_MILLISECONDS.sub('', segment.span.label)}"
    return Step(segment.segment_id, f"{name}{where}", max(segment.span.duration_ms, _LEAST_WORK_MS))


def _claimed(workspace: Workspace, to_ask: Sequence[PendingAnalysis], run: Run) -> ClaimedBatch:
    requests, items, history = [], [], workspace.session.history
    begun = history.begun(analysis.plan.analysis_id for analysis in to_ask)
    for analysis in to_ask:
        plan = analysis.plan
        if plan.analysis_id not in begun:
            requests.append(SegmentRequest(workspace.job, plan, workspace.answers))
            items.append(BatchItem(plan, 1, analysis.known_content))
            continue
        newest = history.known(plan.analysis_id)
        again, turns_again = analysis.segments_to_retry(newest), analysis.turns_to_retry(newest)
        turns = bool(plan.question.follow_up)
        known = history.answers(plan.analysis_id, again, turns=turns, turns_again=turns_again)
        attempt = history.next_attempt(plan.analysis_id)
        requests.append(SegmentRequest(workspace.job, plan, workspace.answers, tuple(known.values()), attempt))
        items.append(BatchItem(plan, attempt, analysis.known_content))
    batch = Batch(f"{workspace.job.run.run_id}-{next(run.batch_numbers):05d}", tuple(items))
    recordings = run.to_come + (run.planned.asked if run.planned else 0)
    return ClaimedBatch(workspace, batch, tuple(requests), recordings)

"""Open a run for the steps of a flow, and publish what they came to."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TypeVar

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from config.settings import Settings
from flows.pipeline.results import AskedAnalyses, PlannedInputs
from flows.pipeline.run_rows import run_rows
from flows.pipeline.session import Session, open_session
from flows.pipeline.setup import ResolvedRun
from flows.runtime.process import prepared_process
from tasks.errors import DatasetNotWritable, ReelsheetError
from tasks.inputs.changes import NOTHING_TO_ASK, InputRow
from tasks.inputs.scan import InputScan
from tasks.query.open_failures import open_segments
from tasks.run import client_pool
from tasks.run.job import Job
from tasks.run.not_ok import RunNotOk
from tasks.run.summary import Summary, Usage
from tasks.sidecars.ownership import SubtitleFile
from tasks.store.commit import publish_run
from tasks.store.running import end
from tasks.system.stage_log import log_stage

T = TypeVar("T", Summary, tuple[Summary, ...])

_log = logging.getLogger("reelsheet.run")


@dataclass(slots=True)
class Run:
    """A run is under way.

    Each step leaves here what the run's own rows will say of it.
    """

    resolved: ResolvedRun
    session: Session
    scan: InputScan = field(default=InputScan(()))
    planned: PlannedInputs | None = None  # None: the run was stopped before
    estimate: Usage = field(default=Usage())
    asked: AskedAnalyses = field(default=AskedAnalyses())
    batch_numbers: Iterator[int] = field(default_factory=partial(count, 1))
    files: tuple[SubtitleFile, ...] | None = None  # that were to be written; None: it is no such job
    error: ReelsheetError | None = None  # what stopped the steps
    summary: Summary = field(init=False)  # once the run is over

    @property
    def job(self) -> Job:
        return self.resolved.job

    @property
    def settings(self) -> Settings:
        return self.resolved.settings


@contextmanager
def open_run(resolved: ResolvedRun) -> Iterator[Run]:
    """Open a run, whose steps are carried out inside.

    An error of ours that stops them is part of its summary. Raises UsageError, DatasetNotWritable where the run cannot
    begin.
    """
    job = resolved.job
    client_pool.use_keys(resolved.settings.key_for)
    tags = (f"provider:{job.provider.name}", f"model:{job.model.name}", f"scenario:{job.scenario.name}")
    try:
        with open_session(resolved) as session, prepared_process(resolved.settings.concurrency, tags):
            run = Run(resolved, session)
            try:
                yield run
            except ReelsheetError as stopped:
                run.error = stopped
            run.summary = _published(run)
    finally:
        client_pool.close_all()


def final_state(summaries: Sequence[Summary], result: T) -> State[T]:
    """Return the flow's final state, that of the worst run.

    It holds `result`, or where a run did not end ok a RunNotOk that carries it, which callers are raised. An artifact
    shows what each run came to.
    """
    for summary in summaries:
        _log.log(logging.WARNING if summary.exit_status else logging.INFO, "%s", summary.sentence)
        try:
            create_markdown_artifact(summary.as_markdown(), key="reelsheet-run", description=summary.sentence)
        except Exception as error:  # all is saved; a server that went away must not hide it
            _log.warning("Prefect's server took no artifact: %s", error)
    if not summaries:
        return Completed(message="There was nothing to ask again.", data=result)
    worst = max(summaries, key=lambda summary: summary.exit_status)
    if worst.exit_status == 0:
        return Completed(message=worst.sentence, data=result)
    final = Cancelled if worst.exit_status == 130 else Failed
    return final(message=worst.sentence, data=RunNotOk(worst.sentence, result))


def _published(run: Run) -> Summary:
    """Publish the rows of a run that is over, and return its summary."""
    planned = run.planned or PlannedInputs(run.scan)
    for lost in planned.failures:
        if lost.stage in ("input", "plan"):  # no task has logged it
            log_stage(lost.stage, lost.uri, "failed", detail=lost.message)
    inputs = planned.inputs(run.session, run.asked.done_elsewhere) if run.planned else []
    summary = _summary(run, planned, inputs)
    try:
        publish_run(run.session.dataset, run_rows(run.job.run, summary, planned.recordings, inputs), run.job.run)
        end(run.session.dataset, run.job.run.run_id)
    except DatasetNotWritable as full:
        return replace(summary, error=summary.error or full)
    return summary


def _summary(run: Run, planned: PlannedInputs, inputs: Sequence[InputRow]) -> Summary:
    job, asked = run.job, run.asked
    open_ = {one.plan.analysis_id for one in planned.pending} - {one.analysis_id for one in asked.saved}
    open_ -= asked.done_elsewhere
    known = sum(seen.status in NOTHING_TO_ASK for seen in inputs) + len(planned.unreadable)
    return Summary(
        run_id=job.run.run_id,
        dataset=job.dataset,
        provider=job.provider.name,
        model=job.model.name,
        currency=job.price.currency if job.price else None,
        skipped=known - len(planned.scan.duplicates) if inputs else 0,
        unreadable=len(planned.unreadable) if inputs else 0,
        saved=asked.saved,
        lost=len(planned.failures) + len(open_),
        failures=(*planned.failures, *asked.failures),
        warnings=(*job.notes, *planned.notes),
        error=run.error or asked.error,
        estimate=run.estimate,
        unpublished=asked.unpublished,
        max_cost_nano=job.max_cost_nano,
        over_budget=asked.over_budget,
        still_open=open_segments(run.session.dataset, run.session.history.not_ok(set(planned.finished.values()))),
        ignore_known=run.settings.ignore_known,
        files=run.files,
    )

"""Hold the run that is under way, and publish what it came to. Without Prefect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from config.settings import Settings
from flows.pipeline.results import AskedAnalyses, PlannedInputs
from flows.pipeline.run_rows import run_rows
from flows.pipeline.session import Session
from flows.pipeline.setup import ResolvedRun
from tasks.errors import DatasetNotWritable, ReelsheetError
from tasks.inputs.changes import NOT_REACHED, NOTHING_TO_ASK, InputRow
from tasks.inputs.scan import UNSETTLED, InputScan
from tasks.query.open_failures import open_segments
from tasks.records import Recording
from tasks.run.job import Job
from tasks.run.moderation_report import ModerationReport
from tasks.run.summary import Summary, one_a_recording
from tasks.run.usage import Usage
from tasks.sidecars.ownership import SubtitleFile
from tasks.store.commit import publish_run
from tasks.store.running import end
from tasks.system.stage_log import log_stage


@dataclass(slots=True)
class Run:
    """A run is under way.

    Each step leaves here what the run's own rows will say of it.
    """

    resolved: ResolvedRun
    session: Session
    scan: InputScan = field(default=InputScan(()))
    planned: PlannedInputs | None = None  # None: the run was stopped before
    to_come: int = 0  # inputs that are not planned yet
    keeps_plans: bool = True  # of what is published, since later steps go by them
    published: list[str] = field(default_factory=list)  # analyses, until their plans are let go
    estimate: Usage = field(default=Usage())
    asked: AskedAnalyses = field(default=AskedAnalyses())
    judged: frozenset[str] | None = None  # of a moderation, the analyses that have a verdict; None: they need none
    report: ModerationReport | None = None
    batch_numbers: Iterator[int] = field(default_factory=partial(count, 1))
    files: tuple[SubtitleFile, ...] | None = None  # that were to be written; None: it is no such job
    error: ReelsheetError | None = None  # what stopped the steps
    summary: Summary = field(init=False)  # once the run is over

    def let_go_of_published(self) -> None:
        """Let go of the plans of what is published, where no later step needs them."""
        if self.planned is not None and not self.keeps_plans:
            self.planned = self.planned.without_plans(frozenset(self.published))
        self.published.clear()

    @property
    def job(self) -> Job:
        return self.resolved.job

    @property
    def settings(self) -> Settings:
        return self.resolved.settings


def publish_summary(run: Run) -> Summary:
    """Publish the rows of a run that is over, and return its summary."""
    run.let_go_of_published()
    planned = run.planned or PlannedInputs(run.scan)
    for lost in planned.failures:
        if lost.stage in ("input", "plan"):  # no task has logged it
            log_stage(lost.stage, lost.uri, "failed", detail=lost.message)
    inputs = planned.inputs(run.session, run.asked.done_elsewhere)
    summary = _summary(run, planned, inputs)
    try:
        rows = run_rows(run.job.run, summary, _unpublished(run, planned.recordings), inputs)
        publish_run(run.session.dataset, rows, run.job.run)
        end(run.session.dataset, run.job.run.run_id)
    except DatasetNotWritable as full:
        return replace(summary, error=summary.error or full)
    return summary


def _unpublished(run: Run, recordings: Sequence[Recording]) -> list[Recording]:
    """Return the recordings that have no row yet.

    Those that were published with their answers are not among the given.
    """
    run.session.history.refresh()
    known = run.session.history.uris({recording.media_id for recording in recordings})
    return [recording for recording in recordings if recording.media_id not in known]


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
        not_reached=sum(seen.reason == NOT_REACHED for seen in inputs),
        still_changing=planned.scan.left_out.get(UNSETTLED, 0),
        unreadable=len(planned.unreadable) if inputs else 0,
        saved=asked.saved if job.rules is None else one_a_recording(asked.saved),
        lost=len(planned.failures) + len(open_),
        failures=(*planned.failures, *asked.failures),
        warnings=(*job.notes, *planned.scan.notes, *planned.notes),
        error=run.error or asked.error,
        estimate=run.estimate,
        unpublished=asked.unpublished,
        translating=asked.translating,
        max_cost_nano=job.max_cost_nano,
        over_budget=asked.over_budget,
        still_open=open_segments(run.session.dataset, run.session.history.not_ok(set(planned.finished.values()))),
        ignore_known=run.settings.ignore_known,
        moderation=run.report,
        files=run.files,
    )

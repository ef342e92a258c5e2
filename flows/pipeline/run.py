"""The steps that every job which asks has in common, in their order: look, plan, ask, publish."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from flows.output import progress
from flows.pipeline.inputs import PlannedInputs, plan_inputs, plan_retry
from flows.pipeline.run_rows import run_rows
from flows.pipeline.segments import AskResult, ask_all
from flows.pipeline.session import Session, open_session
from flows.pipeline.setup import ResolvedRun
from flows.runtime import signals
from tasks.errors import DatasetNotWritable, Interrupted, ReelsheetError
from tasks.inputs.changes import NOTHING_TO_ASK
from tasks.inputs.scan import InputScan
from tasks.planning.cost import cost_nano
from tasks.planning.expected import segment_tokens
from tasks.query.retry_selection import RetryTarget
from tasks.records import AnalysisPlan, PlannedSegment, Tokens
from tasks.run import client_pool
from tasks.run.batch import PendingAnalysis
from tasks.run.job import Job
from tasks.run.summary import Summary, Usage, money, plural
from tasks.store.answers import AnswerStore
from tasks.store.commit import publish_run
from tasks.store.running import end
from tasks.system.workdir import remove_abandoned

T = TypeVar("T")


@contextmanager
def run_session(resolved: ResolvedRun) -> Iterator[Session]:
    """The dataset open, keys at hand, Ctrl-C heard; everything closed afterwards."""
    client_pool.use_keys(resolved.settings.key_for)
    # What is loaded by now stays. Out of the garbage collector's sight, it no longer makes it put off the rounds in
    # which it finds what thousands of tasks leave behind.
    gc.collect()
    gc.freeze()
    gc.collect()  # counts anew, from nothing
    try:
        with open_session(resolved) as session, signals.watching():
            yield session
    finally:
        gc.unfreeze()
        client_pool.close_all()


def carry_out(
    resolved: ResolvedRun, session: Session, scan: InputScan, targets: Sequence[RetryTarget] | None = None
) -> Summary:
    """One run over the inputs. With `wanted`, a retry of these alone."""
    job = resolved.job
    planned, error = PlannedInputs(scan), None
    try:
        planned = (
            plan_inputs(resolved, session, scan) if targets is None else plan_retry(resolved, session, scan, targets)
        )
    except Interrupted as interrupted:
        error = interrupted
    to_ask = _open_segments(session, planned.pending)
    summary = Summary(
        run_id=job.run.run_id,
        dataset=job.dataset,
        provider=job.provider.name,
        model=job.model.name,
        currency=job.price.currency if job.price else None,
        lost=len(planned.failures),
        failures=planned.failures,
        warnings=(*job.notes, *planned.notes),
        error=error,
        estimate=_expected(job, to_ask),
        max_cost_nano=job.max_cost_nano,
    )
    asked = AskResult()
    if planned.pending:
        progress.current().say(_estimate(job, planned.pending, len(to_ask), summary.estimate))
        try:
            asked = ask_all(resolved, session, planned.pending)
        except ReelsheetError as problem:  # nothing was asked: no work folder, no engine
            asked = AskResult(error=problem)
    else:
        remove_abandoned(resolved.settings.workdir)
    inputs = [] if error else planned.inputs(session, asked.done_elsewhere)
    summary = replace(
        summary,
        saved=asked.saved,
        skipped=sum(seen.status in NOTHING_TO_ASK for seen in inputs) - len(scan.duplicates),
        lost=summary.lost + len(planned.pending) - len(asked.saved) - len(asked.done_elsewhere),
        failures=(*summary.failures, *asked.failures),
        error=error or asked.error,
        over_budget=asked.over_budget,
        unpublished=asked.unpublished,
    )
    try:
        publish_run(session.dataset, run_rows(job.run, summary, planned.recordings, inputs), job.run)
        end(session.dataset, job.run.run_id)
    except DatasetNotWritable as full:
        return replace(summary, error=summary.error or full)
    return summary


def conclude(summaries: Sequence[Summary], result: T) -> State[T]:
    """The flow's final state, that of the worst run, around its result. An artifact shows what each run came to."""
    for summary in summaries:
        get_run_logger().info(summary.sentence)
        try:
            create_markdown_artifact(summary.as_markdown(), key="reelsheet-run", description=summary.sentence)
        except Exception as error:  # all is saved; a server that went away must not hide it
            get_run_logger().warning(f"Prefect's server took no artifact: {error}")
    if not summaries:
        return Completed(message="There was nothing to ask again.", data=result)
    worst = max(summaries, key=lambda summary: summary.exit_status)
    final = {0: Completed, 130: Cancelled}.get(worst.exit_status, Failed)
    return final(message=worst.sentence, data=result)


def _expected(job: Job, to_ask: Sequence[tuple[AnalysisPlan, PlannedSegment]]) -> Usage:
    """What the questions are expected to come to."""
    tokens = sum((segment_tokens(segment, plan.question) for plan, segment in to_ask), Tokens())
    requests = sum(1 + len(plan.question.follow_up) for plan, _ in to_ask)
    return Usage(requests, tokens, cost_nano(tokens, job.price, search=job.modes.search))


def _open_segments(session: Session, pending: Iterable[PendingAnalysis]) -> list[tuple[AnalysisPlan, PlannedSegment]]:
    """The segments that have no answer yet."""
    answers = AnswerStore(session.dataset)
    return [
        (analysis.plan, segment)
        for analysis in pending
        for taken_over in [session.history.answers(analysis.plan.analysis_id, analysis.segments_again)]
        for segment in analysis.plan.segments
        if segment.segment_id not in taken_over and not answers.holds(segment.segment_id)
    ]


def _estimate(job: Job, pending: Sequence[PendingAnalysis], to_ask: int, expected: Usage) -> str:
    segments = sum(len(analysis.plan.segments) for analysis in pending)
    answered = segments - to_ask
    before = f", {answered} of them answered before" if answered else ""
    cost = money(expected.cost_nano, job.price.currency if job.price else None)
    return (
        f"{plural(len(pending), 'recording')} in {plural(segments, 'segment')}{before}: "
        f"about {expected.tokens.input:,} tokens in and {expected.tokens.output:,} out, {cost}"
    )

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
from flows.pipeline.inputs import Looked, look, look_again
from flows.pipeline.run_rows import run_rows
from flows.pipeline.segments import Asked, ask_all
from flows.pipeline.session import Ledger, opened
from flows.pipeline.setup import Wiring
from flows.runtime import signals
from tasks.errors import DatasetNotWritable, Interrupted, ReelsheetError
from tasks.inputs.changes import SETTLED
from tasks.inputs.find import Found
from tasks.planning.cost import cost_nano
from tasks.planning.expected import segment_tokens
from tasks.query.retry_selection import Wanted
from tasks.records import AnalysisPlan, PlannedSegment, Tokens
from tasks.run import client_pool
from tasks.run.batch import Todo
from tasks.run.job import Job
from tasks.run.summary import Spent, Summary, money, plural
from tasks.store.answers import AnswerStore
from tasks.store.begun import end
from tasks.store.commit import publish_run
from tasks.system.workdir import remove_abandoned

T = TypeVar("T")


@contextmanager
def at_work(wiring: Wiring) -> Iterator[Ledger]:
    """The dataset open, keys at hand, Ctrl-C heard; everything closed afterwards."""
    client_pool.use_keys(wiring.settings.key_for)
    # What is loaded by now stays. Out of the garbage collector's sight, it no longer makes it put off the rounds in
    # which it finds what thousands of tasks leave behind.
    gc.collect()
    gc.freeze()
    gc.collect()  # counts anew, from nothing
    try:
        with opened(wiring) as ledger, signals.watching():
            yield ledger
    finally:
        gc.unfreeze()
        client_pool.close_all()


def carried_out(wiring: Wiring, ledger: Ledger, found: Found, wanted: Sequence[Wanted] | None = None) -> Summary:
    """One run over the inputs. With `wanted`, a retry of these alone."""
    job = wiring.job
    looked, error = Looked(found), None
    try:
        looked = look(wiring, ledger, found) if wanted is None else look_again(wiring, ledger, found, wanted)
    except Interrupted as interrupted:
        error = interrupted
    to_ask = _open_segments(ledger, looked.todos)
    summary = Summary(
        run_id=job.run.run_id,
        dataset=job.dataset,
        provider=job.provider.name,
        model=job.model.name,
        currency=job.price.currency if job.price else None,
        lost=len(looked.failures),
        failures=looked.failures,
        warnings=looked.notes,
        error=error,
        estimate=_expected(job, to_ask),
        max_cost_nano=job.max_cost_nano,
    )
    asked = Asked()
    if looked.todos:
        progress.current().say(_estimate(job, looked.todos, len(to_ask), summary.estimate))
        try:
            asked = ask_all(wiring, ledger, looked.todos)
        except ReelsheetError as problem:  # nothing was asked: no work folder, no engine
            asked = Asked(error=problem)
    else:
        remove_abandoned(wiring.settings.workdir)
    inputs = [] if error else looked.inputs(ledger, asked.settled)
    summary = replace(
        summary,
        saved=asked.saved,
        skipped=sum(seen.status in SETTLED for seen in inputs) - len(found.duplicates),
        lost=summary.lost + len(looked.todos) - len(asked.saved) - len(asked.settled),
        failures=(*summary.failures, *asked.failures),
        error=error or asked.error,
        over_budget=asked.over_budget,
        beside=asked.beside,
    )
    try:
        publish_run(ledger.dataset, run_rows(job.run, summary, looked.recordings, inputs), job.run)
        end(ledger.dataset, job.run.run_id)
    except DatasetNotWritable as full:
        return replace(summary, error=summary.error or full)
    return summary


def concluded(summaries: Sequence[Summary], result: T) -> State[T]:
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


def _expected(job: Job, to_ask: Sequence[tuple[AnalysisPlan, PlannedSegment]]) -> Spent:
    """What the questions are expected to come to."""
    tokens = sum((segment_tokens(segment, plan.question) for plan, segment in to_ask), Tokens())
    requests = sum(1 + len(plan.question.follow_up) for plan, _ in to_ask)
    return Spent(requests, tokens, cost_nano(tokens, job.price, search=job.modes.search))


def _open_segments(ledger: Ledger, todos: Iterable[Todo]) -> list[tuple[AnalysisPlan, PlannedSegment]]:
    """The segments that have no answer yet."""
    answers = AnswerStore(ledger.dataset)
    return [
        (todo.plan, segment)
        for todo in todos
        for taken_over in [ledger.history.answers(todo.plan.analysis_id, todo.again)]
        for segment in todo.plan.segments
        if segment.segment_id not in taken_over and not answers.holds(segment.segment_id)
    ]


def _estimate(job: Job, todos: Sequence[Todo], to_ask: int, expected: Spent) -> str:
    segments = sum(len(todo.plan.segments) for todo in todos)
    answered = segments - to_ask
    before = f", {answered} of them answered before" if answered else ""
    cost = money(expected.cost_nano, job.price.currency if job.price else None)
    return (
        f"{plural(len(todos), 'recording')} in {plural(segments, 'segment')}{before}: "
        f"about {expected.tokens.input:,} tokens in and {expected.tokens.output:,} out, {cost}"
    )

"""The main job: recordings to tables. Probe, plan, cut, ask, save; each step a task that Prefect shows by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from prefect import allow_failure, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows import interrupt, progress
from flows.local_engine import with_engine
from flows.outcomes import failure
from flows.wiring import Wiring, ready, wire
from tasks import clients, stopping
from tasks.ask import ask
from tasks.cut import cut
from tasks.errors import DatasetNotWritable, FileChanged, Interrupted, MediaError, RunStopped
from tasks.job import Job
from tasks.planning.cost import cost_nano
from tasks.probe import probe
from tasks.records import AnalysisPlan, Answer, Failure, PlannedSegment, Recording, Tokens
from tasks.request import AnalyzeRequest
from tasks.save import save
from tasks.sources import Found, find_inputs
from tasks.store.answers import AnswerStore
from tasks.store.commit import publish_run, recover
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.summary import Saved, Summary, money, plural
from tasks.tables.run import run_rows
from tasks.workdir import work_folder

# Threads mostly wait: a segment under way holds one for its cut or its question, and a recording one for its save.
_THREADS_PER_QUESTION = 3

# What stops a run as a whole: no recording is to blame, and the next run goes on.
_STOPS = (RunStopped, Interrupted, DatasetNotWritable)


@dataclass(frozen=True, slots=True)
class Todo:
    """A recording that is to be asked about, and what an earlier, unfinished attempt already knows of it."""

    plan: AnalysisPlan
    attempt: int
    known: tuple[Answer, ...] = ()


def _threads(concurrency: int) -> TaskRunner[PrefectFuture[Any]]:
    runner: object = ThreadPoolTaskRunner[Any](max_workers=_THREADS_PER_QUESTION * concurrency + 4)
    return cast("TaskRunner[PrefectFuture[Any]]", runner)


@flow(name="analyze", flow_run_name="analyze {request.label}", task_runner=_threads(16))
def analyze(request: AnalyzeRequest) -> State[Summary]:
    """Analyse the inputs and write their tables. The final state says whether every recording ended well."""
    wiring = wire(request)
    dataset = ready(wiring)
    clients.use_keys(wiring.settings.key_for)
    try:
        with interrupt.watching():
            summary = _run(wiring, request, dataset)
    finally:
        clients.close_all()
    create_markdown_artifact(summary.as_markdown(), key="reelsheet-run", description=summary.sentence)
    get_run_logger().info(summary.sentence)
    final = {0: Completed, 130: Cancelled}.get(summary.exit_status, Failed)
    return final(message=summary.sentence, data=summary)


def with_threads_for(concurrency: int) -> Any:
    """The flow with as many threads as its questions at once need."""
    return analyze.with_options(task_runner=_threads(concurrency))


def _run(wiring: Wiring, request: AnalyzeRequest, dataset: Dataset) -> Summary:
    job = wiring.job
    recover(dataset)
    found = find_inputs(request.inputs, wiring.settings.settle_s, time.time())
    recordings, failures, notes = _probe_all(found)
    todos, known, unplanned = _plan_all(job, History(dataset), recordings)
    summary = Summary(
        run_id=job.run.run_id,
        dataset=job.dataset,
        provider=job.provider.name,
        model=job.model.name,
        currency=job.price.currency if job.price else None,
        skipped=len(known),
        lost=len(failures) + len(unplanned),
        failures=(*failures, *unplanned),
        warnings=(*found.notes, *notes),
        estimate=sum((s.tokens for todo in todos for s in todo.plan.segments), Tokens()),
    )
    if todos:
        progress.current().say(_estimate(job, todos, summary.estimate))
        summary = _ask_all(wiring, todos, summary)
    try:
        publish_run(dataset, run_rows(job.run, summary, recordings, known), job.run)
    except DatasetNotWritable as error:
        return replace(summary, error=summary.error or error)
    return summary


def _probe_all(found: Found) -> tuple[list[Recording], list[Failure], list[str]]:
    """The recordings, the inputs that are none, and notes on those left for the next run."""
    report = progress.current()
    report.begin("probing", len(found.items))
    failures = [failure(uri, "input", error) for uri, error in found.problems]
    recordings, notes = [], []
    for source, future in [(source, _advancing(probe.submit(source))) for source in found.items]:
        result = future.result(raise_on_failure=False)
        if isinstance(result, Recording):
            recordings.append(result)
        elif isinstance(result, FileChanged):
            notes.append(result.message)
        else:
            failures.append(failure(source.uri, "probe", result))
    stopping.check()
    return recordings, failures, notes


def _plan_all(
    job: Job, history: History, recordings: Sequence[Recording]
) -> tuple[list[Todo], dict[str, str], list[Failure]]:
    """What is to be asked; by uri, what is not and why (known, or a duplicate); and what cannot be planned."""
    todos: dict[str, Todo] = {}
    settled: dict[str, str] = {}
    failures = []
    for recording in recordings:
        try:
            plan = job.plan(recording)
        except MediaError as error:
            failures.append(failure(recording.uri, "plan", error, recording.media_id))
            continue
        key = plan.analysis_id
        if key in todos:
            settled[recording.uri] = "duplicate"
        elif history.is_done(key):
            settled[recording.uri] = "known"
        else:
            todos[key] = Todo(plan, history.next_attempt(key), tuple(history.answers(key).values()))
    return list(todos.values()), settled, failures


def _estimate(job: Job, todos: Sequence[Todo], tokens: Tokens) -> str:
    segments = sum(len(todo.plan.segments) for todo in todos)
    cost = money(cost_nano(tokens, job.price), job.price.currency if job.price else None)
    return (
        f"{plural(len(todos), 'recording')} in {plural(segments, 'segment')}: "
        f"about {tokens.input:,} tokens in and {tokens.output:,} out, {cost}"
    )


def _ask_all(wiring: Wiring, todos: Sequence[Todo], summary: Summary) -> Summary:
    with (
        work_folder(wiring.settings.workdir) as workdir,
        with_engine(wiring.job) as job,
    ):
        saves = _submit_all(job, todos, str(workdir))
        results = [(todo, future.result(raise_on_failure=False)) for todo, future in saves]
        # Where submitting ended early, no save may have heard why.
        halted = clients.halted(job) if len(saves) < len(todos) else None
    saved = [result for _, result in results if isinstance(result, Saved)]
    stopped = next((r for _, r in results if isinstance(r, _STOPS)), None)
    broken = [
        failure(todo.plan.recording.uri, "save", result, todo.plan.recording.media_id)
        for todo, result in results
        if not isinstance(result, (Saved, *_STOPS))
    ]
    return replace(
        summary,
        saved=tuple(saved),
        lost=summary.lost + len(todos) - len(saved),
        failures=(*summary.failures, *broken),
        error=stopped or halted,
    )


def _submit_all(job: Job, todos: Sequence[Todo], workdir: str) -> list[tuple[Todo, PrefectFuture[Any]]]:
    """Cut, ask and save every recording, with so many segments under way that no question waits for a cut."""
    report = progress.current()
    report.begin("asking", sum(len(todo.plan.segments) for todo in todos))
    places = threading.Semaphore(2 * job.concurrency)
    saves = []
    for todo in todos:
        answers = [_submit_segment(job, todo, segment, workdir, places) for segment in todo.plan.segments]
        saves.append((todo, save.submit(job, todo.plan, todo.attempt, [allow_failure(a) for a in answers])))
        if clients.halted(job):
            break  # after the save, which waits for the answers under way
    return saves


def _submit_segment(
    job: Job, todo: Todo, segment: PlannedSegment, workdir: str, places: threading.Semaphore
) -> PrefectFuture[Any] | tuple[Answer, ...]:
    """The answer to come, or the one that an earlier run has already paid for."""
    kept = AnswerStore(Dataset(Path(job.dataset))).get(segment.segment_id)
    known = tuple(a for a in todo.known if segment.span.contains(a.segment.span)) if kept is None else (kept,)
    if sum(answer.segment.span.duration_ms for answer in known) == segment.span.duration_ms:
        progress.current().advance()
        return known
    places.acquire()
    clips = cut.submit(job, todo.plan, segment, workdir)
    answer = _advancing(ask.submit(job, todo.plan, segment, allow_failure(clips), known))
    answer.add_done_callback(lambda _: places.release())
    return answer


def _advancing(future: PrefectFuture[Any]) -> PrefectFuture[Any]:
    future.add_done_callback(lambda _: progress.current().advance())
    return future

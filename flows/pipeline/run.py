"""Open a run for the steps of a flow, and end the flow with what they came to."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from flows.pipeline.current_run import Run, publish_summary
from flows.pipeline.events import emit_events
from flows.pipeline.session import open_session
from flows.pipeline.setup import ResolvedRun
from flows.runtime.lost_server import WARNING, keep_result, server_is_lost
from flows.runtime.process import prepared_process
from tasks.errors import ReelsheetError
from tasks.run import client_pool
from tasks.run.not_ok import RunNotOk
from tasks.run.summary import Summary

T = TypeVar("T", Summary, tuple[Summary, ...])

_log = logging.getLogger("reelsheet.run")


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
            run.summary = publish_summary(run)
    finally:
        client_pool.close_all()


def _with_warning(summary: Summary) -> Summary:
    return replace(summary, warnings=(*summary.warnings, WARNING))


def final_state(summaries: Sequence[Summary], result: T) -> State[T]:
    """Return the flow's final state, that of the worst run.

    It holds `result`, or where a run did not end ok a RunNotOk that carries it, which callers are raised. An artifact
    shows what each run came to.
    """
    if lost := server_is_lost():
        summaries = list(map(_with_warning, summaries))
        keep_result(tuple(summaries) if isinstance(result, tuple) else summaries[0])
    for summary in summaries:
        _log.log(logging.WARNING if summary.exit_status else logging.INFO, "%s", summary.sentence)
        if lost:
            continue
        try:
            create_markdown_artifact(summary.as_markdown(), key="reelsheet-run", description=summary.sentence)
        except Exception as error:  # all is saved; a server that went away must not hide it
            _log.warning("Prefect's server took no artifact: %s", error)
        emit_events(summary)
    if not summaries:
        return Completed(message="There was nothing to ask again.", data=result)
    worst = max(summaries, key=lambda summary: summary.exit_status)
    if worst.exit_status == 0:
        return Completed(message=worst.sentence, data=result)
    if worst.is_tolerable:
        return Completed(name="CompletedWithFailures", message=worst.sentence, data=result)
    final = Cancelled if worst.exit_status == 130 else Failed
    return final(message=worst.sentence, data=RunNotOk(worst.sentence, result))

"""Carry out a run that has nothing to ask, without Prefect."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from flows.pipeline.current_run import Run, publish_summary
from flows.pipeline.known_inputs import look_up, lost_inputs
from flows.pipeline.overrides import with_question_sets
from flows.pipeline.results import PlannedInputs
from flows.pipeline.scan import scan_inputs
from flows.pipeline.session import Knowledge, open_knowledge, open_session
from flows.pipeline.setup import ResolvedRun
from flows.runtime.prefect_server import may_be_configured
from tasks.errors import ReelsheetError
from tasks.inputs.scan import InputScan
from tasks.run.summary import Summary
from tasks.store.dataset import Dataset

_log = logging.getLogger("reelsheet.run")


def finish_unchanged(resolved: ResolvedRun, names: Sequence[str]) -> Summary | None:
    """Publish the run where nothing is to be read or asked; None where there may be.

    Raises UsageError, DatasetNotWritable.
    """
    if needs_prefect(resolved):
        return None
    found = all_known(resolved, scan_inputs(resolved.settings, names))
    if found is None:
        return None
    with known_run(*found) as run:
        pass
    return run.summary


def needs_prefect(resolved: ResolvedRun) -> bool:
    """Return whether a run belongs to Prefect whatever is known.

    It takes two seconds to load, and a server of its own more to start, which a folder that has not changed need not
    wait for. With a server that stays, the run belongs there.
    """
    return resolved.settings.verify or may_be_configured(os.environ)


def all_known(
    resolved: ResolvedRun, scan: InputScan, judged_by: Callable[[Knowledge], Iterable[str]] | None = None
) -> tuple[ResolvedRun, PlannedInputs] | None:
    """Return the run and its inputs where nothing is to be read or asked about them.

    `judged_by` gives the analyses of a moderation that have a verdict, without which none is finished.
    """
    resolved, scan = with_question_sets(resolved, scan)
    with open_knowledge(Dataset.at(resolved.job.dataset)) as knowledge:
        media_ids = knowledge.file_cache.media_ids(scan.items)
        if any(source.path not in media_ids for source in scan.items):
            return None
        judged = None if judged_by is None else frozenset(judged_by(knowledge))
        known = look_up(resolved, knowledge, scan, media_ids, judged)
    if known.to_probe:
        return None
    planned = PlannedInputs(scan, media_ids, remembered=media_ids, lost=lost_inputs(scan))
    return resolved, replace(planned, finished=known.finished, unreadable=known.unreadable)


@contextmanager
def known_run(resolved: ResolvedRun, planned: PlannedInputs) -> Iterator[Run]:
    """Open a run about whose inputs nothing is to be asked.

    What it came to is published on leaving. Raises UsageError, DatasetNotWritable.
    """
    with open_session(resolved) as session:
        run = Run(resolved, session, planned.scan, planned)
        try:
            yield run
        except ReelsheetError as stopped:
            run.error = stopped
        run.summary = publish_summary(run)
    _log.log(logging.WARNING if run.summary.exit_status else logging.INFO, "%s", run.summary.sentence)

"""Report on a moderation that has nothing to ask, without Prefect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flows.pipeline.moderation_run import ModerationRun
from flows.pipeline.moderation_setup import Moderation
from flows.pipeline.scan import scan_inputs
from flows.pipeline.unchanged import all_known, known_run, needs_prefect
from flows.pipeline.verdicts import judged_before, judged_without_lists, leave_report
from tasks.query.moderations import newest_verdicts
from tasks.run.summary import Summary
from tasks.store.dataset import Dataset


def finish_judged(moderation: Moderation, names: Sequence[str]) -> Summary | None:
    """Publish the run where all was judged, and by these lists.

    None where something may be left to do. Raises UsageError, DatasetNotWritable.
    """
    if needs_prefect(moderation.resolved):
        return None
    scan = scan_inputs(moderation.resolved.settings, names)
    found = all_known(moderation.resolved, scan, partial(judged_before, moderation))
    if found is None:
        return None
    dataset = Dataset.at(moderation.resolved.job.dataset)
    verdicts = newest_verdicts(dataset, set(found[1].media_ids.values()))
    if judged_without_lists(moderation, dataset, list(verdicts.values())).verdicts:
        return None
    with known_run(*found) as run:
        leave_report(ModerationRun(moderation, run), verdicts, {}, ())
    return run.summary

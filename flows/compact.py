"""Compact a dataset as a Prefect flow, for schedules.

Once a month is often enough, when the last one is closed.
"""

# Annotations are not postponed: `serve` sends the flow to a process that could not find their names.

import logging

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.pipeline.compact import CompactionResult, merge_files
from flows.pipeline.deployed import placed
from flows.runtime.process import set_up_process
from tasks.run.not_ok import RunNotOk
from tasks.run.request import CompactRequest

_log = logging.getLogger("reelsheet.compact")


@flow(name="compact", flow_run_name="compact {request.label}", persist_result=True)
def compaction(request: CompactRequest) -> State[CompactionResult]:
    """Merge the small files of closed months.

    Raises RunNotOk, which carries the outcome, where one could not be merged.
    """
    set_up_process()
    outcome = merge_files(placed(request).dataset, open_month=request.open_month)
    for warning in outcome.warnings:
        _log.warning("%s", warning)
    _log.info("%s", outcome.sentence)
    if outcome.exit_status:
        return Failed(message=outcome.sentence, data=RunNotOk(outcome.sentence, outcome))
    return Completed(message=outcome.sentence, data=outcome)

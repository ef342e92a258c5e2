"""`compact` as a Prefect flow, for schedules: such as once a month, when the last one is closed."""

from __future__ import annotations

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.pipeline.compact import Outcome, merge_files
from tasks.run.request import CompactRequest


@flow(name="compact", flow_run_name="compact {request.label}")
def compaction(request: CompactRequest) -> State[Outcome]:
    """Merge the small files of closed months. The final state says whether every month could be merged."""
    outcome = merge_files(request.dataset, open_month=request.open_month)
    for warning in outcome.warnings:
        get_run_logger().warning(warning)
    get_run_logger().info(outcome.sentence)
    final = Failed if outcome.exit_status else Completed
    return final(message=outcome.sentence, data=outcome)

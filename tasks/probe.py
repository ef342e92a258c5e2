"""Run the task `probe`: read what is in one input."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import Source
from tasks.records import Recording
from tasks.retries import WAITS_S, retry_machine_faults


@task(
    name="probe",
    task_run_name="probe {source.name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
)
def probe(source: Source, media_id: str | None = None) -> Recording:
    """Probe one input, and hash it unless its `media_id` is remembered.

    Raises MediaError.
    """
    return probe_source(source, media_id)

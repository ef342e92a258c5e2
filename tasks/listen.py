"""Listen where one recording is silent, in a task."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.media.silences import find_silences
from tasks.records import Recording, Span
from tasks.retries import WAITS_S, retry_machine_faults
from tasks.system.stage_log import log_stage, logged_failure
from tasks.tags import recording_tag, tag_task


@task(
    name="listen",
    task_run_name="listen {recording.name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def listen(recording: Recording) -> tuple[Span, ...] | None:
    """Return the silences of a recording; None where these cannot be told.

    Raises MediaError, Interrupted.
    """
    tag_task([recording_tag(recording.name)])
    with logged_failure("plan", recording.uri):
        silences = find_silences(recording)
    log_stage("plan", recording.uri, "ok", detail=f"{len(silences or ())} silences")
    return silences

"""Compare one recording with known content, in a task."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.moderation.frame_hashes import EVERY_MS, recording_hashes
from tasks.moderation.known import KnownList, find_known, known_findings
from tasks.moderation.records import Finding
from tasks.records import AnalysisPlan
from tasks.retries import WAITS_S, retry_machine_faults
from tasks.system.stage_log import log_stage, logged_failure
from tasks.tags import plan_tags, tag_task


@task(
    name="match",
    task_run_name="match {plan.recording.name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def match(plan: AnalysisPlan, known: KnownList) -> tuple[Finding, ...]:
    """Return a finding for each frame that is known. Raises UsageError, MediaError."""
    tag_task(plan_tags(plan))
    with logged_failure("probe", plan.recording.uri):
        segments = [(segment.segment_id, segment.span) for segment in plan.segments]
        found = known_findings(find_known(recording_hashes(plan.recording), known), segments, EVERY_MS)
    log_stage("probe", plan.recording.uri, "ok", detail=f"{len(found)} frames are known content")
    return found

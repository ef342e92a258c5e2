"""Compare one recording with known content, in a task."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.moderation.frame_hashes import EVERY_MS, MADE, recording_hashes
from tasks.moderation.known import KnownList, find_known, known_findings
from tasks.moderation.records import Finding
from tasks.records import Recording, Span
from tasks.retries import WAITS_S, retry_machine_faults
from tasks.store.dataset import Dataset
from tasks.store.frame_hashes import FrameHashStore
from tasks.system.stage_log import log_stage, logged_failure
from tasks.tags import recording_tag, tag_task


@task(
    name="match",
    task_run_name="match {recording.name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def match(
    recording: Recording, segments: tuple[tuple[str, Span], ...], known: KnownList, dataset: str
) -> tuple[Finding, ...]:
    """Return a finding for each frame that is known.

    `segments` are ids and spans. Hashes are made once: a recording that has been compared needs no file any more.
    Raises UsageError, MediaError, DatasetNotWritable.
    """
    tag_task((recording_tag(recording.name),))
    store = FrameHashStore(Dataset.at(dataset), MADE)
    with logged_failure("probe", recording.uri):
        frames = store.get(recording.media_id)
        if frames is None:
            frames = tuple(recording_hashes(recording))
            store.put(recording.media_id, frames)
        found = known_findings(find_known(frames, known), segments, EVERY_MS)
    log_stage("probe", recording.uri, "ok", detail=f"{len(found)} frames are known content")
    return found

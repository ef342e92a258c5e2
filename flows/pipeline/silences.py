"""Listen where recordings are silent, those whose plan depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.output import progress
from flows.pipeline.ahead import results_in_order
from tasks.inputs.scan import Source
from tasks.listen import listen
from tasks.records import Recording, Span
from tasks.run.job import Job
from tasks.system import cancellation

Silences = tuple[Span, ...] | None
Heard = Mapping[tuple[str, str], Silences | BaseException]  # by media_id and sound; or why nobody could listen


def hear_recordings(job: Job, probed: Sequence[tuple[Source, Recording]], report: progress.Reporter) -> Heard:
    """Listen to each recording in a task, once. Raises Interrupted."""
    by_id = {(r.media_id, r.audio_track): r for source, r in probed if job.is_listened_to(r, source.options)}
    wanted = list(by_id.values())
    if not wanted:
        return {}
    report.begin("listening", len(wanted))
    heard: dict[tuple[str, str], Silences | BaseException] = {}
    for recording, result in results_in_order(wanted, listen.submit):
        heard[recording.media_id, recording.audio_track] = result
        report.advance()
    cancellation.check()
    return heard

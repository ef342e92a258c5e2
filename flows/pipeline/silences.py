"""Listen where recordings are silent, those whose plan depends on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prefect.futures import PrefectFuture
from prefect.utilities.annotations import quote

from flows.output import progress
from flows.pipeline.ahead import among_tasks, results_in_order, results_of
from tasks.inputs.scan import Source
from tasks.listen import listen, listen_several
from tasks.media.silences import Silences
from tasks.records import Recording
from tasks.run.job import Job
from tasks.system import cancellation

Heard = Mapping[tuple[str, str], Silences | BaseException]  # by media_id and sound; or why nobody could listen

_MOST = 16  # recordings in one run of ffmpeg


def hear_recordings(job: Job, probed: Sequence[tuple[Source, Recording]], report: progress.Reporter) -> Heard:
    """Listen to each recording once, alone or with others. Raises Interrupted."""
    by_id = {(r.media_id, r.audio_track): r for source, r in probed if job.is_listened_to(r, source.options)}
    wanted = list(by_id.values())
    if not wanted:
        return {}
    report.begin("listening", len(wanted))
    heard: dict[tuple[str, str], Silences | BaseException] = {}
    for some, result in results_in_order(among_tasks(wanted, most=_MOST), _submit):
        for recording, silences in results_of(some, result):
            heard[recording.media_id, recording.audio_track] = silences
            report.advance()
    cancellation.check()
    return heard


def _submit(some: Sequence[Recording]) -> PrefectFuture[Any]:
    if len(some) == 1:
        return listen.submit(some[0])
    label = f"{len(some)} recordings: {some[0].name} to {some[-1].name}"
    return listen_several.submit(label, quote(tuple(some)))

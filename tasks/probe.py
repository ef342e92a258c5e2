"""Probe one input in a task, or several where there are many."""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Failed

from tasks.inputs.probe_input import probe_source, read_ahead
from tasks.inputs.scan import Source
from tasks.media.av_forms import Reading
from tasks.records import Recording
from tasks.retries import WAITS_S, retry_machine_faults, retrying_machine_faults
from tasks.run.not_ok import several_not_ok
from tasks.system.stage_log import log_stage, logged_failure, logged_together
from tasks.tags import recording_tag, tag_task
from tasks.timecode import format_ms


@task(
    name="probe",
    task_run_name="probe {source.name}",
    retries=len(WAITS_S),
    retry_delay_seconds=WAITS_S,
    retry_condition_fn=retry_machine_faults,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def probe(source: Source, media_id: str | None = None) -> Recording:
    """Probe one input. Raises MediaError.

    It is hashed, too, unless its `media_id` is remembered.
    """
    tag_task([recording_tag(source.name)])
    return _probed(source, media_id)


@task(name="probe several", task_run_name="probe {label}", cache_policy=NO_CACHE, persist_result=False)
def probe_several(
    label: str, inputs: tuple[tuple[Source, str | None], ...]
) -> tuple[Recording | Exception, ...] | State[Any]:
    """Probe several inputs, in order; a bad one gives its error.

    `label` names them in Prefect. Each comes with its media_id, or None; submit them as a `quote`, so that Prefect does
    not look for futures in them. The log has a line for each. Where one is bad the task is Failed, and its result a
    SeveralNotOk.
    """
    del label
    tag_task(recording_tag(source.name) for source, _ in inputs)
    readings = read_ahead([source for source, _ in inputs])
    with logged_together():
        found = tuple(
            _tried(source, media_id, reading) for (source, media_id), reading in zip(inputs, readings, strict=True)
        )
    return found if (bad := several_not_ok(found)) is None else Failed(name="Not ok", message=bad.message, data=bad)


def _tried(source: Source, media_id: str | None, reading: Reading | None) -> Recording | Exception:
    try:
        return retrying_machine_faults(_probed, source, media_id, reading)
    except Exception as error:  # it is this input's alone
        return error


def _probed(source: Source, media_id: str | None, reading: Reading | None = None) -> Recording:
    with logged_failure("probe", source.uri):
        recording = probe_source(source, media_id, reading)
    log_stage("probe", source.uri, "ok", detail=f"{recording.kind} of {format_ms(recording.duration_ms)}")
    return recording

"""Listen where one recording is silent in a task, or where several are."""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Failed

from tasks.errors import MediaError
from tasks.media.silences import Silences, find_silences, heard_together
from tasks.records import Recording
from tasks.retries import WAITS_S, retry_machine_faults, retrying_machine_faults
from tasks.run.not_ok import several_not_ok
from tasks.system.stage_log import log_stage, logged_failure, logged_together
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
def listen(recording: Recording) -> Silences:
    """Return the silences of a recording; None where these cannot be told.

    Raises MediaError, Interrupted.
    """
    tag_task([recording_tag(recording.name)])
    return _heard(recording)


@task(name="listen several", task_run_name="listen {label}", cache_policy=NO_CACHE, persist_result=False)
def listen_several(label: str, recordings: tuple[Recording, ...]) -> tuple[Any, ...] | State[Any]:
    """Return the silences of several recordings, in order; a bad one gives its error.

    `label` names them in Prefect. Submit them as a `quote`, so that Prefect does not look for futures in them. The log
    has a line for each. Where one is bad the task is Failed, and its result a SeveralNotOk.
    """
    del label
    tag_task(recording_tag(recording.name) for recording in recordings)
    with logged_together():
        known = _together(recordings)
        found = tuple(_logged(one, known[id(one)]) if id(one) in known else _tried(one) for one in recordings)
    return found if (bad := several_not_ok(found)) is None else Failed(name="Not ok", message=bad.message, data=bad)


def _together(recordings: tuple[Recording, ...]) -> dict[int, Silences]:
    try:
        return heard_together(recordings)
    except MediaError:  # each is told so, below
        return {}


def _tried(recording: Recording) -> Silences | Exception:
    try:
        return retrying_machine_faults(_heard, recording)
    except Exception as error:  # it is this recording's alone
        return error


def _heard(recording: Recording) -> Silences:
    with logged_failure("plan", recording.uri):
        silences = find_silences(recording)
    return _logged(recording, silences)


def _logged(recording: Recording, silences: Silences) -> Silences:
    log_stage("plan", recording.uri, "ok", detail=f"{len(silences or ())} silences")
    return silences

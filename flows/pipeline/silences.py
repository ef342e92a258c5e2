"""Listen where recordings are silent, those whose plan depends on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prefect.futures import PrefectFuture

from flows.output import progress
from flows.runtime.prefect_internals import forget_results
from tasks.inputs.scan import Source
from tasks.listen import listen
from tasks.records import Recording, Span
from tasks.run.job import Job
from tasks.system import cancellation

Silences = tuple[Span, ...] | None
Heard = Mapping[str, Silences | BaseException]  # by media_id; or why nobody could listen

_AHEAD = 128  # tasks that wait for their turn


def hear_recordings(job: Job, probed: Sequence[tuple[Source, Recording]]) -> Heard:
    """Listen to each recording in a task, once. Raises Interrupted."""
    by_id = {r.media_id: r for source, r in probed if job.is_listened_to(r, source.options)}
    wanted = list(by_id.values())
    if not wanted:
        return {}
    report = progress.current()
    report.begin("listening", len(wanted))
    heard: dict[str, Silences | BaseException] = {}
    for recording, result in _results(wanted, listen.submit):
        heard[recording.media_id] = result
        report.advance()
    cancellation.check()
    return heard


def _results(
    wanted: Sequence[Recording], submit: Callable[[Recording], PrefectFuture[Any]]
) -> Iterator[tuple[Recording, Any]]:
    """Give what each task came to, in order; few of them wait at a time."""
    futures: deque[tuple[Recording, PrefectFuture[Any]]] = deque()
    for recording in wanted:
        cancellation.check()
        futures.append((recording, submit(recording)))
        if len(futures) >= _AHEAD:
            yield _result(*futures.popleft())
    while futures:
        yield _result(*futures.popleft())


def _result(recording: Recording, future: PrefectFuture[Any]) -> tuple[Recording, Any]:
    result = future.result(raise_on_failure=False)
    forget_results()
    return recording, result

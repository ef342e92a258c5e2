"""Looking at the inputs: which of them are to be asked about, and what the table `inputs` says of each.

What is unchanged costs two look-ups for all files together; what is new here is hashed, and probed as a task if its
bytes are new, too (tasks/incremental.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prefect.futures import PrefectFuture

from flows import progress
from flows.ledger import Ledger
from flows.lineage import forget_results
from flows.wiring import Wiring
from tasks import stopping
from tasks.batch import Todo
from tasks.errors import FileChanged, MediaError
from tasks.identify import identify
from tasks.incremental import Intake, Seen, fingerprint_of, judge, unfinished
from tasks.outcomes import failure
from tasks.probe import probe
from tasks.records import AnalysisPlan, Failure, Recording
from tasks.sources import Found, Source
from tasks.store.retryable import Wanted

_PROBES_AHEAD = 128  # a task that waits for its turn takes memory, too


@dataclass(frozen=True, slots=True)
class Looked:
    """What a run found out about its inputs."""

    found: Found
    media_ids: Mapping[str, str] = field(default_factory=dict)  # by path, of every file that was remembered or read
    remembered: Collection[str] = ()  # paths of unchanged files
    recordings: tuple[Recording, ...] = ()  # those that were probed
    todos: tuple[Todo, ...] = ()
    failures: tuple[Failure, ...] = ()
    changed: tuple[str, ...] = ()  # uris of files that are being written
    notes: tuple[str, ...] = ()

    def inputs(self, ledger: Ledger, settled: Collection[str]) -> list[Seen]:
        """The status of every input; `settled` are analyses that another run has done meanwhile."""
        asked = {t.plan.recording.media_id for t in self.todos if t.plan.analysis_id not in settled}
        failed = {failed.uri: failed.media_id for failed in self.failures}
        intake = Intake(self.media_ids, self.remembered, asked, failed, self.changed)
        before = intake.settled(self.found)
        return judge(self.found, intake, ledger.memory.paths_of(before), ledger.history.uris(before))


def look(wiring: Wiring, ledger: Ledger, found: Found) -> Looked:
    """Probe and plan what is not done yet. Raises Interrupted."""
    memory, fingerprint = ledger.memory, fingerprint_of(wiring.job)
    remembered = {} if wiring.settings.verify else memory.media_ids(found.items)
    media_ids = remembered | _hashed(ledger, found, [s for s in found.items if s.path not in remembered])
    planned = memory.analyses(fingerprint, media_ids.values())
    ahead = unfinished(found.items, media_ids, planned, ledger.history.done(planned.values()))
    looked = _probed(found, ahead, media_ids, remembered)
    plans, failures = _planned(wiring, looked.recordings)
    memory.remember_analyses(fingerprint, {plan.recording.media_id: plan.analysis_id for plan in plans})
    done = ledger.history.done(plan.analysis_id for plan in plans)
    todos: dict[str, Todo] = {}
    for plan in plans:
        if plan.analysis_id not in done:
            todos.setdefault(plan.analysis_id, Todo(plan))  # of two names of the same bytes the first counts
    return _with(looked, todos.values(), failures)


def look_again(wiring: Wiring, ledger: Ledger, found: Found, wanted: Sequence[Wanted]) -> Looked:
    """Probe and plan what a retry wants; what is not what it was is a failure. Raises Interrupted."""
    looked = _probed(found, found.items, _hashed(ledger, found, found.items), ())
    plans, failures = _planned(wiring, looked.recordings)
    chosen = {one.analysis_id: one for one in wanted if one.analysis_id}
    never_planned = {one.uri for one in wanted if one.analysis_id is None}
    todos: dict[str, Todo] = {}
    for plan in plans:
        one = chosen.get(plan.analysis_id)
        if one is not None:
            todos.setdefault(plan.analysis_id, Todo(plan, one.attempt, one.segment_ids))
        elif plan.recording.uri in never_planned:
            todos.setdefault(plan.analysis_id, Todo(plan))
        else:
            failures.append(failure(plan.recording.uri, "plan", _other(plan), plan.recording.media_id))
    return _with(looked, todos.values(), failures)


def _hashed(ledger: Ledger, found: Found, sources: Sequence[Source]) -> dict[str, str]:
    """By path, the media_ids of files; each group is remembered as soon as it is hashed."""
    if not sources:
        return {}
    report = progress.current()
    report.begin("reading", len(sources))
    media_ids: dict[str, str] = {}
    for group in identify(sources):
        ledger.memory.remember(group, found.looked_at)
        media_ids |= {source.path: media_id for source, media_id in group}
        for _ in group:
            report.advance()
    return media_ids


def _other(plan: AnalysisPlan) -> MediaError:
    return MediaError(
        f"{plan.recording.uri}, or what is asked about it, is not what it was when it failed: the file, the prompt or "
        "the settings have changed. Name it to `reelsheet analyze`."
    )


def _probed(
    found: Found, ahead: Collection[Source], media_ids: Mapping[str, str], remembered: Collection[str]
) -> Looked:
    """What probing tells, each file a task."""
    report = progress.current()
    report.begin("probing", len(ahead))
    stopping.check()
    recordings: list[Recording] = []
    changed: list[str] = []
    notes: list[str] = []
    failures = [failure(uri, "input", error) for uri, error in found.problems]
    for source, result in _results(ahead, media_ids):
        report.advance()
        if isinstance(result, Recording):
            recordings.append(result)
        elif isinstance(result, FileChanged):
            changed.append(source.uri)
            notes.append(result.message)
        else:
            failures.append(failure(source.uri, "probe", result, media_ids.get(source.path)))
    stopping.check()
    return Looked(
        found=found,
        media_ids={**media_ids, **{r.path: r.media_id for r in recordings}},
        remembered=remembered,
        recordings=tuple(recordings),
        failures=tuple(failures),
        changed=tuple(changed),
        notes=(*found.notes, *notes),
    )


def _results(ahead: Iterable[Source], media_ids: Mapping[str, str]) -> Iterator[tuple[Source, object]]:
    """What each task came to, in order; only so many are submitted at a time as keep the threads busy."""
    futures: deque[tuple[Source, PrefectFuture[Any]]] = deque()
    for source in ahead:
        stopping.check()
        futures.append((source, probe.submit(source, media_ids.get(source.path))))
        if len(futures) >= _PROBES_AHEAD:
            yield _result(*futures.popleft())
    while futures:
        yield _result(*futures.popleft())


def _result(source: Source, future: PrefectFuture[Any]) -> tuple[Source, object]:
    result: object = future.result(raise_on_failure=False)
    forget_results()
    return source, result


def _planned(wiring: Wiring, recordings: Iterable[Recording]) -> tuple[list[AnalysisPlan], list[Failure]]:
    plans, failures = [], []
    for recording in recordings:
        try:
            plans.append(wiring.job.plan(recording))
        except MediaError as error:
            failures.append(failure(recording.uri, "plan", error, recording.media_id))
    return plans, failures


def _with(looked: Looked, todos: Iterable[Todo], failures: Iterable[Failure]) -> Looked:
    return replace(looked, todos=tuple(todos), failures=(*looked.failures, *failures))

"""Looking at the inputs: which of them are to be asked about, and what the table `inputs` says of each.

What is unchanged costs two look-ups for all files together; what is new here is hashed, and probed as a task if its
bytes are new, too (tasks/inputs/changes.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.session import Ledger
from flows.pipeline.setup import Wiring
from flows.runtime.prefect_memory import forget_results
from tasks.errors import FileChanged, MediaError
from tasks.inputs.changes import Intake, Seen, by_wish, judge, unfinished
from tasks.inputs.find import Found, Source
from tasks.inputs.hashes import identify
from tasks.inputs.overrides import AS_THE_RUN, Wish, merged_tags, told_json
from tasks.inputs.probe_input import named
from tasks.probe import probe
from tasks.query.retry_selection import Wanted
from tasks.records import AnalysisPlan, Failure, Recording, Stage
from tasks.run.batch import Todo
from tasks.run.fingerprint import fingerprint_of
from tasks.run.job import Job
from tasks.run.outcomes import failure
from tasks.system import cancellation

_PROBES_AHEAD = 128  # a task that waits for its turn takes memory, too


@dataclass(frozen=True, slots=True)
class Looked:
    """What a run found out about its inputs."""

    found: Found
    media_ids: Mapping[str, str] = field(default_factory=dict)  # by path, of every file that was remembered or read
    remembered: Collection[str] = ()  # paths of unchanged files
    probed: tuple[tuple[Source, Recording], ...] = ()  # those that were
    plans: tuple[tuple[Source, AnalysisPlan], ...] = ()
    todos: tuple[Todo, ...] = ()
    lost: tuple[tuple[Failure, Wish, str], ...] = ()  # what failed, what it wanted, and its tags
    changed: tuple[str, ...] = ()  # uris of files that are being written
    notes: tuple[str, ...] = ()

    @property
    def recordings(self) -> tuple[Recording, ...]:
        return tuple(recording for _, recording in self.probed)

    @property
    def failures(self) -> tuple[Failure, ...]:
        return tuple(failed for failed, _, _ in self.lost)

    def inputs(self, ledger: Ledger, settled: Collection[str]) -> list[Seen]:
        """The status of every input; `settled` are analyses that another run has done meanwhile."""
        open_ = {todo.plan.analysis_id for todo in self.todos} - set(settled)
        asked = {
            (plan.recording.media_id, source.wish): plan.analysis_id
            for source, plan in self.plans
            if plan.analysis_id in open_
        }
        failed = {
            (one.uri, wish): Seen(one.uri, one.media_id, "failed", told_json=told_json(wish, tags_json))
            for one, wish, tags_json in self.lost
        }
        intake = Intake(self.media_ids, self.remembered, asked, failed, self.changed)
        before = intake.settled(self.found)
        return judge(self.found, intake, ledger.memory.paths_of(before), ledger.history.uris(before))


def look(wiring: Wiring, ledger: Ledger, found: Found) -> Looked:
    """Probe and plan what is not done yet. Raises Interrupted."""
    memory, job = ledger.memory, wiring.job
    remembered = {} if wiring.settings.verify else memory.media_ids(found.items)
    media_ids = remembered | _hashed(ledger, found, [s for s in found.items if s.path not in remembered])
    ahead: set[tuple[str, Wish]] = set()
    for wish, sources in by_wish(found.items).items():
        known = (media_ids[source.path] for source in sources if source.path in media_ids)
        planned = memory.analyses(fingerprint_of(job, wish), known)
        left = unfinished(sources, media_ids, planned, ledger.history.done(planned.values()))
        ahead.update((source.path, wish) for source in left)
    looked = _probed(found, [s for s in found.items if (s.path, s.wish) in ahead], media_ids, remembered)
    looked = _planned(job, looked)
    under: dict[Wish, dict[str, str]] = {}
    for source, plan in looked.plans:
        under.setdefault(source.wish, {})[plan.recording.media_id] = plan.analysis_id
    for wish, analyses in under.items():
        memory.remember_analyses(fingerprint_of(job, wish), analyses)
    done = ledger.history.done(plan.analysis_id for _, plan in looked.plans)
    todos: dict[str, Todo] = {}
    for _, plan in looked.plans:
        if plan.analysis_id not in done:
            todos.setdefault(plan.analysis_id, Todo(plan))  # of two names of the same bytes the first counts
    return replace(looked, todos=tuple(todos.values()))


def look_again(wiring: Wiring, ledger: Ledger, found: Found, wanted: Sequence[Wanted]) -> Looked:
    """Probe and plan what a retry wants; what is not what it was is a failure. Raises Interrupted."""
    looked = _probed(found, found.items, _hashed(ledger, found, found.items), ())
    looked = _planned(wiring.job, looked)
    chosen = {one.analysis_id: one for one in wanted if one.analysis_id}
    never_planned = {one.uri for one in wanted if one.analysis_id is None}
    todos: dict[str, Todo] = {}
    for _, plan in looked.plans:
        one = chosen.get(plan.analysis_id)
        if one is not None:
            todos.setdefault(plan.analysis_id, Todo(plan, one.attempt, one.segment_ids))
        elif plan.recording.uri in never_planned:
            todos.setdefault(plan.analysis_id, Todo(plan))
    told = {(failed.uri, wish) for failed, wish, _ in looked.lost}
    others = tuple(
        (failure(one.uri, "plan", _other(one.uri), one.media_id), one.wish, one.tags_json)
        for one in chosen.values()
        if one.analysis_id not in todos and (one.uri, one.wish) not in told and one.uri not in looked.changed
    )
    return replace(looked, todos=tuple(todos.values()), lost=(*looked.lost, *others))


def _hashed(ledger: Ledger, found: Found, sources: Sequence[Source]) -> dict[str, str]:
    """By path, the media_ids of files; each group is remembered as soon as it is hashed."""
    sources = list({source.path: source for source in sources}.values())  # one may be wanted in two ways
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


def _other(uri: str) -> MediaError:
    return MediaError(
        f"{uri}, or what is asked about it, is not what it was when it failed: the file, the prompt or "
        "the settings have changed. Name it to `reelsheet analyze`."
    )


def _probed(
    found: Found, ahead: Collection[Source], media_ids: Mapping[str, str], remembered: Collection[str]
) -> Looked:
    """What probing tells, each file a task, be it wanted in several ways."""
    each: dict[str, list[Source]] = {}
    for source in ahead:
        each.setdefault(source.path, []).append(source)
    report = progress.current()
    report.begin("probing", len(each))
    cancellation.check()
    probed: list[tuple[Source, Recording]] = []
    changed: list[str] = []
    notes: list[str] = []
    lost = [
        (failure(uri, "input", error), error.facts.get("wish", AS_THE_RUN), error.facts.get("tags_json", ""))
        for uri, error in found.problems
    ]
    for first, result in _results((sources[0] for sources in each.values()), media_ids):
        report.advance()
        if isinstance(result, Recording):
            probed += [(source, named(result, source)) for source in each[first.path]]
        elif isinstance(result, FileChanged):
            changed += [source.uri for source in each[first.path]]
            notes.append(result.message)
        else:
            lost += [_lost(source, "probe", result, media_ids.get(source.path)) for source in each[first.path]]
    cancellation.check()
    return Looked(
        found=found,
        media_ids={**media_ids, **{r.path: r.media_id for _, r in probed}},
        remembered=remembered,
        probed=_with_all_tags(probed),
        lost=tuple(lost),
        changed=tuple(changed),
        notes=(*found.notes, *notes),
    )


def _with_all_tags(probed: Sequence[tuple[Source, Recording]]) -> tuple[tuple[Source, Recording], ...]:
    """The recordings with the tags of all inputs that hold the same bytes: their row in `media` is one."""
    tags: dict[str, list[str]] = {}
    for _, recording in probed:
        if recording.tags_json:
            tags.setdefault(recording.media_id, []).append(recording.tags_json)
    merged = {media_id: merged_tags(several) for media_id, several in tags.items()}
    return tuple((source, replace(r, tags_json=merged.get(r.media_id, ""))) for source, r in probed)


def _results(ahead: Iterable[Source], media_ids: Mapping[str, str]) -> Iterator[tuple[Source, object]]:
    """What each task came to, in order; only so many are submitted at a time as keep the threads busy."""
    futures: deque[tuple[Source, PrefectFuture[Any]]] = deque()
    for source in ahead:
        cancellation.check()
        futures.append((source, probe.submit(source, media_ids.get(source.path))))
        if len(futures) >= _PROBES_AHEAD:
            yield _result(*futures.popleft())
    while futures:
        yield _result(*futures.popleft())


def _result(source: Source, future: PrefectFuture[Any]) -> tuple[Source, object]:
    result: object = future.result(raise_on_failure=False)
    forget_results()
    return source, result


def _planned(job: Job, looked: Looked) -> Looked:
    """With the plan of each recording, or why it has none."""
    plans, lost = [], list(looked.lost)
    for source, recording in looked.probed:
        try:
            plans.append((source, job.plan(recording, source.wish)))
        except MediaError as error:
            lost.append(_lost(source, "plan", error, recording.media_id))
    return replace(looked, plans=tuple(plans), lost=tuple(lost))


def _lost(source: Source, stage: Stage, error: object, media_id: str | None) -> tuple[Failure, Wish, str]:
    return failure(source.uri, stage, error, media_id), source.wish, source.tags_json

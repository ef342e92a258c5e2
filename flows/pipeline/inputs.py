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
from flows.pipeline.session import Session
from flows.pipeline.setup import ResolvedRun
from flows.runtime.prefect_memory import forget_results
from tasks.errors import FileChanged, MediaError
from tasks.inputs.changes import InputFacts, InputRow, by_options, judge_inputs, unfinished
from tasks.inputs.hashes import identify
from tasks.inputs.overrides import InputOptions, merged_tags, options_json
from tasks.inputs.probe_input import named
from tasks.inputs.scan import InputScan, Source
from tasks.probe import probe
from tasks.query.retry_selection import RetryTarget
from tasks.records import AnalysisPlan, Failure, Recording, Stage
from tasks.run.batch import PendingAnalysis
from tasks.run.fingerprint import fingerprint_of
from tasks.run.job import Job
from tasks.run.outcomes import failure
from tasks.system import cancellation

_PROBES_AHEAD = 128  # a task that waits for its turn takes memory, too


@dataclass(frozen=True, slots=True)
class PlannedInputs:
    """What a run found out about its inputs."""

    scan: InputScan
    media_ids: Mapping[str, str] = field(default_factory=dict)  # by path, of every file that was remembered or read
    remembered: Collection[str] = ()  # paths of unchanged files
    probed: tuple[tuple[Source, Recording], ...] = ()  # those that were
    plans: tuple[tuple[Source, AnalysisPlan], ...] = ()
    pending: tuple[PendingAnalysis, ...] = ()
    lost: tuple[tuple[Failure, InputOptions, str], ...] = ()  # what failed, what it wanted, and its tags
    changed: tuple[str, ...] = ()  # uris of files that are being written
    notes: tuple[str, ...] = ()

    @property
    def recordings(self) -> tuple[Recording, ...]:
        return tuple(recording for _, recording in self.probed)

    @property
    def failures(self) -> tuple[Failure, ...]:
        return tuple(failed for failed, _, _ in self.lost)

    def inputs(self, session: Session, done_elsewhere: Collection[str]) -> list[InputRow]:
        """The status of every input; `done_elsewhere` are analyses that another run has published meanwhile."""
        open_ = {analysis.plan.analysis_id for analysis in self.pending} - set(done_elsewhere)
        asked = {
            (plan.recording.media_id, source.options): plan.analysis_id
            for source, plan in self.plans
            if plan.analysis_id in open_
        }
        failed = {
            (one.uri, options): InputRow(one.uri, one.media_id, "failed", options_json=options_json(options, tags_json))
            for one, options, tags_json in self.lost
        }
        facts = InputFacts(self.media_ids, self.remembered, asked, failed, self.changed)
        before = facts.unasked(self.scan)
        return judge_inputs(self.scan, facts, session.file_cache.paths_of(before), session.history.uris(before))


def plan_inputs(resolved: ResolvedRun, session: Session, scan: InputScan) -> PlannedInputs:
    """Probe and plan what is not done yet. Raises Interrupted."""
    file_cache, job = session.file_cache, resolved.job
    remembered = {} if resolved.settings.verify else file_cache.media_ids(scan.items)
    media_ids = remembered | _hashed(session, scan, [s for s in scan.items if s.path not in remembered])
    ahead: set[tuple[str, InputOptions]] = set()
    for options, sources in by_options(scan.items).items():
        known = (media_ids[source.path] for source in sources if source.path in media_ids)
        analyses = file_cache.analyses(fingerprint_of(job, options), known)
        left = unfinished(sources, media_ids, analyses, session.history.done(analyses.values()))
        ahead.update((source.path, options) for source in left)
    probed = _probed(scan, [s for s in scan.items if (s.path, s.options) in ahead], media_ids, remembered)
    planned = _planned(job, probed)
    under: dict[InputOptions, dict[str, str]] = {}
    for source, plan in planned.plans:
        under.setdefault(source.options, {})[plan.recording.media_id] = plan.analysis_id
    for options, analyses in under.items():
        file_cache.remember_analyses(fingerprint_of(job, options), analyses)
    done = session.history.done(plan.analysis_id for _, plan in planned.plans)
    pending: dict[str, PendingAnalysis] = {}
    for _, plan in planned.plans:
        if plan.analysis_id not in done:
            # Of two names of the same bytes the first counts.
            pending.setdefault(plan.analysis_id, PendingAnalysis(plan))
    return replace(planned, pending=tuple(pending.values()))


def plan_retry(
    resolved: ResolvedRun, session: Session, scan: InputScan, wanted: Sequence[RetryTarget]
) -> PlannedInputs:
    """Probe and plan what a retry wants; what is not what it was is a failure. Raises Interrupted."""
    probed = _probed(scan, scan.items, _hashed(session, scan, scan.items), ())
    planned = _planned(resolved.job, probed)
    chosen = {one.analysis_id: one for one in wanted if one.analysis_id}
    never_planned = {one.uri for one in wanted if one.analysis_id is None}
    pending: dict[str, PendingAnalysis] = {}
    for _, plan in planned.plans:
        one = chosen.get(plan.analysis_id)
        if one is not None:
            pending.setdefault(plan.analysis_id, PendingAnalysis(plan, one.attempt, one.segment_ids))
        elif plan.recording.uri in never_planned:
            pending.setdefault(plan.analysis_id, PendingAnalysis(plan))
    known = {(failed.uri, options) for failed, options, _ in planned.lost}
    others = tuple(
        (failure(one.uri, "plan", _other(one.uri), one.media_id), one.options, one.tags_json)
        for one in chosen.values()
        if one.analysis_id not in pending and (one.uri, one.options) not in known and one.uri not in planned.changed
    )
    return replace(planned, pending=tuple(pending.values()), lost=(*planned.lost, *others))


def _hashed(session: Session, scan: InputScan, sources: Sequence[Source]) -> dict[str, str]:
    """By path, the media_ids of files; each group is remembered as soon as it is hashed."""
    sources = list({source.path: source for source in sources}.values())  # one may be wanted in two ways
    if not sources:
        return {}
    report = progress.current()
    report.begin("reading", len(sources))
    media_ids: dict[str, str] = {}
    for group in identify(sources):
        session.file_cache.remember(group, scan.looked_at)
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
    scan: InputScan, ahead: Collection[Source], media_ids: Mapping[str, str], remembered: Collection[str]
) -> PlannedInputs:
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
        (failure(problem.uri, "input", problem.error), problem.options, problem.tags_json) for problem in scan.problems
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
    return PlannedInputs(
        scan=scan,
        media_ids={**media_ids, **{r.path: r.media_id for _, r in probed}},
        remembered=remembered,
        probed=_with_all_tags(probed),
        lost=tuple(lost),
        changed=tuple(changed),
        notes=(*scan.notes, *notes),
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


def _planned(job: Job, planned: PlannedInputs) -> PlannedInputs:
    """With the plan of each recording, or why it has none."""
    plans, lost = [], list(planned.lost)
    for source, recording in planned.probed:
        try:
            plans.append((source, job.plan(recording, source.options)))
        except MediaError as error:
            lost.append(_lost(source, "plan", error, recording.media_id))
    return replace(planned, plans=tuple(plans), lost=tuple(lost))


def _lost(source: Source, stage: Stage, error: object, media_id: str | None) -> tuple[Failure, InputOptions, str]:
    return failure(source.uri, stage, error, media_id), source.options, source.tags_json

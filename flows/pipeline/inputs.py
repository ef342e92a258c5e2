"""Find the inputs, and probe those that are not done yet.

What is unchanged costs two look-ups for all files together; what is new here is hashed, and probed as a task if its
bytes are new, too (tasks/inputs/changes.py).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.overrides import with_question_sets
from flows.pipeline.results import PlannedInputs
from flows.pipeline.run import Run
from flows.runtime.prefect_internals import forget_results
from tasks.errors import FileChanged
from tasks.inputs.changes import by_options, unfinished
from tasks.inputs.groups import find
from tasks.inputs.hashes import identify
from tasks.inputs.overrides import InputOptions, merged_tags
from tasks.inputs.probe_input import named
from tasks.inputs.scan import InputScan, Source
from tasks.probe import probe
from tasks.query.open_failures import unreadable
from tasks.records import Failure, Recording, Stage
from tasks.run.fingerprint import fingerprint_of
from tasks.run.outcomes import failure
from tasks.system import cancellation

_PROBES_AHEAD = 128  # a task that waits for its turn takes memory, too


def find_inputs(run: Run, names: Sequence[str]) -> InputScan:
    """Find the files that the inputs mean, and how each is to be asked about."""
    how = run.settings
    found = find(
        names,
        how.settle_s,
        time.time(),
        together=how.together,
        fps=how.frames,
        tags_from_columns=how.tags_from_columns,
    )
    return use_scan(run, found)


def use_scan(run: Run, scan: InputScan) -> InputScan:
    """Let the run know every way in which these inputs are to be asked about.

    One that cannot be resolved is a problem of its input.
    """
    run.resolved, run.scan = with_question_sets(run.resolved, scan)
    return run.scan


def probe_inputs(run: Run, scan: InputScan) -> PlannedInputs:
    """Probe what is not done yet. Raises Interrupted."""
    file_cache, job = run.session.file_cache, run.job
    remembered, media_ids = identify_inputs(run, scan)
    ahead: set[tuple[str, InputOptions]] = set()
    finished: dict[tuple[str, InputOptions], str] = {}
    for options, sources in by_options(scan.items).items():
        known = (media_ids[source.path] for source in sources if source.path in media_ids)
        analyses = file_cache.analyses(fingerprint_of(job, options), known)
        done = run.session.history.done(analyses.values())
        finished |= {(media_id, options): one for media_id, one in analyses.items() if one in done}
        left = unfinished(sources, media_ids, analyses, done)
        ahead.update((source.path, options) for source in left)
    new = [source for source in scan.items if (source.path, source.options) in ahead]
    known_ids = {media_ids[source.path] for source in new if source.path in media_ids}
    broken = frozenset() if run.settings.strict else unreadable(run.session.dataset, known_ids)
    found = _probed(scan, [source for source in new if media_ids.get(source.path) not in broken], media_ids)
    known_broken = tuple(source for source in new if media_ids.get(source.path) in broken)
    return replace(found, remembered=remembered, finished=finished, unreadable=known_broken)


def identify_inputs(run: Run, scan: InputScan) -> tuple[dict[str, str], dict[str, str]]:
    """Return the media_ids of files by path: those remembered, and all of them.

    What is not remembered is hashed. Raises Interrupted.
    """
    remembered = {} if run.settings.verify else run.session.file_cache.media_ids(scan.items)
    return remembered, remembered | _hashed(run, scan, [s for s in scan.items if s.path not in remembered])


def probe_all_inputs(run: Run, scan: InputScan) -> PlannedInputs:
    """Probe every input, whatever is known of it. Raises Interrupted."""
    return _probed(scan, scan.items, _hashed(run, scan, scan.items))


def lost_input(source: Source, stage: Stage, error: object, media_id: str | None) -> tuple[Failure, InputOptions, str]:
    """Return the failure of an input, what it wanted, and its tags."""
    return failure(source.uri, stage, error, media_id), source.options, source.tags_json


def _hashed(run: Run, scan: InputScan, sources: Sequence[Source]) -> dict[str, str]:
    """Return the media_ids of files by path; each is remembered once it is hashed."""
    sources = list({source.path: source for source in sources}.values())  # one may be wanted in two ways
    if not sources:
        return {}
    report = progress.current()
    report.begin("reading", len(sources))
    media_ids: dict[str, str] = {}
    for group in identify(sources):
        run.session.file_cache.remember(group, scan.looked_at)
        media_ids |= {source.path: media_id for source, media_id in group}
        for _ in group:
            report.advance()
    return media_ids


def _probed(scan: InputScan, ahead: Collection[Source], media_ids: Mapping[str, str]) -> PlannedInputs:
    """Probe each file in a task, once, be it wanted in several ways."""
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
            lost += [lost_input(source, "probe", result, media_ids.get(source.path)) for source in each[first.path]]
    cancellation.check()
    return PlannedInputs(
        scan=scan,
        media_ids={**media_ids, **{r.path: r.media_id for _, r in probed}},
        probed=_with_all_tags(probed),
        lost=tuple(lost),
        changed=tuple(changed),
        notes=(*scan.notes, *notes),
    )


def _with_all_tags(probed: Sequence[tuple[Source, Recording]]) -> tuple[tuple[Source, Recording], ...]:
    """Give recordings the tags of all inputs that hold the same bytes.

    Their row in `media` is one.
    """
    tags: dict[str, list[str]] = {}
    for _, recording in probed:
        if recording.tags_json:
            tags.setdefault(recording.media_id, []).append(recording.tags_json)
    merged = {media_id: merged_tags(several) for media_id, several in tags.items()}
    return tuple((source, replace(r, tags_json=merged.get(r.media_id, ""))) for source, r in probed)


def _results(ahead: Iterable[Source], media_ids: Mapping[str, str]) -> Iterator[tuple[Source, object]]:
    """Give what each task came to, in order.

    Only so many are submitted at a time as keep the threads busy.
    """
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

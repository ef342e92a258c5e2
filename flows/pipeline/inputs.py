"""Find the inputs, and probe those that are not done yet.

What is unchanged costs two look-ups (known_inputs.py); what is new here is hashed, and probed as a task if its bytes
are new, too (tasks/inputs/changes.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from prefect.futures import PrefectFuture
from prefect.utilities.annotations import quote

from flows.output import progress
from flows.pipeline.ahead import among_tasks, results_in_order, results_of
from flows.pipeline.current_run import Run
from flows.pipeline.known_inputs import lost_input, lost_inputs
from flows.pipeline.overrides import with_question_sets
from flows.pipeline.results import PlannedInputs
from flows.pipeline.scan import scan_inputs
from tasks.errors import FileChanged
from tasks.inputs.hashes import identify
from tasks.inputs.overrides import InputOptions, merged_tags
from tasks.inputs.probe_input import named
from tasks.inputs.scan import InputScan, Source
from tasks.media.audio_tracks import AudioTrack
from tasks.probe import probe, probe_several
from tasks.records import Failure, Recording
from tasks.system import cancellation

Each = Mapping[tuple[str, AudioTrack | None], Sequence[Source]]
"""The sources that mean the same sound of the same file, by both."""

_TASKS = 16  # for many inputs, which may be addresses
_MOST_TOGETHER = 32


def find_inputs(run: Run, names: Sequence[str]) -> InputScan:
    """Find the files that the inputs mean, and how each is to be asked about."""
    return use_scan(run, scan_inputs(run.settings, names))


def use_scan(run: Run, scan: InputScan) -> InputScan:
    """Let the run know every way in which these inputs are to be asked about.

    One that cannot be resolved is a problem of its input.
    """
    run.resolved, run.scan = with_question_sets(run.resolved, scan)
    return run.scan


def identify_inputs(run: Run, scan: InputScan) -> tuple[dict[str, str], dict[str, str]]:
    """Return the media_ids of files by path: those remembered, and all of them.

    What is not remembered is hashed. Raises Interrupted.
    """
    remembered = {} if run.settings.verify else run.session.file_cache.media_ids(scan.items)
    return remembered, remembered | _hashed(run, scan, [s for s in scan.items if s.path not in remembered])


def probe_all_inputs(run: Run, scan: InputScan) -> PlannedInputs:
    """Probe every input, whatever is known of it. Raises Interrupted."""
    return probe_sources(scan, scan.items, _hashed(run, scan, scan.items))


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


def probe_sources(scan: InputScan, ahead: Collection[Source], media_ids: Mapping[str, str]) -> PlannedInputs:
    """Probe each file in a task, once for each of its sounds that is wanted."""
    each = by_sound(ahead)
    firsts = [sources[0] for sources in each.values()]
    report = progress.current()
    report.begin("probing", len(each))
    cancellation.check()
    found = collected(scan, each, _results(firsts, media_ids), media_ids, report)
    return replace(found, lost=(*lost_inputs(scan), *found.lost))


def by_sound(sources: Iterable[Source]) -> Each:
    """Group sources by their file and its sound: one may be wanted in several ways."""
    each: dict[tuple[str, AudioTrack | None], list[Source]] = {}
    for source in sources:
        each.setdefault((source.path, source.audio_track), []).append(source)
    return each


def collected(
    scan: InputScan,
    each: Each,
    results: Iterable[tuple[Source, object]],
    media_ids: Mapping[str, str],
    report: progress.Reporter,
) -> PlannedInputs:
    """Return what probing came to. Raises Interrupted.

    `each` are the sources of what was probed.
    """
    probed: list[tuple[Source, Recording]] = []
    changed: list[str] = []
    notes: list[str] = []
    lost: list[tuple[Failure, InputOptions, str]] = []
    for first, result in results:
        report.advance()
        same = each[first.path, first.audio_track]
        if isinstance(result, Recording):
            probed += [(source, named(result, source)) for source in same]
        elif isinstance(result, FileChanged):
            changed += [source.uri for source in same]
            notes.append(result.message)
        else:
            lost += [lost_input(source, "probe", result, media_ids.get(source.path)) for source in same]
    cancellation.check()
    return PlannedInputs(
        scan=scan,
        media_ids={**media_ids, **{r.path: r.media_id for _, r in probed}},
        probed=_with_all_tags(probed),
        lost=tuple(lost),
        changed=tuple(changed),
        notes=(*notes, *(note for _, recording in probed for note in _hints(recording))),
    )


def _hints(recording: Recording) -> list[str]:
    """Return the notes about a recording.

    What is missing of it comes with its answers.
    """
    missing = {part.sentence for part in recording.missing}
    return [f"{recording.uri}: {note}" for note in recording.notes if note not in missing]


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


def _results(ahead: Sequence[Source], media_ids: Mapping[str, str]) -> Iterator[tuple[Source, object]]:
    """Give what each input came to, in order.

    Only so many tasks are submitted at a time as keep the threads busy. Where there are many inputs, a task probes
    several.
    """
    groups = among_tasks(ahead, _TASKS, _MOST_TOGETHER)
    for some, result in results_in_order(groups, lambda some: submit_probes(some, media_ids)):
        yield from results_of(some, result)


def submit_probes(some: Sequence[Source], media_ids: Mapping[str, str]) -> PrefectFuture[Any]:
    """Submit a task that probes one input, or several."""
    if len(some) == 1:
        return probe.submit(some[0], media_ids.get(some[0].path))
    label = f"{len(some)} inputs: {some[0].name} to {some[-1].name}"
    return probe_several.submit(label, quote(tuple((source, media_ids.get(source.path)) for source in some)))

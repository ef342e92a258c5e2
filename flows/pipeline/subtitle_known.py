"""Write the subtitle files of a run that has nothing to ask, without Prefect."""

from __future__ import annotations

from dataclasses import replace

from flows.output import progress
from flows.pipeline.current_run import Run
from flows.pipeline.overrides import with_question_sets
from flows.pipeline.results import PlannedInputs
from flows.pipeline.session import open_knowledge
from flows.pipeline.setup import ResolvedRun
from flows.pipeline.subtitle_scan import stems_of, talk_in, write_report
from flows.pipeline.transcripts import known_transcripts, recordings_with_words
from flows.pipeline.unchanged import all_known, known_run, needs_prefect
from tasks.run.open_translations import open_translations
from tasks.run.request import SubtitleRequest
from tasks.run.subtitle_copies import known_copies
from tasks.run.subtitle_files import SubtitleChoices, SubtitleTarget
from tasks.run.subtitle_writing import Rendered, write_subtitles, write_translations
from tasks.run.summary import Summary
from tasks.store.commit import recover
from tasks.store.dataset import Dataset

Copies = tuple[Rendered, ...]
"""The copies of one video that hold its subtitles."""

_AT_ONCE = 50  # recordings of a commit


def finish_known(resolved: ResolvedRun, request: SubtitleRequest, choices: SubtitleChoices) -> Summary | None:
    """Write the files where all words are known.

    None where something is to be read or asked, or a video is to be copied. So a second run, one of another style, and
    one from the dataset need not wait for Prefect to load. With a server that stays, the run belongs there. Raises
    UsageError, DatasetNotWritable.
    """
    if needs_prefect(resolved):
        return None
    dataset = Dataset.at(resolved.job.dataset)
    if request.from_dataset:
        found = _transcripts(resolved, request, dataset)
    else:
        found = all_known(resolved, talk_in(resolved.settings, request, dataset))
    if found is None:
        return None
    resolved, planned = found
    known = [
        (source, planned.finished[planned.media_ids[source.path], source.options])
        for source in planned.scan.items
        if (planned.media_ids[source.path], source.options) in planned.finished
    ]
    if open_translations(dataset, resolved.job, [analysis_id for _, analysis_id in known], choices):
        return None
    stems = stems_of(request, [source.path for source in planned.scan.items])
    targets = [SubtitleTarget(source.uri, stems[source.path], one, source.path) for source, one in known]
    copies: list[Copies] = []
    for target in targets if choices.copies else ():
        found_copies = known_copies(dataset, resolved.job, target, choices)
        if found_copies is None:
            return None
        copies.append(found_copies)
    with known_run(resolved, planned) as run:
        rendered = _written(run, targets, copies, choices)
        run.files = tuple(one.file for one in rendered)
        if request.report is not None:
            write_report(request.report, rendered)
    return run.summary


def _transcripts(
    resolved: ResolvedRun, request: SubtitleRequest, dataset: Dataset
) -> tuple[ResolvedRun, PlannedInputs] | None:
    """Return the run and its inputs with words; None where a file is to be read."""
    recover(dataset)  # what a killed run has decided counts, too
    with open_knowledge(dataset) as knowledge:
        scan = (
            talk_in(resolved.settings, request, dataset)
            if request.inputs
            else recordings_with_words(knowledge, request.prompt_name)
        )
        resolved, scan = with_question_sets(resolved, scan)
        media_ids = knowledge.file_cache.media_ids(scan.items)
    if any(source.path not in media_ids for source in scan.items):
        return None
    known = known_transcripts(dataset, scan, media_ids, request.prompt_name)
    return resolved, replace(known, remembered=media_ids)


def _written(run: Run, targets: list[SubtitleTarget], copies: list[Copies], choices: SubtitleChoices) -> list[Rendered]:
    """Make all files, and write those that may be written; copies are there."""
    report, dataset, job = progress.current(), run.session.dataset, run.job
    report.begin("writing", len(targets))
    rendered: list[Rendered] = []
    for begin in range(0, len(targets), _AT_ONCE):
        some, name = targets[begin : begin + _AT_ONCE], f"{job.run.run_id}-subtitles-{begin:05d}"
        rendered += write_subtitles(dataset, job, name, some, choices)
        for language in choices.translations:
            rendered += write_translations(dataset, job, f"{name}-{language.tag}", some, choices, language)
        rendered += [one for each in copies[begin : begin + _AT_ONCE] for one in each]
        for _ in some:
            report.advance()
    return rendered

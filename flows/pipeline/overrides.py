"""Resolve the ways of asking that inputs want for themselves.

It is as if their options had been those of the run.
"""

from __future__ import annotations

from dataclasses import replace

from config.catalog import pick_language
from flows.pipeline.machine import config_errors
from flows.pipeline.model_checks import with_cautions
from flows.pipeline.setup import ResolvedRun
from tasks.errors import BadManifest, UsageError
from tasks.inputs.overrides import AS_THE_RUN, InputOptions
from tasks.inputs.scan import InputProblem, InputScan, Source
from tasks.run.job import Job, QuestionSet


def with_question_sets(resolved: ResolvedRun, scan: InputScan) -> tuple[ResolvedRun, InputScan]:
    """Give the job every way in which inputs are to be asked about.

    One that wants what is not known is a problem. Options that come to the same become one, so that what is asked twice
    in the same way is a duplicate.
    """
    several = {source.options for source in scan.items} - {AS_THE_RUN}
    if not several:
        return resolved, with_audio_tracks(resolved.job, scan)
    same, faults = {AS_THE_RUN: AS_THE_RUN}, {}
    question_sets = {AS_THE_RUN: resolved.job.question_set()}
    known = {_key(question_set): options for options, question_set in question_sets.items()}
    for options in sorted(several, key=lambda options: [*options.given.items()]):
        try:
            tidy, question_set = _resolved(resolved, options)
        except UsageError as error:
            faults[options] = error
            continue
        same[options] = known.setdefault(_key(question_set), tidy)
        question_sets[same[options]] = question_set
    items: dict[tuple[str, InputOptions], Source] = {}
    duplicates, problems = list(scan.duplicates), list(scan.problems)
    for source in scan.items:
        if source.options in faults:
            problems.append(_problem(source, faults[source.options]))
            continue
        wanted = replace(source, options=same[source.options])
        first = items.setdefault((wanted.path, wanted.options), wanted)
        if first is not wanted:
            duplicates.append((source.uri, first))
    del question_sets[AS_THE_RUN]
    job = with_cautions(replace(resolved.job, question_sets=question_sets), resolved.catalog)
    kept = replace(scan, items=tuple(items.values()), duplicates=tuple(duplicates), problems=tuple(problems))
    return replace(resolved, job=job), with_audio_tracks(job, kept)


def with_audio_tracks(job: Job, scan: InputScan) -> InputScan:
    """Set which sound of each input is wanted, by its options or the run's."""

    def chosen(source: Source) -> Source:
        track = job.question_set(source.options).audio_track
        return replace(source, audio_track=track, members=tuple(replace(m, audio_track=track) for m in source.members))

    nobody_chose = job.audio_track is None and not any(one.audio_track for one in job.question_sets.values())
    return scan if nobody_chose else replace(scan, items=tuple(chosen(source) for source in scan.items))


def _key(question_set: QuestionSet) -> tuple[object, ...]:
    return question_set.scenario.name, question_set.audio_track, *sorted(question_set.questions.items())


def _resolved(resolved: ResolvedRun, options: InputOptions) -> tuple[InputOptions, QuestionSet]:
    """Return the options with their language as we write it, and their questions.

    Raises UsageError.
    """
    with config_errors():
        if options.language is not None:
            options = replace(options, language=pick_language(options.language, resolved.catalog))
        return options, resolved.ask(resolved.settings.model_copy(update=options.given), resolved.catalog)


def _problem(source: Source, error: UsageError) -> InputProblem:
    message = f"{source.where}: {error.message}" if source.where else error.message
    return InputProblem(source.uri, BadManifest(message), source.options, source.tags_json)

"""The ways of asking that inputs want for themselves, resolved: as if their options had been those of the run."""

from __future__ import annotations

from dataclasses import replace

from config.catalog import pick_language
from flows.pipeline.setup import Wiring, brief_of, config_errors
from tasks.errors import BadManifest, ReelsheetError, UsageError
from tasks.inputs.find import Found, Source
from tasks.inputs.overrides import AS_THE_RUN, Wish
from tasks.run.job import Brief


def with_briefs(wiring: Wiring, found: Found) -> tuple[Wiring, Found]:
    """The job knows every way in which inputs are to be asked about; one that wants what is not known is a problem.

    Wishes that come to the same become one, so that what is asked twice in the same way is a duplicate.
    """
    wishes = {source.wish for source in found.items} - {AS_THE_RUN}
    if not wishes:
        return wiring, found
    same, faults = {AS_THE_RUN: AS_THE_RUN}, {}
    briefs = {AS_THE_RUN: wiring.job.brief()}
    known = {_key(brief): wish for wish, brief in briefs.items()}
    for wish in sorted(wishes, key=lambda wish: [*wish.told.items()]):
        try:
            tidy, brief = _resolved(wiring, wish)
        except UsageError as error:
            faults[wish] = error
            continue
        same[wish] = known.setdefault(_key(brief), tidy)
        briefs[same[wish]] = brief
    items: dict[tuple[str, Wish], Source] = {}
    duplicates, problems = list(found.duplicates), list(found.problems)
    for source in found.items:
        if source.wish in faults:
            problems.append((source.uri, _problem(source, faults[source.wish])))
            continue
        wanted = replace(source, wish=same[source.wish])
        first = items.setdefault((wanted.path, wanted.wish), wanted)
        if first is not wanted:
            duplicates.append((source.uri, first))
    del briefs[AS_THE_RUN]
    job = replace(wiring.job, briefs=briefs)
    kept = replace(found, items=tuple(items.values()), duplicates=tuple(duplicates), problems=tuple(problems))
    return replace(wiring, job=job), kept


def _key(brief: Brief) -> tuple[object, ...]:
    return brief.scenario.name, *sorted(brief.questions.items())


def _resolved(wiring: Wiring, wish: Wish) -> tuple[Wish, Brief]:
    """The wish with its language as we write it, and what it comes to. Raises UsageError."""
    with config_errors():
        if wish.language is not None:
            wish = replace(wish, language=pick_language(wish.language, wiring.catalog.languages))
        return wish, brief_of(wiring.settings.model_copy(update=wish.told), wiring.catalog)


def _problem(source: Source, error: UsageError) -> ReelsheetError:
    said = f"{source.where}: {error.message}" if source.where else error.message
    return BadManifest(said, wish=source.wish, tags_json=source.tags_json)

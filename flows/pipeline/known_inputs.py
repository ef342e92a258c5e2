"""Find the inputs, and look up what earlier runs know of them. Without Prefect.

What is unchanged costs two look-ups for all files together (tasks/inputs/changes.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.pipeline.session import Knowledge
from flows.pipeline.setup import ResolvedRun
from tasks.inputs.changes import by_options, unfinished
from tasks.inputs.overrides import InputOptions
from tasks.inputs.scan import InputScan, Source
from tasks.query.open_failures import unreadable
from tasks.records import Failure, Stage
from tasks.run.failures import failure
from tasks.run.fingerprint import fingerprint_of


@dataclass(frozen=True, slots=True)
class KnownInputs:
    """Hold what is known of inputs, and which are to be probed."""

    to_probe: tuple[Source, ...]
    finished: Mapping[tuple[str, InputOptions], str]  # analyses with nothing left to ask
    unreadable: tuple[Source, ...]  # that an earlier run has reported, and that have not changed


def look_up(
    resolved: ResolvedRun,
    knowledge: Knowledge,
    scan: InputScan,
    media_ids: Mapping[str, str],
    judged: frozenset[str] | None = None,
) -> KnownInputs:
    """Sort the inputs by what is known of them; `media_ids` are by path.

    `judged` are the analyses of a moderation that have a verdict, without which none is finished.
    """
    ahead: set[tuple[str, InputOptions]] = set()
    finished: dict[tuple[str, InputOptions], str] = {}
    for options, sources in by_options(scan.items).items():
        known = (media_ids[source.path] for source in sources if source.path in media_ids)
        analyses = knowledge.file_cache.analyses(fingerprint_of(resolved.job, options), known)
        done = knowledge.history.done(analyses.values())
        done = done if judged is None else done & judged
        finished |= {(media_id, options): one for media_id, one in analyses.items() if one in done}
        ahead.update((source.path, options) for source in unfinished(sources, media_ids, analyses, done))
    new = [source for source in scan.items if (source.path, source.options) in ahead]
    known_ids = {media_ids[source.path] for source in new if source.path in media_ids}
    broken = frozenset() if resolved.settings.strict else unreadable(knowledge.dataset, known_ids)
    return KnownInputs(
        to_probe=tuple(source for source in new if media_ids.get(source.path) not in broken),
        finished=finished,
        unreadable=tuple(source for source in new if media_ids.get(source.path) in broken),
    )


def lost_inputs(scan: InputScan) -> tuple[tuple[Failure, InputOptions, str], ...]:
    """Return what gave nothing to analyse: its failure, what it wanted, and its tags."""
    return tuple(
        (failure(problem.uri, "input", problem.error), problem.options, problem.tags_json) for problem in scan.problems
    )


def lost_input(source: Source, stage: Stage, error: object, media_id: str | None) -> tuple[Failure, InputOptions, str]:
    """Return the failure of an input, what it wanted, and its tags."""
    return failure(source.uri, stage, error, media_id), source.options, source.tags_json

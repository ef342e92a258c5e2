"""Run `plan` without Prefect, in a few threads, asking no model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flows.pipeline.overrides import with_question_sets
from flows.pipeline.probed import probe_found
from flows.pipeline.scan import scan_inputs
from flows.pipeline.setup import ResolvedRun
from flows.runtime.network import prepare_network
from tasks.errors import MediaError
from tasks.inputs.scan import Source
from tasks.media.ffmpeg import require_ffmpeg
from tasks.media.silences import find_silences_of
from tasks.records import AnalysisPlan, Failure, Recording, Span
from tasks.run.failures import failure
from tasks.run.job import Job
from tasks.run.target_language import TargetLanguage, estimate_talk
from tasks.run.usage import Usage

_MOST = 16  # recordings that one thread listens to together


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview says what `analyze` would do."""

    job: Job  # as it would be carried out
    plans: tuple[AnalysisPlan, ...]
    failures: tuple[Failure, ...]
    warnings: tuple[str, ...]
    languages: tuple[TargetLanguage, ...] = ()  # that `subtitle` would translate into

    @property
    def translations(self) -> Usage:
        """Return what the translations are expected to come to."""
        return estimate_talk(self.job, [plan.recording.duration_ms for plan in self.plans], self.languages)


def preview(resolved: ResolvedRun, inputs: Sequence[str], languages: tuple[TargetLanguage, ...] = ()) -> Preview:
    """Return the plans of all inputs, and why some have none. Raises UsageError."""
    prepare_network()
    require_ffmpeg()
    scan = scan_inputs(resolved.settings, inputs)
    resolved, scan = with_question_sets(resolved, scan)
    probed, failures = probe_found(scan)
    plans: dict[str, AnalysisPlan] = {}  # the same bytes under two names are asked once
    for source, recording, silences in _heard(resolved.job, probed):
        try:
            plan = resolved.job.plan(recording, source.options, silences)
            plans.setdefault(plan.analysis_id, plan)
        except MediaError as error:
            failures = (*failures, failure(recording.uri, "plan", error, recording.media_id))
    return Preview(resolved.job, tuple(plans.values()), failures, (*resolved.job.notes, *scan.notes), languages)


def _heard(
    job: Job, probed: Sequence[tuple[Source, Recording]]
) -> Iterator[tuple[Source, Recording, tuple[Span, ...] | None]]:
    """Listen to those whose plan depends on it."""
    wanted = [recording for source, recording in probed if job.is_listened_to(recording, source.options)]
    threads = os.cpu_count() or 1
    together = min(_MOST, max(1, -(-len(wanted) // threads)))
    groups = [wanted[start : start + together] for start in range(0, len(wanted), together)]
    with ThreadPoolExecutor(threads) as pool:
        found = [silences for some in pool.map(find_silences_of, groups) for silences in some]
    heard = dict(zip(map(id, wanted), found, strict=True))
    for source, recording in probed:
        yield source, recording, heard.get(id(recording))

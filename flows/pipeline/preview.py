"""Run `plan` and `probe` without Prefect, in a few threads, asking no model."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from flows.pipeline.known_inputs import scan_inputs
from flows.pipeline.overrides import with_question_sets
from flows.pipeline.setup import ResolvedRun
from flows.runtime.network import prepare_network
from tasks.errors import MediaError, ReelsheetError
from tasks.inputs.groups import find
from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import InputScan, Source
from tasks.media.ffmpeg import require_ffmpeg
from tasks.media.silences import find_silences
from tasks.records import AnalysisPlan, Failure, Recording, Span
from tasks.run.job import Job
from tasks.run.open_translations import estimate_talk
from tasks.run.outcomes import failure
from tasks.run.translation import TargetLanguage
from tasks.run.usage import Usage


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
    probed, failures = _probed_all(scan)
    plans: dict[str, AnalysisPlan] = {}  # the same bytes under two names are asked once
    for source, recording, silences in _heard(resolved.job, probed):
        try:
            plan = resolved.job.plan(recording, source.options, silences)
            plans.setdefault(plan.analysis_id, plan)
        except MediaError as error:
            failures = (*failures, failure(recording.uri, "plan", error, recording.media_id))
    return Preview(resolved.job, tuple(plans.values()), failures, (*resolved.job.notes, *scan.notes), languages)


def probe_all(
    inputs: Sequence[str], settle_s: float
) -> tuple[tuple[Recording, ...], tuple[Failure, ...], tuple[str, ...]]:
    """Return the recordings, the inputs that are none, and warnings.

    Raises UsageError.
    """
    prepare_network()
    require_ffmpeg()
    scan = find(inputs, settle_s, time.time())
    each = {source.path: source for source in reversed(scan.items)}  # one may be wanted in two ways
    probed, failures = _probed_all(replace(scan, items=tuple(reversed(each.values()))))
    return tuple(recording for _, recording in probed), failures, scan.notes


def _probed_all(scan: InputScan) -> tuple[list[tuple[Source, Recording]], tuple[Failure, ...]]:
    failures = [failure(problem.uri, "input", problem.error) for problem in scan.problems]
    probed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, result in zip(scan.items, pool.map(_probed, scan.items), strict=True):
            if isinstance(result, Recording):
                probed.append((source, result))
            else:
                failures.append(failure(source.uri, "probe", result))
    return probed, tuple(failures)


def _heard(
    job: Job, probed: Sequence[tuple[Source, Recording]]
) -> Iterator[tuple[Source, Recording, tuple[Span, ...] | None]]:
    """Listen to those whose plan depends on it."""

    def silences(one: tuple[Source, Recording]) -> tuple[Span, ...] | None:
        source, recording = one
        return find_silences(recording) if job.is_listened_to(recording, source.options) else None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (source, recording), found in zip(probed, pool.map(silences, probed), strict=True):
            yield source, recording, found


def _probed(source: Source) -> Recording | Exception:
    try:
        return probe_source(source)
    except (ReelsheetError, OSError) as error:
        return error

"""`plan` and `probe` without Prefect: the same nouns, a few threads, no model."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flows.wiring import Wiring
from tasks.errors import MediaError, ReelsheetError
from tasks.group import probe_source
from tasks.media.ffmpeg import require_ffmpeg
from tasks.outcomes import failure
from tasks.records import AnalysisPlan, Failure, Recording
from tasks.sources import Source, find_inputs, find_together


@dataclass(frozen=True, slots=True)
class Preview:
    """What `analyze` would do."""

    plans: tuple[AnalysisPlan, ...]
    failures: tuple[Failure, ...]
    warnings: tuple[str, ...]


def preview(wiring: Wiring, inputs: Sequence[str]) -> Preview:
    """Plans for all inputs, and why some have none. Raises UsageError."""
    recordings, failures, warnings = probe_all(inputs, wiring.settings.settle_s, wiring.settings.together)
    plans: dict[str, AnalysisPlan] = {}  # the same bytes under two names are asked once
    for recording in recordings:
        try:
            plan = wiring.job.plan(recording)
            plans.setdefault(plan.analysis_id, plan)
        except MediaError as error:
            failures = (*failures, failure(recording.uri, "plan", error, recording.media_id))
    return Preview(tuple(plans.values()), failures, warnings)


def probe_all(
    inputs: Sequence[str], settle_s: float, together: bool = False
) -> tuple[tuple[Recording, ...], tuple[Failure, ...], tuple[str, ...]]:
    """The recordings, the inputs that are none, and warnings. Raises UsageError."""
    require_ffmpeg()
    found = (find_together if together else find_inputs)(inputs, settle_s, time.time())
    failures = [failure(uri, "input", error) for uri, error in found.problems]
    recordings = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, result in zip(found.items, pool.map(_probed, found.items), strict=True):
            if isinstance(result, Recording):
                recordings.append(result)
            else:
                failures.append(failure(source.uri, "probe", result))
    return tuple(recordings), tuple(failures), found.notes


def _probed(source: Source) -> Recording | Exception:
    try:
        return probe_source(source)
    except (ReelsheetError, OSError) as error:
        return error

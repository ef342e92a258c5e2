"""Probe recordings without Prefect, in a few threads."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from flows.runtime.network import prepare_network
from tasks.errors import ReelsheetError
from tasks.inputs.groups import find
from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import InputScan, Source
from tasks.media.ffmpeg import require_ffmpeg
from tasks.records import Failure, Recording
from tasks.run.failures import failure


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
    probed, failures = probe_found(replace(scan, items=tuple(reversed(each.values()))))
    return tuple(recording for _, recording in probed), failures, scan.notes


def probe_found(scan: InputScan) -> tuple[list[tuple[Source, Recording]], tuple[Failure, ...]]:
    """Return the recordings among what was found, and why the others are none."""
    failures = [failure(problem.uri, "input", problem.error) for problem in scan.problems]
    probed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, result in zip(scan.items, pool.map(_probed, scan.items), strict=True):
            if isinstance(result, Recording):
                probed.append((source, result))
            else:
                failures.append(failure(source.uri, "probe", result))
    return probed, tuple(failures)


def _probed(source: Source) -> Recording | Exception:
    try:
        return probe_source(source)
    except (ReelsheetError, OSError) as error:
        return error

"""Find the inputs that may have words, and where their files go. Without Prefect."""

from __future__ import annotations

import csv
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from config.settings import Settings
from tasks.errors import MediaError, NotWritten
from tasks.inputs.groups import find
from tasks.inputs.scan import MOST_LISTED, OTHER_ENDING, InputProblem, InputScan, Source
from tasks.media.formats import is_image_name
from tasks.media.remote import is_address
from tasks.run.request import SubtitleRequest
from tasks.run.subtitle_files import csv_rows
from tasks.run.subtitle_sources import written_before
from tasks.run.subtitle_writing import Rendered
from tasks.sidecars.files import sha256_at
from tasks.sidecars.paths import below, is_subtitle_of, stem_paths
from tasks.store.dataset import Dataset
from tasks.system.object_store import is_stored

SUBTITLED = "with subtitles already"


def talk_in(how: Settings, request: SubtitleRequest, dataset: Dataset) -> InputScan:
    """Find the files that the inputs mean, without images.

    What has no place for subtitles is a problem.
    """
    scan = find(request.inputs, how.settle_s, time.time(), tags_from_columns=how.tags_from_columns)
    images = [source for source in scan.items if is_image_name(source.name)]
    scan = without(scan, images, OTHER_ENDING)
    why = {source: _without_place(source, request) for source in scan.items}
    lost = (InputProblem(one.uri, MediaError(f"{one.uri} {words}"), one.options) for one, words in why.items() if words)
    scan = replace(
        scan,
        items=tuple(source for source in scan.items if not why[source]),
        problems=(*scan.problems, *lost),
    )
    if request.skip_existing:
        scan = without(scan, [source for source in scan.items if _has_sidecar(dataset, source)], SUBTITLED)
    return scan


def _without_place(source: Source, request: SubtitleRequest) -> str:
    """Say why subtitles have no place next to a recording; "" where they have one."""
    if source.members:
        return "is a group, which has no file to lay subtitles next to: name its files."
    if request.out is None and (is_address(source.path) or is_stored(source.path)):
        return "does not lie on this machine, so its subtitles need a folder: name one with --out."
    return ""


def _has_sidecar(dataset: Dataset, source: Source) -> bool:
    """Return whether somebody else's subtitles lie next to a recording."""
    folder, name = os.path.split(source.path)
    try:
        found = [entry.path for entry in os.scandir(folder) if is_subtitle_of(entry.name, name)]
    except OSError:
        return False
    ours = written_before(dataset, found) if found else {}
    return any(path not in ours or sha256_at(path) not in ours[path].all for path in found)


def without(scan: InputScan, sources: Iterable[Source], reason: str) -> InputScan:
    """Count sources among those that are left out."""
    gone = {source.path: source.uri for source in sources}
    if not gone:
        return scan
    return replace(
        scan,
        items=tuple(source for source in scan.items if source.path not in gone),
        ignored=(*scan.ignored, *((uri, reason) for uri in gone.values()))[:MOST_LISTED],
        left_out=dict(Counter(scan.left_out) + Counter({reason: len(gone)})),
    )


# --- where files go ----------------------------------------------------------------------------------------------


def stems_of(request: SubtitleRequest, paths: Sequence[str]) -> Mapping[str, str]:
    """Return the path, without endings, of the files of each input."""
    if request.out is None:
        return stem_paths({path: path for path in paths})
    root = os.path.abspath(request.out)  # noqa: PTH100 - odd names stay as they are
    folders = [folder for name in request.inputs if (folder := _searched(name))]
    return stem_paths({path: below(root, path, folders) for path in paths})


def write_report(path: Path, rendered: Iterable[Rendered]) -> None:
    """Write every violation to a CSV file. Raises NotWritten."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(csv_rows([(one.file.path, one.violations) for one in rendered]))
    except OSError as error:
        raise NotWritten(f"The report {path} cannot be written ({error.strerror or error}).") from error


def _searched(name: str) -> str:
    """Return the folder that an input searches; "" for one that names a file."""
    fixed = name
    while set("*?[") & set(fixed) and not os.path.exists(fixed):  # noqa: PTH110
        fixed = os.path.dirname(fixed) or "."  # noqa: PTH120
    return os.path.abspath(fixed) if fixed != name or os.path.isdir(name) else ""  # noqa: PTH100, PTH112

"""Join several files into one recording.

They are those of a folder, glob or manifest (`--together`, `--frames`), or of rows of a manifest that name the same
group.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tasks.errors import BadManifest, ReelsheetError
from tasks.inputs.find import find_inputs
from tasks.inputs.overrides import agreed_options, merged_tags
from tasks.inputs.scan import MOST_LISTED, UNSETTLED, InputProblem, InputScan, Source, printable

_NUMBERS = re.compile(r"(\d+)")


def find(
    arguments: Sequence[str],
    settle_s: float,
    now: float,
    *,
    together: bool = False,
    fps: float | None = None,
    tags_from_columns: bool = False,
) -> InputScan:
    """Find the inputs as `find_inputs` does, with groups as one source each.

    `together`: the files of each folder, glob or manifest that is named are one recording. `fps`: so are they, as the
    frames of a video, so many a second. A file that is named by itself is a recording of its own.
    """
    if not together and fps is None:
        return grouped(find_inputs(arguments, settle_s, now, tags_from_columns=tags_from_columns), None)
    alone = [find_inputs((argument,), settle_s, now, tags_from_columns=tags_from_columns) for argument in arguments]
    each = [_as_one(argument, grouped(one, fps), fps) for argument, one in zip(arguments, alone, strict=True)]
    items = {(source.path, source.options): source for found in each for source in found.items}
    return InputScan(
        items=tuple(items.values()),
        duplicates=tuple(pair for found in each for pair in found.duplicates),
        ignored=tuple(pair for found in each for pair in found.ignored)[:MOST_LISTED],
        left_out=dict(sum((Counter(found.left_out) for found in each), Counter[str]())),
        problems=tuple(pair for found in each for pair in found.problems),
        warnings=tuple(warning for found in each for warning in found.warnings),
        looked_at=now,
        settled_at=max((found.settled_at for found in each), default=0.0),
    )


def grouped(found: InputScan, fps: float | None) -> InputScan:
    """Replace the sources of each group of a manifest by one source.

    A group that lacks a file is a problem.
    """
    lacking = {problem.group: problem.error for problem in reversed(found.problems) if problem.group}
    if not lacking and not any(source.group for source in found.items):
        return found
    members: dict[str, list[Source]] = {}
    for source in found.items:
        members.setdefault(source.group, []).append(source)
    items: list[Source] = []
    problems = list(found.problems)
    for source in found.items:
        if not source.group:
            items.append(source)
        elif (files := members.pop(source.group, None)) and source.group not in lacking:
            try:
                items.append(one_source(source.group, files, fps))
            except BadManifest as error:
                problems.append(InputProblem(source.group, error))
    for group, fault in lacking.items():
        problems.append(InputProblem(group, _lacking(group, fault)))
    return replace(found, items=tuple(items), problems=tuple(problems))


def _lacking(name: str, fault: ReelsheetError) -> BadManifest:
    return BadManifest(
        f"{printable(name)} is one recording and left out, since a row of it cannot be used: {fault.message}"
    )


def _as_one(argument: str, found: InputScan, fps: float | None) -> InputScan:
    """Join the files that an argument means; a group of its own stays one.

    One that lacks a file is left out: it would be another recording without it.
    """
    files = [source for source in found.items if not source.members]
    if not files or (len(files) == 1 and files[0].uri == printable(argument)):
        return found
    groups = tuple(source for source in found.items if source.members)
    if UNSETTLED in found.left_out:
        wait = f"{printable(argument)} is left for the next run, since files of it are still changing."
        return replace(found, items=groups, warnings=(*found.warnings, wait))
    bad = next((problem.error for problem in found.problems if problem.group == ""), None)
    if bad is not None:
        problem = InputProblem(printable(argument), _lacking(argument, bad))
        return replace(found, items=groups, problems=(*found.problems, problem))
    if fps is not None and not files[0].where:
        files.sort(key=lambda file: _by_number(file.uri))
    try:
        one = one_source(argument, files, fps)
    except BadManifest as error:
        return replace(found, items=groups, problems=(*found.problems, InputProblem(printable(argument), error)))
    return replace(found, items=(one, *groups))


def _by_number(name: str) -> list[tuple[int, str]]:
    """Sort frame-2 before frame-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBERS.split(name)]


def one_source(argument: str, files: Sequence[Source], fps: float | None) -> Source:
    """Join files into one source.

    Its stamp changes when a file is changed, added, taken away or moved. Raises BadManifest where their rows want
    different things.
    """
    try:
        options = agreed_options(file.options for file in files)
    except ValueError as error:
        raise BadManifest(f"{printable(argument)} is one recording, but {error}; let its rows agree.") from error
    return Source(
        uri=printable(argument),
        path=os.path.abspath(argument.removeprefix("@")),  # noqa: PTH100 - names stay as they were given
        size_bytes=sum(file.size_bytes or 0 for file in files),
        mtime_ns=_mark(files, fps),
        members=tuple(files),
        fps=fps,
        options=options,
        tags_json=merged_tags(file.tags_json for file in files),
        where=files[0].where,
    )


def _mark(files: Iterable[Source], fps: float | None) -> int:
    """Return a number that takes the role of the time of change.

    It stands for all files in their order, and for their rate.
    """
    digest = hashlib.sha256(str(fps).encode())
    for file in files:
        digest.update(f"{file.path}\0{file.size_bytes}\0{file.mtime_ns}\n".encode("utf-8", "surrogatepass"))
    return int.from_bytes(digest.digest()[:7], "big")

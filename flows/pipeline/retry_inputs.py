"""Find where the recordings of a retry lie now."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flows.pipeline.current_run import Run
from flows.pipeline.inputs import use_scan
from tasks.errors import NotFound
from tasks.inputs.file_cache import FileCache
from tasks.inputs.groups import find
from tasks.inputs.scan import InputProblem, InputScan, Source
from tasks.media import stored
from tasks.media.remote import is_address
from tasks.query.retry_selection import RetryGroup
from tasks.system.object_store import is_stored


def locate_inputs(run: Run, group: RetryGroup) -> InputScan:
    """Find the recordings that are to be asked about again, each in its own way."""
    return use_scan(run, locate(group, run.session.file_cache))


def locate(group: RetryGroup, file_cache: FileCache) -> InputScan:
    """Find the recordings where a run has seen them last, or as they were named."""
    known_paths = file_cache.paths_of(w.media_id for w in group.recordings if w.media_id)
    cwd = str(group.config.get("cwd") or "")
    items, problems, looked_at = [], [], time.time()
    for target in group.recordings:
        remembered = [known.path for known in known_paths.get(target.media_id or "", ()) if known.holds_still()]
        named = os.path.join(cwd, target.uri)  # noqa: PTH118 - odd names stay as they are
        source = next(filter(None, (_source(target.uri, path) for path in (*remembered, named))), None)
        if group.config.get("together") or group.config.get("frames") or "#" in target.uri:
            source = _group(target.uri, cwd, group.config) or source
        if source is None:
            gone = NotFound(
                f"{target.uri} is neither where it was nor where a later run saw it: "
                "name it to `reelsheet analyze`, which goes on from what is answered."
            )
            problems.append(InputProblem(target.uri, gone, target.options))
        else:
            items.append(replace(source, options=target.options, tags_json=target.tags_json))
    once = tuple(dict.fromkeys(items))  # of two recordings one may lie over the other
    return InputScan(once, problems=tuple(problems), looked_at=looked_at)


def _group(uri: str, cwd: str, config: Mapping[str, Any]) -> Source | None:
    """Return the files of a folder, a manifest or a group in it, as they are now.

    What was changed is another recording.
    """
    sign = "@" if uri.startswith("@") else ""
    named = sign + os.path.join(cwd, uri.removeprefix("@"))  # noqa: PTH118
    together, fps = bool(config.get("together")), config.get("frames")
    for argument in dict.fromkeys((named, named.rpartition("#")[0])):
        found = find((argument,), 0.0, time.time(), together=together, fps=fps).items if argument else ()
        fitting = [source for source in found if source.members and source.uri == named]
        if len(fitting) == 1:
            return replace(fitting[0], uri=uri)
    return None


def _source(uri: str, path: str) -> Source | None:
    if is_address(uri):
        return Source(uri, uri)
    if is_stored(path) or is_stored(uri):
        url = path if is_stored(path) else uri
        there = stored.look(url)
        return Source(uri, url, there.stamp.size_bytes, there.stamp.mtime_ns) if there else None
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return Source(uri, path, found.st_size, found.st_mtime_ns)

"""Find where the recordings of a retry lie now."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flows.pipeline.inputs import use_scan
from flows.pipeline.run import Run
from tasks.errors import NotFound
from tasks.inputs.file_cache import FileCache
from tasks.inputs.find import InputScan, Source
from tasks.inputs.groups import find
from tasks.media import stored
from tasks.media.remote import is_address
from tasks.query.retry_selection import Again
from tasks.system.object_store import is_stored


def locate_inputs(run: Run, again: Again) -> InputScan:
    """Find the recordings that are to be asked about again, each in its own way."""
    return use_scan(run, located(again, run.session.memory))


def located(again: Again, memory: FileCache) -> InputScan:
    """Find the recordings where a run has seen them last, or as they were named."""
    places = memory.paths_of(w.media_id for w in again.recordings if w.media_id)
    cwd = str(again.config.get("cwd") or "")
    items, problems, looked_at = [], [], time.time()
    for wanted in again.recordings:
        remembered = [place.path for place in places.get(wanted.media_id or "", ()) if place.holds_still()]
        named = os.path.join(cwd, wanted.uri)  # noqa: PTH118 - odd names stay as they are
        source = next(filter(None, (_source(wanted.uri, path) for path in (*remembered, named))), None)
        if again.config.get("together") or again.config.get("frames") or "#" in wanted.uri:
            source = _group(wanted.uri, cwd, again.config) or source
        if source is None:
            problems.append((wanted.uri, NotFound(
                f"{wanted.uri} is neither where it was nor where a later run saw it: "
                "name it to `reelsheet analyze`, which goes on from what is answered.",
                options=wanted.options,
            )))  # fmt: skip
        else:
            items.append(replace(source, options=wanted.options, tags_json=wanted.tags_json))
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

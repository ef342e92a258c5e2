"""Identify recordings by their bytes before anything is probed.

So what was moved or copied is known.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tasks.errors import MediaError
from tasks.inputs.probe_input import group_id
from tasks.inputs.scan import Source
from tasks.media import remote, stored
from tasks.media.hashing import Stamp, sha256_of
from tasks.system.object_store import is_stored

# One group is hashed, then told: so much is read again, at most, by the run after one that was killed.
_GROUP_FILES = 500
_GROUP_BYTES = 1 << 30


def identify(sources: Iterable[Source]) -> Iterator[list[tuple[Source, str]]]:
    """Yield the files with their media_ids, group by group, in order.

    Left out is what cannot be hashed, or is not what it was when it was found: probing it will say why. Raises
    Interrupted after Ctrl-C.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for group in _groups(sources):
            hashed = zip(group, pool.map(_media_id, group), strict=True)
            yield [(source, media_id) for source, media_id in hashed if media_id is not None]


def _groups(sources: Iterable[Source]) -> Iterator[list[Source]]:
    group: list[Source] = []
    size = 0
    for source in sources:
        group.append(source)
        size += source.size_bytes or 0
        if len(group) >= _GROUP_FILES or size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _media_id(source: Source) -> str | None:
    if source.members:
        ids = [media_id for member in source.members if (media_id := _media_id(member)) is not None]
        return group_id(ids, source.fps) if len(ids) == len(source.members) else None
    path = Path(source.path)
    try:
        if remote.is_address(source.path):
            return remote.look(source.path).media_id(source.path)
        if is_stored(source.path):
            return stored.sha256_of(source.path, source.stamp) if source.size_bytes else None
        found = path.stat()
        # An empty file, a pipe or a device has no size, and nothing to hash.
        if not found.st_size or Stamp.of(found) != source.stamp:
            return None
        return sha256_of(path)
    except (OSError, MediaError):
        return None

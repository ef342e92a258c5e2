"""What lies behind an input: one file, or several that are one recording."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tasks.errors import MediaError
from tasks.identity import canonical_json
from tasks.media import remote, stored
from tasks.media.probing import probe_recording, probe_remote
from tasks.records import Recording
from tasks.sources import Source
from tasks.storage import is_stored

_copies = threading.BoundedSemaphore(os.cpu_count() or 1)  # so many at a time lie in the system's temporary folder


def probe_source(source: Source, media_id: str | None = None) -> Recording:
    """Probe an input, and hash it unless its `media_id` is remembered. Raises MediaError."""
    if remote.is_address(source.path):
        return probe_remote(source.path, source.uri)
    if is_stored(source.path):
        return _probe_stored(source, media_id)
    if not source.members:
        return probe_recording(Path(source.path), source.uri, source.stamp, media_id)
    return together([probe_source(member) for member in source.members], source)


def _probe_stored(source: Source, media_id: str | None) -> Recording:
    """Probe a copy that goes at once: what is asked about is fetched again when it is cut."""
    with _copies, tempfile.TemporaryDirectory(prefix="reelsheet-probe-") as folder:
        path = stored.fetched(source.path, Path(folder), source.stamp)
        recording = probe_recording(path, source.uri, media_id=media_id)
    return replace(recording, path=source.path, mtime_ns=source.mtime_ns)


def together(members: Sequence[Recording], source: Source) -> Recording:
    """The recordings as one. Raises MediaError where they are not of one kind."""
    kinds = sorted({member.kind for member in members})
    if len(kinds) > 1:
        raise MediaError(
            f"{source.uri} holds {' and '.join(kinds)} files; what is asked about together is of one kind: "
            "put each kind into a folder of its own, or leave out --together."
        )
    listed = [
        {"media_id": m.media_id, "uri": m.uri, "duration_ms": m.duration_ms, "size_bytes": m.size_bytes}
        for m in members
    ]
    return Recording(
        media_id=group_id([member.media_id for member in members]),
        id_basis="group",
        uri=source.uri,
        path=source.path,
        kind=members[0].kind,
        container="",
        size_bytes=sum(member.size_bytes for member in members),
        duration_ms=sum(member.duration_ms for member in members),
        video=members[0].video,
        audio=next((member.audio for member in members if member.audio), None),
        probe_json=json.dumps({"members": listed}, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        notes=tuple(f"{member.name}: {note}" for member in members for note in member.notes),
        members=tuple(members),
    )


def group_id(media_ids: Sequence[str]) -> str:
    """The identity of files that are one recording: of their bytes, in this order."""
    return hashlib.sha256(canonical_json({"group": list(media_ids)}).encode()).hexdigest()

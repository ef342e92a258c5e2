"""Probe what an input means: one file, or several that are one recording."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from tasks.errors import FileChanged, MediaError, NotFound, NotMedia, NotReadable
from tasks.identity import canonical_json
from tasks.inputs.scan import Source
from tasks.media import av_pool, remote, stored
from tasks.media.av_forms import Reading
from tasks.media.formats import is_read_ahead
from tasks.media.hashing import Stamp, file_changed, require_unchanged, sha256_of
from tasks.media.images import image_reader
from tasks.media.probing import probe_recording, probe_remote
from tasks.media_records import MissingPart
from tasks.records import Recording
from tasks.system.object_store import is_stored
from tasks.system.workdir import copy_folder

_BEGINNING = 131_072  # bytes of a picture that mostly tell its size, and which way up it is
_LARGEST_PICTURE = 100_000_000  # bytes; no model takes as many, which is said once it is planned
_LOOKS_AT_ONCE = 8  # at servers of addresses

_copies = threading.BoundedSemaphore(os.cpu_count() or 1)  # so many at a time lie under --workdir


def probe_source(source: Source, media_id: str | None = None, reading: Reading | None = None) -> Recording:
    """Probe an input, and hash it unless its `media_id` is remembered.

    `reading` is what `read_ahead` gave for it. Raises MediaError.
    """
    return named(_probed(source, media_id, reading), source)


def read_ahead(sources: Sequence[Source]) -> tuple[Reading | None, ...]:
    """Return what PyAV reads of short local recordings, in order; None for others."""
    paths = [source.path for source in sources if _is_read_ahead(source)]
    found = iter(av_pool.read_ahead(paths))
    return tuple(next(found) if _is_read_ahead(source) else None for source in sources)


def _is_read_ahead(source: Source) -> bool:
    elsewhere = remote.is_address(source.path) or is_stored(source.path)
    return not elsewhere and not source.members and is_read_ahead(source.path)


def named(recording: Recording, source: Source) -> Recording:
    """Return the recording with the name and tags of an input."""
    return replace(recording, uri=source.uri, tags_json=source.tags_json)


def _probed(source: Source, media_id: str | None, reading: Reading | None) -> Recording:
    if remote.is_address(source.path):
        return _probe_address(source)
    if is_stored(source.path):
        return _probe_stored(source, media_id)
    if not source.members:
        return _probe_file(source, media_id, reading)
    if source.fps is not None:
        return _probe_frames(source, source.fps)
    return together([probe_source(member) for member in source.members], source)


def _probe_file(source: Source, media_id: str | None, reading: Reading | None) -> Recording:
    """Probe a file on this machine.

    What is wrong with it counts only if it is still the file that was found: its `media_id` is of what that held, and
    is remembered as unreadable. Raises FileChanged, or NotFound where it went away.
    """
    path = Path(source.path)
    try:
        return probe_recording(path, source.uri, source.stamp, media_id, source.audio_track, reading)
    except (NotFound, NotReadable, FileChanged):
        raise
    except (MediaError, OSError) as error:
        try:
            found = path.stat()
        except FileNotFoundError:
            raise NotFound(f"{source.uri} went away while it was read: bring it back, then run again.") from error
        if source.stamp not in (None, Stamp.of(found)):
            raise file_changed(source.uri) from error
        raise


def _probe_address(source: Source) -> Recording:
    """Probe what lies at an address, without fetching more of it than must be."""
    found = remote.look(source.path)
    if not found.is_image:
        return probe_remote(source.path, source.uri, found, source.audio_track)
    with _copies, copy_folder() as folder:
        recording = _probe_beginning(source, found, folder) or _probe_fetched(source, found, folder)
    notes = (*recording.notes, *found.notes)
    return replace(recording, id_basis="url", path=source.path, mtime_ns=None, notes=notes)


def _probe_beginning(source: Source, found: remote.RemoteFile, folder: Path) -> Recording | None:
    """Probe a picture by its first bytes; None where they do not tell."""
    if found.length is None or found.length <= _BEGINNING:
        return None
    media_id = found.media_id(source.path)
    try:
        path = remote.fetch_beginning(source.path, folder, media_id, _BEGINNING)
        recording = probe_recording(path, source.uri, media_id=media_id)
    except MediaError:
        return None
    return replace(recording, size_bytes=found.length) if recording.kind == "image" else None


def _probe_fetched(source: Source, found: remote.RemoteFile, folder: Path) -> Recording:
    media_id = found.media_id(source.path)
    path = remote.fetch(source.path, folder, media_id, _LARGEST_PICTURE)
    return probe_recording(path, source.uri, media_id=media_id)


def _probe_stored(source: Source, media_id: str | None) -> Recording:
    """Probe a copy that goes at once.

    What is asked about is fetched again when it is cut.
    """
    with _copies, copy_folder() as folder:
        path = stored.fetch(source.path, folder, source.stamp)
        recording = probe_recording(path, source.uri, media_id=media_id, track=source.audio_track)
    return replace(recording, path=source.path, mtime_ns=source.mtime_ns)


def together(members: Sequence[Recording], source: Source) -> Recording:
    """Join recordings into one. Raises MediaError where they are not of one kind."""
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
        declared_duration_ms=sum(member.whole_ms for member in members),
        missing=_following(members),
        audio_track=_agreed_track(members),
    )


def _agreed_track(members: Sequence[Recording]) -> str:
    """Return the sound that was chosen of several files: one name where they agree."""
    chosen = [member.audio_track for member in members]
    return chosen[0] if len(set(chosen)) == 1 else ",".join(chosen)


def _following(members: Sequence[Recording]) -> tuple[MissingPart, ...]:
    """Return what is missing of recordings that follow each other on one timeline."""
    starts = itertools.accumulate((member.duration_ms for member in members), initial=0)
    return tuple(
        replace(part, start_ms=start + part.start_ms, end_ms=start + part.end_ms)
        for start, member in zip(starts, members, strict=False)
        for part in member.missing
    )


def group_id(media_ids: Sequence[str], fps: float | None = None) -> str:
    """Return the identity of files that are one recording.

    It is that of their bytes, in this order; as frames, of their rate too.
    """
    basis = {"group": list(media_ids), **({} if fps is None else {"fps": fps})}
    return hashlib.sha256(canonical_json(basis).encode()).hexdigest()


def _probe_frames(source: Source, fps: float) -> Recording:
    """Probe pictures as one video.

    The first is probed; of the others it is enough that they are pictures.
    """
    first = probe_source(source.members[0])
    if first.kind != "image" or first.video is None:
        raise NotMedia(f"{first.uri} is {first.kind}; expected a picture, as --frames was given.")
    with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:  # addresses take their time, and are not the first to fail
        members = (first, *pool.map(_frame, source.members[1:]))
    rate = Fraction(fps).limit_denominator(1000)
    return Recording(
        media_id=group_id([member.media_id for member in members], fps),
        id_basis="frames",
        uri=source.uri,
        path=source.path,
        kind="video",
        container="",
        size_bytes=sum(member.size_bytes for member in members),
        duration_ms=round(1000 * len(members) / fps),
        video=replace(first.video, fps_num=rate.numerator, fps_den=rate.denominator),
        audio=None,
        probe_json=canonical_json({"frames": len(members), "first": first.uri}),
        members=members,
    )


def _frame(source: Source) -> Recording:
    path = Path(source.path)
    if remote.is_address(source.path):
        return _frame_at(source)
    if is_stored(source.path):
        probed = _probe_stored(source, None)
        if probed.kind != "image":
            raise NotMedia(f"{source.uri} is no picture that is read here; expected one, as --frames was given.")
        return probed
    try:
        before = path.stat()
        reader = image_reader(path, source.uri)
    except OSError as error:
        raise MediaError(f"{source.uri} cannot be read: {error.strerror}.") from error
    if reader is None:
        raise NotMedia(f"{source.uri} is no picture that is read here; expected one, as --frames was given.")
    media_id = sha256_of(path)
    require_unchanged(path, before)
    return Recording(
        media_id=media_id,
        id_basis="bytes",
        uri=source.uri,
        path=source.path,
        kind="image",
        container=reader,
        size_bytes=before.st_size,
        duration_ms=0,
        video=None,
        audio=None,
        probe_json="{}",
        mtime_ns=before.st_mtime_ns,
    )


def _frame_at(source: Source) -> Recording:
    """Look at a picture that lies at an address: its size is enough."""
    found = remote.look(source.path)
    if not found.is_image:
        raise NotMedia(f"{source.uri} is no picture by its server's words; expected one, as --frames was given.")
    return Recording(
        media_id=found.media_id(source.path),
        id_basis="url",
        uri=source.uri,
        path=source.path,
        kind="image",
        container="",
        size_bytes=found.length or 0,
        duration_ms=0,
        video=None,
        audio=None,
        probe_json="{}",
        notes=found.notes,
    )

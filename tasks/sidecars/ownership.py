"""Decide whether a file may be written. Pure.

Never over one that somebody else wrote or edited.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

FileStatus = Literal["written", "unchanged", "kept", "failed"]
FILE_STATUSES: tuple[FileStatus, ...] = ("written", "unchanged", "kept", "failed")
"""What became of a file; kept: it is a human's, or was edited since we wrote it."""


@dataclass(frozen=True, slots=True)
class SubtitleFile:
    """A subtitle file of a recording, and what became of it."""

    uri: str  # of the recording
    path: str
    format: str
    language: str
    cues: int
    violations: int
    status: FileStatus
    reason: str = ""  # why it was kept, failed, or has no cue


def status_of(found: str | None, made: str, ours: Collection[str], *, force: bool) -> FileStatus:
    """Return what is to become of a file, by the SHA-256 of its contents.

    `found` is what lies there (None: nothing), `made` what would be written, `ours` all that we ever wrote there.

    >>> status_of("edited", "new", {"old"}, force=False), status_of("old", "new", {"old"}, force=False)
    ('kept', 'written')
    >>> status_of("new", "new", {"new"}, force=False), status_of(None, "new", set(), force=False)
    ('unchanged', 'written')
    """
    if found == made:
        return "unchanged"
    return "written" if found is None or found in ours or force else "kept"

"""Keep fetched files in the work folder for as long as they are asked about."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tasks.media import clean_copy, remote, stored
from tasks.records import Recording


class Downloads:
    """Downloads count who needs each file that was fetched to a folder.

    One recording may be asked about in several ways, and then by several at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._wanted: Counter[str] = Counter()  # by path

    def hold(self, recording: Recording, times: int = 1) -> None:
        """Hold the recording's files until they are released `times` times.

        They may be fetched from now on.
        """
        with self._guard:
            for one in _files(recording):
                self._wanted[one.path] += times

    def release(self, recording: Recording) -> None:
        """Release the files once; with the last release they go."""
        with self._guard:
            for one in _files(recording):
                self._wanted[one.path] -= 1
                if not self._wanted[one.path]:
                    del self._wanted[one.path]
                    with suppress(OSError):  # then it goes with the folder
                        remote.discard(one.media_id, self._folder)
                        stored.discard(one.path, self._folder)
                        clean_copy.discard(one.media_id, self._folder)


def _files(recording: Recording) -> Sequence[Recording]:
    return recording.members or (recording,)

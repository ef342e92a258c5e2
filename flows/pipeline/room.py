"""Bound what is under way, in segments and in bytes of the work folder."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """A load is what some segments take until they are answered."""

    halves: int  # of a segment: a short recording counts as one, any other segment as two
    size_bytes: int  # that their clips may have


class Room:
    """The room is for so many segments, and so many bytes of clips.

    No question waits for a cut then, and the work folder stays bounded. What is larger than all of it is let in alone.
    """

    def __init__(self, segments: int, size_bytes: int) -> None:
        self._most = Load(2 * segments, size_bytes)
        self._taken = Load(0, 0)
        self._changed = threading.Condition()

    def take(self, load: Load) -> None:
        """Wait until there is room, and take it."""
        with self._changed:
            self._changed.wait_for(lambda: self._fits(load))
            self._taken = Load(self._taken.halves + load.halves, self._taken.size_bytes + load.size_bytes)

    def give_back(self, load: Load) -> None:
        """Free what was taken."""
        with self._changed:
            self._taken = Load(self._taken.halves - load.halves, self._taken.size_bytes - load.size_bytes)
            self._changed.notify_all()

    def _fits(self, load: Load) -> bool:
        if self._taken.halves == 0:
            return True
        halves, size = self._taken.halves + load.halves, self._taken.size_bytes + load.size_bytes
        return halves <= self._most.halves and size <= self._most.size_bytes

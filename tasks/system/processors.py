"""Share the machine's processors among the runs of ffmpeg of this process.

More decoders than processors only slow each other down, and each takes memory of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Processors:
    """Processors are taken before ffmpeg is started, by any thread.

    Who came first has them first.
    """

    def __init__(self, count: int) -> None:
        self._all = count
        self._free = threading.BoundedSemaphore(count)
        self._turn = threading.Lock()  # held by who waits next, so that no two wait for each other

    @contextmanager
    def take(self, count: int) -> Iterator[None]:
        """Wait for so many, or all where there are not so many, and take them.

        Who has some must not take more.
        """
        count = min(count, self._all)
        with self._turn:
            for _ in range(count):
                self._free.acquire()
        try:
            yield
        finally:
            self._free.release(count)


PROCESSORS = Processors(os.cpu_count() or 1)
FOR_SHORT_CUTS = Processors(os.cpu_count() or 1)
"""The same ones, for runs that are over before a long one loses much by them, and that would wait long for it."""

"""Bound the memory that the C library keeps for threads."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

_M_ARENA_MAX = -8  # of glibc's malloc.h
_HEAPS = 2
_CHOSEN_BY = ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")


def share_heaps(environ: Mapping[str, str]) -> bool:
    """Let all threads of the process share two heaps; return whether they do.

    They do not where the environment has chosen, or the C library is not glibc. Call it before there are threads.

    By itself glibc makes up to eight heaps for each processor, so that threads need not wait for each other. Python's
    do so anyway, and what one heap has free no thread of another takes: with 2,000 short recordings, 64 at a time,
    20 MB lay free in 16 heaps, in two it was 3. Weighed against malloc_trim, which takes the processor for as much
    each time, and against MALLOC_ARENA_MAX, which is read before the process begins.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version") or any(name in environ for name in _CHOSEN_BY):
        return False
    return bool(libc.mallopt(_M_ARENA_MAX, _HEAPS))

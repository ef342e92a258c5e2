"""Write times as people read them."""

from __future__ import annotations


def format_ms(ms: int) -> str:
    """Write a time as `mm:ss.mmm`; minutes grow beyond 59.

    >>> format_ms(4_503_250)
    '75:03.250'
    """
    sign, ms = ("-", -ms) if ms < 0 else ("", ms)
    return f"{sign}{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"

"""Write times as subtitle files have them."""

from __future__ import annotations


def hours_ms(ms: int, point: str) -> str:
    """Write `hh:mm:ss` and milliseconds behind `point`; hours grow beyond 99.

    >>> hours_ms(3_723_004, ",")
    '01:02:03,004'
    """
    ms = max(0, ms)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{point}{ms % 1000:03d}"


def minutes_cs(ms: int) -> str:
    """Write `mm:ss` and hundredths, rounded; minutes grow beyond 59.

    >>> minutes_cs(3_723_004)
    '62:03.00'
    """
    hundredths = (max(0, ms) + 5) // 10
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"

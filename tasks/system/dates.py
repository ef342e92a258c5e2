"""Read a moment as people write it: a date, a time of day, or how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tasks.errors import UsageError

_AGO = re.compile(r"(\d+)\s*([smhdw])", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment_of(text: str, now: datetime) -> datetime:
    """Read a moment: a date, a date with a time, or a span before `now`.

    The forms are `2026-11-01`, `2026-11-01T12:00`, `2026-11-01T12:00+08:00`, and `90m`, `12h`, `3d`, `2w`. Without an
    offset it is UTC, as the tables' times are. Raises UsageError, with the forms that are known.

    >>> moment_of("3d", datetime(2026, 11, 4, tzinfo=UTC)).isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    try:
        if ago := _AGO.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])})
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise UsageError(
            f'A date (2026-11-01), a moment (2026-11-01T12:00, in UTC) or a span (12h, 3d) was expected, "{text}" was '
            "found."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

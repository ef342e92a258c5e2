"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tasks.errors import UsageError
from tasks.system.dates import moment_of

NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:00", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01 12:00:30", datetime(2026, 11, 1, 12, 0, 30, tzinfo=UTC)),
        ("2026-11-01T12:00+08:00", datetime(2026, 11, 1, 4, tzinfo=UTC)),
        ("2026-11-22T09:30:00.500000Z", datetime(2026, 11, 22, 9, 30, 0, 500_000, tzinfo=UTC)),  # as `query` shows it
        ("90m", NOW - timedelta(minutes=90)),
        ("12h", NOW - timedelta(hours=12)),
        (" 3D ", NOW - timedelta(days=3)),
        ("2w", NOW - timedelta(days=14)),
    ],
)
def test_dates_moments_and_spans(text: str, moment: datetime) -> None:
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "3", "3y", "-3d", "2026-13-01", "999999999d", "9" * 30 + "d"])
def test_anything_else_is_answered_with_the_known_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"^A date \(2026-11-01\), .* or a span \(12h, 3d\) was expected, "):
        moment_of(text, NOW)

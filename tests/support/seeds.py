"""The seeds of `make torture`: others each day, and part of every test's name."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def seeds(count: int) -> range:
    """So many of today's; with TORTURE_SEED those of another day."""
    day = int(os.environ.get("TORTURE_SEED") or datetime.now(UTC).toordinal())
    return range(1000 * day, 1000 * day + count)

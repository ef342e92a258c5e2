"""Find the files that the inputs mean, as the settings say."""

from __future__ import annotations

import time
from collections.abc import Sequence

from config.settings import Settings
from tasks.inputs.groups import find
from tasks.inputs.scan import InputScan


def scan_inputs(settings: Settings, names: Sequence[str], now: float | None = None) -> InputScan:
    """Find the files that the inputs mean, as the settings say.

    `now` stands in for the clock in tests.
    """
    return find(
        names,
        settings.settle_s,
        time.time() if now is None else now,
        together=settings.together,
        fps=settings.frames,
        tags_from_columns=settings.tags_from_columns,
    )

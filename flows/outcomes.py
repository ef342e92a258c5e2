"""Errors as rows of the table `failures`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tasks.records import Failure


def failure(uri: str, stage: str, error: Any, media_id: str | None = None) -> Failure:
    """A failure row for an input. What is not our own error may pass only where the machine was to blame (OSError)."""
    return Failure(
        uri=uri,
        media_id=media_id,
        segment_id=None,
        stage=stage,
        error_class=type(error).__name__,
        message=str(error),
        retryable=isinstance(error, OSError) or getattr(error, "retryable", False),
        attempts=1,
        occurred_at=datetime.now(UTC),
    )

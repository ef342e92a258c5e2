"""Record the failure of an input. Pure but for the clock."""

from __future__ import annotations

from datetime import UTC, datetime

from tasks.errors import ReelsheetError
from tasks.records import Failure, Stage


def failure(uri: str, stage: Stage, error: object, media_id: str | None = None) -> Failure:
    """Record the failure of an input.

    What is not our own error is retryable only where the machine was to blame (OSError).

    >>> from tasks.errors import EmptyFile
    >>> failure("a.mp4", "probe", EmptyFile("a.mp4 is empty")).error_class
    'EmptyFile'
    """
    return Failure(
        uri=uri,
        media_id=media_id,
        segment_id=None,
        stage=stage,
        error_class=type(error).__name__,
        message=str(error),
        retryable=error.retryable if isinstance(error, ReelsheetError) else isinstance(error, OSError),
        attempts=1,
        occurred_at=datetime.now(UTC),
    )

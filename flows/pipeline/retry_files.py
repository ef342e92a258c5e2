"""Write the subtitle files of a retry, as the run before it would have."""

from __future__ import annotations

from types import TracebackType
from typing import Any, TypeGuard

from prefect.futures import PrefectFuture

from flows.pipeline.batches import ClaimedBatch
from flows.pipeline.current_run import Run
from flows.pipeline.plans import Pending, plan_retries
from flows.pipeline.results import PlannedInputs
from flows.pipeline.retry_selection import FailedRecordings
from flows.pipeline.subtitle_choices import choices_of
from flows.pipeline.subtitle_files import SubtitleWriter
from flows.pipeline.subtitle_inputs import use_transcripts
from tasks.run.request import SubtitleRequest


class NoFiles:
    """The runs of other jobs write no files."""

    def write_known(self) -> None:
        """Write nothing."""

    def write(self, batch: ClaimedBatch, saved: PrefectFuture[Any]) -> None:
        """Write nothing."""

    def __enter__(self) -> NoFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wait for nothing."""


def files_of(run: Run, failed: FailedRecordings) -> SubtitleWriter | NoFiles:
    """Return what writes the files of a retry.

    The options are those of the run that left the failures. Raises UsageError where these name what is gone.
    """
    request = failed.run_request
    return SubtitleWriter(run, request, choices_of(request), is_retry=True) if _is_subtitle(request) else NoFiles()


def plan_failed(run: Run, probed: PlannedInputs, failed: FailedRecordings) -> Pending:
    """Plan what a retry asks again: nothing of words that another job has found."""
    request = failed.run_request
    if _is_subtitle(request) and request.from_dataset:
        use_transcripts(run, probed.scan, request)
        return ()
    return plan_retries(run, probed, failed.group.recordings)


def _is_subtitle(request: object) -> TypeGuard[SubtitleRequest]:
    return isinstance(request, SubtitleRequest)

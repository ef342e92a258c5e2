"""Open the run of a retry: to describe, to judge, or to write subtitles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prefect.futures import PrefectFuture

from flows.pipeline.batches import ClaimedBatch
from flows.pipeline.current_run import Run
from flows.pipeline.moderation import judge_recordings, open_resolved, passes_of, plan_pass_again
from flows.pipeline.moderation_run import ModerationRun
from flows.pipeline.plans import Pending, plan_retries
from flows.pipeline.results import PlannedInputs
from flows.pipeline.retry_selection import FailedRecordings
from flows.pipeline.run import open_run
from flows.pipeline.subtitle_choices import choices_of
from flows.pipeline.subtitle_files import SubtitleWriter
from flows.pipeline.subtitle_inputs import use_transcripts
from tasks.run.summary import Summary


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry is under way: its run, and what it is for beyond the tables."""

    failed: FailedRecordings
    run: Run
    moderation: ModerationRun | None = None
    writer: SubtitleWriter | None = None

    def passes(self, probed: PlannedInputs) -> Iterator[Pending]:
        """Plan what is to be asked again, pass by pass; a description has one."""
        if self.moderation is None:
            pending = self._planned(probed)
            if self.writer is not None:
                self.writer.write_known()
            yield pending
            return
        for name in passes_of(self.moderation):
            yield plan_pass_again(self.moderation, probed, name)

    def write(self, batch: ClaimedBatch, saved: PrefectFuture[Any]) -> None:
        """Write the files of a batch, where files are wanted."""
        if self.writer is not None:
            self.writer.write(batch, saved)

    def _planned(self, probed: PlannedInputs) -> Pending:
        """Plan what is asked again: nothing of words that another job has found."""
        if self.writer is not None and self.writer.request.from_dataset:
            use_transcripts(self.run, probed.scan, self.writer.request)
            return ()
        return plan_retries(self.run, probed, self.failed.group.recordings)

    def judge(self) -> None:
        """Judge recordings anew, where they are to be judged."""
        if self.moderation is not None:
            judge_recordings(self.moderation)


@contextmanager
def open_retry(failed: FailedRecordings, before: Sequence[Summary]) -> Iterator[Retry]:
    """Open a run for what failed in one way. Raises as `open_run` does."""
    if failed.is_subtitle:
        request = failed.subtitle_request
        choices = choices_of(request)
        with open_run(failed.resolve(before)) as run, SubtitleWriter(run, request, choices, is_retry=True) as writer:
            yield Retry(failed, run, writer=writer)
        return
    if not failed.group.is_moderation:
        with open_run(failed.resolve(before)) as run:
            yield Retry(failed, run)
        return
    with open_resolved(failed.resolve_moderation(before)) as moderation:
        moderation.again = failed.group.recordings
        yield Retry(failed, moderation.run, moderation)

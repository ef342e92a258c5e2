"""Open the run of a retry, whether it is to describe or to judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flows.pipeline.current_run import Run
from flows.pipeline.moderation import judge_recordings, open_resolved, passes_of, plan_pass
from flows.pipeline.moderation_run import ModerationRun
from flows.pipeline.plans import Pending, plan_retries
from flows.pipeline.results import PlannedInputs
from flows.pipeline.retry_selection import FailedRecordings
from flows.pipeline.run import open_run
from tasks.run.summary import Summary


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry is under way: its run, and the moderation that it is part of, if any."""

    failed: FailedRecordings
    run: Run
    moderation: ModerationRun | None = None

    def passes(self, probed: PlannedInputs) -> Iterator[Pending]:
        """Plan what is to be asked again, pass by pass; a description has one."""
        if self.moderation is None:
            yield plan_retries(self.run, probed, self.failed.group.recordings)
            return
        for name in passes_of(self.moderation):
            yield plan_pass(self.moderation, probed, name)

    def judge(self) -> None:
        """Judge recordings anew, where they are to be judged."""
        if self.moderation is not None:
            judge_recordings(self.moderation)


@contextmanager
def open_retry(failed: FailedRecordings, before: Sequence[Summary]) -> Iterator[Retry]:
    """Open a run for what failed in one way. Raises as `open_run` does."""
    if not failed.group.is_moderation:
        with open_run(failed.resolve(before)) as run:
            yield Retry(failed, run)
        return
    with open_resolved(failed.resolve_moderation(before)) as moderation:
        moderation.again = failed.group.recordings
        yield Retry(failed, moderation.run, moderation)

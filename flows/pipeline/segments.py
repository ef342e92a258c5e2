"""Cut, ask about and save the segments of a batch, in tasks of their own.

`cut_segments` is a generator: no clip is made before there is room for it, and each is asked about before the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from prefect import allow_failure
from prefect.futures import PrefectFuture

from flows.output import progress
from flows.pipeline.batches import ClaimedBatch, Workspace
from tasks.ask import ask
from tasks.cut import cut
from tasks.errors import OverBudget
from tasks.planning.waves import asking_order, before
from tasks.records import Answer, PlannedSegment, Recording
from tasks.run.segment import SegmentRequest
from tasks.save import save

Answered = PrefectFuture[Any] | tuple[Answer, ...] | OverBudget
"""The answer to come, the one that an earlier run has already paid for, or that there is no money for one."""


@dataclass(frozen=True, slots=True)
class CutSegment:
    """A cut segment has the clips to come, or what is known without any."""

    request: SegmentRequest
    segment: PlannedSegment
    clips: PrefectFuture[Any] | None
    known: tuple[Answer, ...] | OverBudget = ()


def cut_segments(claimed: ClaimedBatch) -> Iterator[CutSegment]:
    """Cut each segment that is to be asked about, once there is room for it.

    They come in the order of asking.
    """
    for request in claimed.requests:
        claimed.workspace.downloads.hold(request.plan.recording, len(request.plan.segments))
    for request, segment in _in_order(claimed.requests):
        yield _cut(claimed.workspace, request.within(segment.span), segment)


def ask_segments(claimed: ClaimedBatch, cuts: Iterable[CutSegment]) -> list[Answered]:
    """Ask about each segment once it is cut.

    The answers are by recording and time. Where segments overlap, later ones wait for earlier ones, and the model is
    told who spoke there.
    """
    answered: dict[str, Answered] = {}
    for one in cuts:
        plan = one.request.plan
        waits = before(one.segment.seq) if plan.question.segments == "overlapping" else 0
        earlier = [answered[segment.segment_id] for segment in plan.segments[:waits]]
        answered[one.segment.segment_id] = _ask(claimed.workspace, one, earlier)
    return [answered[segment.segment_id] for request in claimed.requests for segment in request.plan.segments]


def save_answers(claimed: ClaimedBatch, answers: Sequence[Answered]) -> PrefectFuture[Any]:
    """Publish the tables of the batch once everything about it is answered.

    Returns what is done once that is.
    """
    workspace, batch = claimed.workspace, claimed.batch
    each = (allow_failure(answer) for answer in answers)
    by_recording = [list(islice(each, len(item.plan.segments))) for item in batch.items]
    saved = save.submit(workspace.job, batch, by_recording)
    saved.add_done_callback(lambda _: workspace.release(batch))
    workspace.saves.append((batch, saved))
    return saved


def _in_order(requests: Sequence[SegmentRequest]) -> Iterator[tuple[SegmentRequest, PlannedSegment]]:
    """Give the segments, in waves where later ones wait for earlier ones."""
    apart = [request for request in requests if request.plan.question.segments == "apart"]
    waiting = [request for request in requests if request.plan.question.segments == "overlapping"]
    yield from ((request, segment) for request in apart for segment in request.plan.segments)
    for recording, number in asking_order([len(request.plan.segments) for request in waiting]):
        yield waiting[recording], waiting[recording].plan.segments[number]


def _cut(workspace: Workspace, request: SegmentRequest, segment: PlannedSegment) -> CutSegment:
    recording = request.plan.recording
    finished = request.finished(segment)
    if finished:
        _done(workspace, recording)
        return CutSegment(request, segment, None, finished)
    workspace.in_flight.acquire()
    if unpaid := workspace.unpaid:
        _answered(workspace, recording)
        return CutSegment(request, segment, None, unpaid)
    return CutSegment(request, segment, cut.submit(workspace.job, request.plan, segment, str(workspace.folder)))


def _ask(workspace: Workspace, one: CutSegment, earlier: Sequence[Answered]) -> Answered:
    if one.clips is None:
        return one.known
    request, recording = one.request, one.request.plan.recording
    clips, heard = allow_failure(one.clips), [allow_failure(answer) for answer in earlier]
    answer = ask.submit(workspace.job, request.plan, one.segment, clips, request.known, request.attempt, heard)
    answer.add_done_callback(lambda _: _answered(workspace, recording))
    return answer


def _answered(workspace: Workspace, recording: Recording) -> None:
    _done(workspace, recording)
    workspace.in_flight.release()


def _done(workspace: Workspace, recording: Recording) -> None:
    workspace.downloads.release(recording)
    progress.current().advance()

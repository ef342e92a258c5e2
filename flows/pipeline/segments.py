"""Cut, ask about and save the segments of a batch, in tasks of their own.

`cut_segments` is a generator: no clip is made before there is room for it, and each is asked about before the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from prefect import allow_failure
from prefect.futures import PrefectFuture
from prefect.utilities.annotations import quote

from flows.output import progress
from flows.output.stage import Step
from flows.pipeline.batches import ClaimedBatch, Workspace, step_of
from flows.pipeline.room import Load
from tasks.ask import ask
from tasks.ask_several import ask_several
from tasks.cut import cut
from tasks.errors import OverBudget
from tasks.planning.transport import clip_budget
from tasks.planning.waves import asking_order, before
from tasks.records import Answer, PlannedSegment, Recording
from tasks.run.clips import largest_clip
from tasks.run.not_ok import InSeveral
from tasks.run.segment import SegmentRequest
from tasks.run.several import ShortRecording, how_many_together, is_short, label_of
from tasks.save import save

Answered = PrefectFuture[Any] | InSeveral | tuple[Answer, ...] | OverBudget
"""The answer to come, the one that an earlier run has already paid for, or that there is no money for one."""


@dataclass(frozen=True, slots=True)
class CutSegment:
    """A cut segment has the clips to come, or what is known without any."""

    request: SegmentRequest
    segment: PlannedSegment
    clips: PrefectFuture[Any] | None
    known: tuple[Answer, ...] | OverBudget = ()


@dataclass(frozen=True, slots=True)
class ShortRecordings:
    """Short recordings are cut and asked about together, in one task."""

    requests: tuple[SegmentRequest, ...]


@dataclass(slots=True)
class Answers:
    """Answers of a batch are still to come, by segment_id.

    Some tasks give several of them.
    """

    by_segment: dict[str, Answered] = field(default_factory=dict)
    several: list[PrefectFuture[Any]] = field(default_factory=list)


def cut_segments(claimed: ClaimedBatch) -> Iterator[CutSegment | ShortRecordings]:
    """Cut each segment that is to be asked about, once there is room for it.

    They come in the order of asking. Where there are many short recordings, several are left to one task.
    """
    workspace = claimed.workspace
    for request in claimed.requests:
        workspace.downloads.hold(request.plan.recording, len(request.plan.segments))
    short = [one for one in claimed.requests if is_short(one.plan) and not one.finished(one.plan.segments[0])]
    fitting = workspace.folder_bytes // clip_budget(workspace.job.provider)
    together = how_many_together(claimed.recordings, min(workspace.job.concurrency, fitting))
    short = short if min(together, len(short)) > 1 else []
    for start in range(0, len(short), together):
        yield ShortRecordings(tuple(short[start : start + together]))
    left_out = {id(request) for request in short}
    for request, segment in _in_order([one for one in claimed.requests if id(one) not in left_out]):
        yield _cut(workspace, request.within(segment.span), segment)


def ask_segments(claimed: ClaimedBatch, cuts: Iterable[CutSegment | ShortRecordings]) -> Answers:
    """Ask about each segment once it is cut.

    Where segments overlap, later ones wait for earlier ones, and the model is told who spoke there.
    """
    answers = Answers()
    for one in cuts:
        if isinstance(one, ShortRecordings):
            _ask_several(claimed.workspace, one.requests, answers)
            continue
        plan = one.request.plan
        waits = before(one.segment.seq) if plan.question.segments == "overlapping" else 0
        earlier = [answers.by_segment[segment.segment_id] for segment in plan.segments[:waits]]
        answers.by_segment[one.segment.segment_id] = _ask(claimed.workspace, one, earlier)
    return answers


def save_answers(claimed: ClaimedBatch, answers: Answers) -> PrefectFuture[Any]:
    """Publish the tables of the batch once everything about it is answered.

    Returns what is done once that is.
    """
    workspace, batch = claimed.workspace, claimed.batch
    by_recording = [
        [allow_failure(answers.by_segment[segment.segment_id]) for segment in item.plan.segments]
        for item in batch.items
    ]
    saved = save.submit(workspace.job, batch, by_recording, [allow_failure(some) for some in answers.several])
    saved.add_done_callback(lambda _: workspace.release(batch))
    workspace.saves.add(batch, saved)
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
    finished, step = request.finished(segment), step_of(recording, segment)
    if finished:
        _done(workspace, recording, step, kept=True)
        return CutSegment(request, segment, None, finished)
    workspace.room.take(Load(2, largest_clip(workspace.job)))
    if unpaid := workspace.unpaid:
        _answered(workspace, recording, step, kept=True)
        return CutSegment(request, segment, None, unpaid)
    progress.current().start(step)
    return CutSegment(request, segment, cut.submit(workspace.job, request.plan, segment, str(workspace.folder)))


def _ask(workspace: Workspace, one: CutSegment, earlier: Sequence[Answered]) -> Answered:
    if one.clips is None:
        return one.known
    request, recording = one.request, one.request.plan.recording
    clips, heard = allow_failure(one.clips), [allow_failure(answer) for answer in earlier]
    answer = ask.submit(workspace.job, request.plan, one.segment, clips, request.known, request.attempt, heard)
    step = step_of(recording, one.segment)
    answer.add_done_callback(lambda _: _answered(workspace, recording, step))
    return answer


def _ask_several(workspace: Workspace, requests: Sequence[SegmentRequest], answers: Answers) -> None:
    """Ask about short recordings in one task.

    They take longer to be answered than to be cut: twice as many may be under way.
    """
    load = _load_of(workspace, requests)
    workspace.room.take(load)
    names = [request.plan.segments[0].segment_id for request in requests]
    if unpaid := workspace.unpaid:
        answers.by_segment |= dict.fromkeys(names, unpaid)
        _several_answered(workspace, requests, load, kept=True)
        return
    for request in requests:
        progress.current().start(step_of(request.plan.recording, request.plan.segments[0]))
    short = tuple(ShortRecording(request.plan, request.known, request.attempt) for request in requests)
    asked = ask_several.submit(label_of(short), workspace.job, quote(short), str(workspace.folder))
    asked.add_done_callback(lambda _: _several_answered(workspace, requests, load))
    answers.by_segment |= {name: InSeveral(len(answers.several), index) for index, name in enumerate(names)}
    answers.several.append(asked)


def _several_answered(
    workspace: Workspace, requests: Sequence[SegmentRequest], load: Load, *, kept: bool = False
) -> None:
    for request in requests:
        recording = request.plan.recording
        _done(workspace, recording, step_of(recording, request.plan.segments[0]), kept=kept)
    workspace.room.give_back(load)


def _load_of(workspace: Workspace, requests: Sequence[SegmentRequest]) -> Load:
    job = workspace.job
    sizes = [clip_budget(job.provider) if one.plan.transport == "base64" else largest_clip(job) for one in requests]
    return Load(len(requests), sum(sizes))


def _answered(workspace: Workspace, recording: Recording, step: Step, *, kept: bool = False) -> None:
    _done(workspace, recording, step, kept=kept)
    workspace.room.give_back(Load(2, largest_clip(workspace.job)))


def _done(workspace: Workspace, recording: Recording, step: Step, *, kept: bool = False) -> None:
    workspace.downloads.release(recording)
    progress.current().advance(step, kept=kept)

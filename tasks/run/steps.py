"""Cut a segment and ask about it, within the task of who calls."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from tasks.errors import MediaError, ReelsheetError, SegmentError
from tasks.media.cutting import take_processors
from tasks.media.hashing import require_same
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment
from tasks.run import client_pool
from tasks.run.batch import STOPPING_ERRORS
from tasks.run.clips import discard, make_clips, make_clips_together
from tasks.run.job import Job
from tasks.run.not_ok import SegmentNotOk
from tasks.run.outcomes import segment_outcome, unanswered
from tasks.run.segment import Correction, SegmentRequest
from tasks.run.usage import plural
from tasks.system.processors import FOR_SHORT_CUTS
from tasks.system.stage_log import log_stage, logged_failure
from tasks.system.workdir import require_there

_log = logging.getLogger("reelsheet.ask")


def cut_segment(job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path) -> tuple[Clip, ...]:
    """Cut one segment into a clip, or several where it had to be halved to fit.

    Raises MediaError, RunStopped, Interrupted.

    What is cut is what was probed: FileChanged where the file is gone or another, before, meanwhile or after. Where
    the work folder is gone, that is the MediaError, which may pass.
    """
    processors = take_processors(plan.recording, segment)
    with logged_failure("cut", plan.recording.uri, segment.span.label), processors:
        client_pool.check(job)  # a run that was stopped cuts nothing more
        require_same(plan.recording)
        try:
            clips = make_clips(job, plan, segment, workdir)
        except (MediaError, OSError):
            require_same(plan.recording)  # that would be why
            require_there(workdir)  # or that
            raise
        return _still_the_same(plan, segment, clips)


def cut_together(
    job: Job, asked: Sequence[tuple[AnalysisPlan, PlannedSegment]], workdir: Path
) -> list[tuple[Clip, ...] | None]:
    """Cut short recordings in one run, in order.

    None stands for what `cut_segment` has to cut, and to say what is wrong. Raises RunStopped, Interrupted.
    """
    with FOR_SHORT_CUTS.take(1):
        client_pool.check(job)
        try:
            for plan, _ in asked:
                require_same(plan.recording)
            made = make_clips_together(job, asked, workdir)
        except (MediaError, OSError):
            return [None] * len(asked)
        found: list[tuple[Clip, ...] | None] = []
        for (plan, segment), clip in zip(asked, made, strict=True):
            try:
                found.append(None if clip is None else _still_the_same(plan, segment, (clip,)))
            except MediaError:
                found.append(None)
        return found


def _still_the_same(plan: AnalysisPlan, segment: PlannedSegment, clips: tuple[Clip, ...]) -> tuple[Clip, ...]:
    try:
        require_same(plan.recording)
    except MediaError:
        for clip in clips:
            discard(clip)
        raise
    size = sum(clip.size_bytes for clip in clips) / 1e6
    log_stage("cut", plan.recording.uri, "ok", segment.span.label, f"{size:.2f} MB")
    return clips


def ask_segment(
    request: SegmentRequest,
    segment: PlannedSegment,
    clips: tuple[Clip, ...] | BaseException,
    correction: Correction,
) -> tuple[Answer, ...] | ReelsheetError:
    """Return the answers, a SegmentNotOk that carries them, or what stopped the run.

    A segment that could not be cut has an answer that says why.
    """
    plan = request.plan
    try:
        answers = _answers(request, segment, clips, correction)
        outcome, reason = segment_outcome(plan, answers)
    except STOPPING_ERRORS as stopped:
        log_stage("ask", plan.recording.uri, "skipped", segment.span.label, stopped.message)
        return stopped
    log_stage("ask", plan.recording.uri, outcome, segment.span.label, "; ".join(filter(None, (reason, _sent(answers)))))
    for answer in answers:
        _log.debug("%s %s answered: %s", plan.recording.name, answer.segment.span.label, answer.text)
    return answers if outcome == "ok" else SegmentNotOk(reason, outcome, answers)


def _answers(
    request: SegmentRequest,
    segment: PlannedSegment,
    clips: tuple[Clip, ...] | BaseException,
    correction: Correction,
) -> tuple[Answer, ...]:
    if isinstance(clips, MediaError | SegmentError):
        return (unanswered(segment, "failed", clips),)
    if isinstance(clips, BaseException):
        raise clips
    return tuple(answer for clip in clips for answer in request.about(clip, correction))


def _sent(answers: tuple[Answer, ...]) -> str:
    """Count the requests, and how long they took."""
    calls = [call for answer in answers for call in answer.calls]
    return f"{plural(len(calls), 'request')} in {sum(call.latency_ms for call in calls) / 1000:.1f} s" if calls else ""

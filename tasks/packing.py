"""How a segment of a job is made into clips: by which way, and how large they may be."""

from __future__ import annotations

from pathlib import Path

from tasks.job import Job
from tasks.media.cutting import Way, cut_segment
from tasks.omni.limits import hears_soundtrack
from tasks.planning.transport import clip_budget, upload_budget
from tasks.records import AnalysisPlan, Clip, PlannedSegment, Transport


def packed(
    job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path, max_bytes: int | None = None
) -> tuple[Clip, ...]:
    """The segment as clips, several where it had to be halved; `max_bytes` may ask for less than what could be sent.

    Raises as `cut_segment` does.
    """
    transport = _transport(plan, segment)
    most = _most_bytes(job, segment, transport)
    way = Way(transport, sound_apart=not hears_soundtrack(job.provider))
    return cut_segment(plan, segment, workdir, most if max_bytes is None else min(most, max_bytes), way)


def discard(clip: Clip) -> None:
    """Delete what lies in the work folder for a clip."""
    for path in clip.files:
        Path(path).unlink(missing_ok=True)


def largest_clip(job: Job) -> int:
    """The most bytes that a clip of the job can have, so that the work folder holds those that are under way."""
    if job.transport == "upload" or (job.transport == "auto" and job.provider.uploads):
        return max(upload_budget(job.model.video), upload_budget(job.model.audio))
    return clip_budget(job.provider)


def _transport(plan: AnalysisPlan, segment: PlannedSegment) -> Transport:
    """The plan's, but for a part of what was too large on that way, or could not travel on it."""
    if plan.transport == "upload" and segment.cut_reason == "too_large":
        return "base64"
    return plan.transport


def _most_bytes(job: Job, segment: PlannedSegment, transport: Transport) -> int:
    if transport == "upload":
        return upload_budget(job.model.audio if segment.picture is None else job.model.video)
    return clip_budget(job.provider)

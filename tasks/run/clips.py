"""Make a segment of a job into clips: choose their transport and their size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from config.types import MediaLimits
from tasks.errors import NotMedia, TooLarge
from tasks.media import remote, stored
from tasks.media.cut_together import can_be_cut_together, cut_together
from tasks.media.cutting import Delivery, cut_segment, halves
from tasks.media.hashing import Stamp
from tasks.media.image_sequence import image_sequence_clip
from tasks.media.images import image_clip, image_reader
from tasks.media.wav_samples import copy_samples
from tasks.planning.image_sequence import frames_within
from tasks.planning.request_limits import hears_soundtrack
from tasks.planning.single_request import member_picture
from tasks.planning.transport import clip_budget, upload_budget
from tasks.records import (
    AnalysisPlan,
    AudioSent,
    Clip,
    Kind,
    MediaFile,
    PlannedSegment,
    Recording,
    Span,
    Transport,
    VideoSent,
)
from tasks.run.job import Job
from tasks.system.object_store import is_stored

S = TypeVar("S", VideoSent, AudioSent)


def make_clips(
    job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path, max_bytes: int | None = None
) -> tuple[Clip, ...]:
    """Make the segment into clips, several where it had to be halved.

    `max_bytes` may ask for less than what could be sent. Raises as `cut_segment` does.
    """
    copied = None if max_bytes is not None else _copied(job, plan, segment, workdir)
    if copied is not None:
        return (copied,)
    plan = replace(plan, recording=_with_local_files(plan.recording, workdir))
    transport = _transport(plan, segment)
    if transport == "url":
        return (url_clip(job, plan, segment, workdir),)
    plan = replace(plan, recording=_with_downloads(job, plan.recording, workdir))
    if plan.recording.is_image_sequence:
        return image_sequence_clips(job, plan, segment, workdir, max_bytes)
    if plan.recording.is_single_request:
        return (single_request_clip(job, plan, segment, workdir, max_bytes),)
    most = _most_bytes(job, segment, transport)
    way = Delivery(transport, separate_sound=not hears_soundtrack(job.provider))
    return cut_segment(plan, segment, workdir, most if max_bytes is None else min(most, max_bytes), way)


def make_clips_together(
    job: Job, asked: Sequence[tuple[AnalysisPlan, PlannedSegment]], workdir: Path
) -> list[Clip | None]:
    """Make short recordings into clips in one run, in order.

    None stands for what `make_clips` has to make. Raises as `cut_together` does.
    """
    clips = [_copied(job, plan, segment, workdir) for plan, segment in asked]
    together = [
        number
        for number, (plan, segment) in enumerate(asked)
        if clips[number] is None and _can_share_a_run(job, plan, segment)
    ]
    if len(together) > 1:
        cuts = [(asked[number][0].recording, asked[number][1]) for number in together]
        for number, clip in zip(together, cut_together(cuts, clip_budget(job.provider), workdir), strict=True):
            clips[number] = clip
    return clips


def _copied(job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path) -> Clip | None:
    """Make a clip of a sound whose samples need no ffmpeg; None: it does."""
    if plan.recording.video is not None or not _can_share_a_run(job, plan, segment):
        return None
    try:
        return copy_samples(plan.recording, segment, workdir)
    except OSError:  # ffmpeg's error says more
        return None


def _can_share_a_run(job: Job, plan: AnalysisPlan, segment: PlannedSegment) -> bool:
    recording = plan.recording
    elsewhere = remote.is_address(recording.path) or is_stored(recording.path)
    if elsewhere or recording.is_single_request or recording.is_image_sequence or plan.transport != "base64":
        return False
    goes_as_one = recording.video is None or segment.picture is None or hears_soundtrack(job.provider)
    return goes_as_one and can_be_cut_together(recording, segment, clip_budget(job.provider))


def _with_local_files(recording: Recording, workdir: Path) -> Recording:
    """Replace objects in a store by files of this machine.

    They stay until the recording is answered.
    """
    members = tuple(_with_local_files(member, workdir) for member in recording.members)
    path = recording.path
    if is_stored(path) and not members:
        stamp = None if recording.mtime_ns is None else Stamp(recording.size_bytes, recording.mtime_ns)
        path = str(stored.fetch(path, workdir, stamp))
    return replace(recording, path=path, members=members)


def image_sequence_clips(
    job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path, max_bytes: int | None
) -> tuple[Clip, ...]:
    """Make pictures that are a video into lists of frames, halved to fit."""
    most = clip_budget(job.provider)
    limit = most if max_bytes is None else min(most, max_bytes)
    frames, video = frames_within(plan.recording, segment.span), plan.recording.video
    if not frames or segment.picture is None or video is None:
        raise TooLarge(f"The span {segment.span.label} of {plan.recording.uri} is too short to hold a picture.")
    picture = replace(segment.picture, frames=max(len(frames), job.model.min_list_frames))
    clip = image_sequence_clip(frames, video, picture, segment, workdir, limit)
    if clip is not None:
        return (clip,)
    halved = halves(plan.analysis_id, segment)
    return tuple(clip for half in halved for clip in image_sequence_clips(job, plan, half, workdir, max_bytes))


def url_clip(job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path) -> Clip:
    """Make a clip of addresses: nothing is cut, nothing is sent."""
    return Clip(
        segment=segment,
        path=str(workdir / f"{segment.segment_id}.url"),  # there is no such file
        media_format="",
        size_bytes=0,
        video_sent="sent" if segment.picture else "absent",
        audio_sent="sent" if segment.sound else "absent",
        transport="url",
        parts=_linked_parts(job, plan, segment),
    )


def _linked_parts(job: Job, plan: AnalysisPlan, segment: PlannedSegment) -> tuple[MediaFile, ...]:
    recording, spec = plan.recording, job.spec(plan)
    if recording.is_image_sequence:
        frames = [MediaFile("image", frame.path, "", 0) for frame in frames_within(recording, segment.span)]
        fewest = segment.picture.frames if segment.picture else 0
        return (*frames, *frames[-1:] * (fewest - len(frames)))
    if not recording.is_single_request:
        kind: Kind = "audio" if segment.picture is None else "video"
        return (MediaFile(kind, recording.path, "", 0),)
    members = [(member, member_picture(member, spec)) for member in recording.members or (recording,)]
    return tuple(
        MediaFile(
            "audio" if seen is None else member.kind, member.path, "", 0, None if seen is None else seen.max_pixels
        )
        for member, seen in members
    )


def _with_downloads(job: Job, recording: Recording, workdir: Path) -> Recording:
    """Replace addresses by files of this machine, fetched once for all segments."""
    members = tuple(_with_downloads(job, member, workdir) for member in recording.members)
    if members or not remote.is_address(recording.path):
        return replace(recording, members=members)
    limits: MediaLimits = getattr(job.model, recording.kind)
    path = remote.fetch(recording.path, workdir, recording.media_id, limits.max_bytes)
    container = recording.container
    if recording.kind == "image" and not container:  # a frame of a list, which nobody has read yet
        container = image_reader(path, recording.uri) or ""
        if not container:
            raise NotMedia(f"{recording.uri} is no picture that is read here; expected one, as --frames was given.")
    return replace(recording, path=str(path), container=container)


def single_request_clip(
    job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path, max_bytes: int | None
) -> Clip:
    """Make a clip of what is shown whole: an image, or all files of a group.

    Raises TooLarge, since it cannot be halved.
    """
    recording, spec = plan.recording, job.spec(plan)
    members = recording.members or (recording,)
    limits: MediaLimits = getattr(job.model, recording.kind)
    transport = _transport(plan, segment)
    upload = transport == "upload"
    total = upload_budget(limits) * len(members) if upload else clip_budget(job.provider)
    total = total if max_bytes is None else min(total, max_bytes)
    if recording.kind == "image":
        pictures = tuple(picture for m in members if (picture := member_picture(m, spec)) is not None)
        largest = limits.max_bytes if upload else min(limits.max_bytes, clip_budget(job.provider))
        clip = image_clip(members, pictures, segment, workdir, largest, total)
        return replace(clip, transport=transport)
    return group_clip(job, replace(plan, transport=transport), segment, workdir, total)


def group_clip(job: Job, plan: AnalysisPlan, segment: PlannedSegment, workdir: Path, total: int) -> Clip:
    """Make a clip of a group's files, each cut whole.

    Each has a share of the bytes that goes by its length.
    """
    recording, spec = plan.recording, job.spec(plan)
    way = Delivery(plan.transport, separate_sound=not hears_soundtrack(job.provider))
    parts: list[MediaFile] = []
    made: list[Clip] = []
    for number, member in enumerate(recording.members):
        part = replace(
            segment,
            segment_id=f"{segment.segment_id}-{number:05d}",
            span=Span(0, member.duration_ms),
            picture=member_picture(member, spec),
            sound=member.audio is not None,
        )
        share = total * member.duration_ms // max(1, recording.duration_ms)
        clips = cut_segment(replace(plan, recording=member), part, workdir, share, way)
        made += clips
        if len(clips) > 1:
            for clip in made:
                discard(clip)
            raise TooLarge(
                f"{member.uri} cannot be made small enough to be sent with the others of {recording.uri}: "
                "put fewer files together, or choose a scenario with fewer pixels."
            )
        [clip] = clips
        size, seen = Path(clip.path).stat().st_size, part.picture
        pixels = seen.max_pixels if seen else None
        parts.append(MediaFile("video" if seen else "audio", clip.path, clip.media_format, size, pixels))
        parts += [clip.soundtrack] if clip.soundtrack else []
    return Clip(
        segment=segment,
        path=parts[0].path,
        media_format=parts[0].media_format,
        size_bytes=sum(part.size_bytes for part in parts),
        video_sent=_sent_of_any([clip.video_sent for clip in made]),
        audio_sent=_sent_of_any([clip.audio_sent for clip in made]),
        notes=tuple(note for clip in made for note in clip.notes),
        damaged_packets=sum(clip.damaged_packets for clip in made),
        transport=plan.transport,
        parts=tuple(parts),
    )


def _sent_of_any(found: Sequence[S]) -> S:
    """Return "sent" if any of many was sent."""
    return "sent" if "sent" in found else found[0]


def discard(clip: Clip) -> None:
    """Delete what lies in the work folder for a clip."""
    for path in clip.files:
        Path(path).unlink(missing_ok=True)


def largest_clip(job: Job) -> int:
    """Return the most bytes that a clip of the job can have.

    So the work folder holds those that are under way.
    """
    if job.transport == "upload" or (job.transport == "auto" and job.provider.uploads):
        return max(upload_budget(job.model.video), upload_budget(job.model.audio))
    return clip_budget(job.provider)


def _transport(plan: AnalysisPlan, segment: PlannedSegment) -> Transport:
    """Return the segment's transport, which is that of the plan as a rule.

    A part of what was too large on that way, or could not travel on it, goes another.
    """
    if plan.transport == "url":
        # A part of a list of frames is a list, too; of another recording it must be cut.
        listed = plan.recording.is_image_sequence and segment.cut_reason != "too_large"
        return "url" if listed or segment.cut_reason == "whole" else "base64"
    return "base64" if plan.transport == "upload" and segment.cut_reason == "too_large" else plan.transport


def _most_bytes(job: Job, segment: PlannedSegment, transport: Transport) -> int:
    if transport == "upload":
        return upload_budget(job.model.audio if segment.picture is None else job.model.video)
    return clip_budget(job.provider)

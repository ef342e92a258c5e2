"""Plan pictures that are one video: show all, and cut between two frames."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

from config.types import MediaLimits
from tasks.errors import MediaError
from tasks.planning.links import may_all_be_linked
from tasks.planning.picture import request_max_pixels
from tasks.planning.spec import AnalysisSpec, MediaPlan
from tasks.planning.transport import clip_budget, frames_bytes
from tasks.records import CutReason, Picture, Recording, Span, Tokens, Transport
from tasks.tokens import frame_list_tokens, video_frame_size


def plan_image_sequence(recording: Recording, spec: AnalysisSpec) -> MediaPlan:
    """Plan the pictures as few lists of frames, of about equal length.

    A list has as many frames as scenario, model and transport allow. Raises MediaError where there is no picture,
    ValueError for one that the model does not take.
    """
    count = len(recording.members)
    if count == 0 or recording.video is None:
        raise MediaError(f"{recording.uri} holds no picture: there is nothing to analyse.")
    most, reason = _most_frames(recording, spec)
    pieces = -(-count // most)
    linked = may_all_be_linked(recording, spec) and "video" in spec.provider.dialect.parts
    while not linked and pieces < count and not _fits(recording, spec, -(-count // pieces)):
        pieces, reason = pieces + 1, "transport"
    cuts = [count * piece // pieces for piece in range(pieces + 1)]
    moments = [frame_ms(recording, cut) for cut in cuts[:-1]] + [recording.duration_ms]
    spans = tuple(Span(start, end) for start, end in pairwise(moments))
    pictures = tuple(_picture(recording, spec, end - start) for start, end in pairwise(cuts))
    params: dict[str, object] = {
        "spans": [[span.start_ms, span.end_ms] for span in spans],
        "frames": [[picture.frames, picture.width, picture.height, picture.fps] for picture in pictures],
        "max_pixels": pictures[0].max_pixels,
        "sound_hz": None,
    }
    tokens = tuple(_tokens(picture, spec) for picture in pictures)
    transport: Transport = "url" if linked else "frames"
    return MediaPlan(spans, pictures, tokens, "whole" if pieces == 1 else reason, transport, False, params)


def frame_ms(recording: Recording, number: int) -> int:
    """Return when a frame, counted from 0, begins."""
    assert recording.video is not None
    return round(1000 * number * recording.video.fps_den / recording.video.fps_num)


def frames_within(recording: Recording, span: Span) -> tuple[Recording, ...]:
    """Return the pictures that begin within a span."""
    numbers = range(len(recording.members))
    first, last = (
        bisect_left(numbers, ms, key=lambda k: frame_ms(recording, k)) for ms in (span.start_ms, span.end_ms)
    )
    return recording.members[first:last]


def _most_frames(recording: Recording, spec: AnalysisSpec) -> tuple[int, CutReason]:
    """Return how many frames a segment may have, and what sets that limit."""
    limits: MediaLimits = spec.model.video
    model = spec.model.max_list_frames
    if limits.max_duration_ms is not None:
        model = min(model, _frames_in(recording, limits.max_duration_ms))
    scenario = _frames_in(recording, spec.scenario.video.max_length_ms)
    return (model, "model") if model < scenario else (scenario, "scenario")


def _frames_in(recording: Recording, duration_ms: int) -> int:
    assert recording.video is not None
    return max(1, duration_ms * recording.video.fps_num // (1000 * recording.video.fps_den))


def _fits(recording: Recording, spec: AnalysisSpec, count: int) -> bool:
    picture = _picture(recording, spec, count)
    return frames_bytes(frame_ms(recording, count), picture, sound=False) <= clip_budget(spec.provider)


def _picture(recording: Recording, spec: AnalysisSpec, count: int) -> Picture:
    """Return how the model sees a list of `count` frames.

    Where the model wants more frames, the last one is repeated.
    """
    video = recording.video
    assert video is not None
    frames = max(count, spec.model.min_list_frames)
    max_pixels = request_max_pixels(spec.scenario.video, spec.model, video.width, video.height)
    width, height = video_frame_size(video.width, video.height, frames, spec.model.tokens, max_pixels)
    return Picture(width, height, video.fps_num / video.fps_den, frames, max_pixels)


def _tokens(picture: Picture, spec: AnalysisSpec) -> Tokens:
    shown = (picture.width, picture.height, picture.frames)
    return Tokens(video=frame_list_tokens(*shown, spec.model.tokens, picture.max_pixels))

"""Plan what one request shows whole: an image, or files that are one recording."""

from __future__ import annotations

from collections.abc import Sequence

from config.types import MediaLimits, ModelSpec
from tasks.errors import MediaError
from tasks.planning.links import may_all_be_linked
from tasks.planning.picture import plan_image, plan_picture, request_max_pixels
from tasks.planning.request_limits import modalities_taken
from tasks.planning.spec import AnalysisSpec, MediaPlan
from tasks.planning.transport import clip_budget, clip_bytes, image_bytes, upload_budget
from tasks.records import Picture, Recording, Span, Tokens, Transport
from tasks.timecode import format_ms
from tasks.tokens import audio_tokens, image_tokens, video_tokens


def plan_single_request(recording: Recording, spec: AnalysisSpec) -> MediaPlan:
    """Plan an image or a group as one segment.

    The files of a group follow each other on its timeline. Raises MediaError where they are too many, too long or too
    large for one request; ValueError for a picture that the model does not take.
    """
    members = recording.members or (recording,)
    limits: MediaLimits = getattr(spec.model, recording.kind)
    pictures = [member_picture(member, spec) for member in members]
    heard = any(member.audio is not None for member in members)
    sizes = [_bytes(member, picture) for member, picture in zip(members, pictures, strict=True)]
    transport = _transport(recording, spec, sizes, limits)
    _check_count(recording, spec.model, limits, transport)
    if recording.kind != "image":
        _check_length(recording, spec, members, limits)
    tokens = sum((_tokens(m, p, spec.model) for m, p in zip(members, pictures, strict=True)), Tokens())
    most = spec.model.input_limit(thinking=spec.modes.thinking)
    if tokens.input > most:
        raise MediaError(
            f"{recording.uri} makes {tokens.input:,} tokens, but {spec.model.name} takes at most "
            f"{most:,} in one request: put fewer files together, or choose a scenario with "
            "fewer pixels."
        )
    seen = [picture for picture in pictures if picture is not None]
    params: dict[str, object] = {
        "spans": [[0, recording.duration_ms]],
        "frames": [[picture.frames, picture.width, picture.height, picture.fps] for picture in seen],
        "max_pixels": max((picture.max_pixels for picture in seen), default=None),
        "sound_hz": 16_000 if heard else None,
    }
    first = pictures[0]
    return MediaPlan((Span(0, recording.duration_ms),), (first,), (tokens,), "whole", transport, heard, params)


def member_picture(member: Recording, spec: AnalysisSpec) -> Picture | None:
    """Plan the picture of a file that is shown whole; None: it is only heard."""
    if member.video is None:
        return None
    width, height = member.video.width, member.video.height
    if member.kind == "image":
        return plan_image(width, height, spec.scenario, spec.model)
    max_pixels = request_max_pixels(spec.scenario.video, spec.model, width, height)
    return plan_picture(width, height, member.duration_ms, max_pixels, spec.model.tokens)


def _bytes(member: Recording, picture: Picture | None) -> int:
    if member.kind == "image" and picture is not None:
        return min(member.size_bytes, image_bytes(picture))
    return clip_bytes(member.duration_ms, picture, member.audio is not None)


def _tokens(member: Recording, picture: Picture | None, model: ModelSpec) -> Tokens:
    heard = 0 if member.audio is None else audio_tokens(member.duration_ms, model.tokens)
    if picture is None:
        return Tokens(audio=heard)
    if member.kind == "image" and member.video is not None:
        return Tokens(image=image_tokens(member.video.width, member.video.height, model.tokens, picture.max_pixels))
    seen = video_tokens(picture.width, picture.height, picture.frames, picture.fps, model.tokens, picture.max_pixels)
    return Tokens(video=seen, audio=heard)


def _transport(recording: Recording, spec: AnalysisSpec, sizes: Sequence[int], limits: MediaLimits) -> Transport:
    """Choose how files travel: as addresses, in base64 where all fit, or uploaded."""
    if spec.transport == "upload":
        return "upload"
    if may_all_be_linked(recording, spec):
        return "url"
    count, total, most = len(sizes), sum(sizes), clip_budget(spec.provider)
    fits = total <= most and count <= limits.per_request_base64
    if fits:
        return "base64"
    uploaded = spec.provider.uploads and spec.transport == "auto" and max(sizes) <= upload_budget(limits)
    if uploaded:
        return "upload"
    if total <= most:
        return "base64"  # too many, which is what will be said
    raise MediaError(
        f"{recording.uri} is about {total:,} bytes at the lowest quality, but one request to {spec.provider.title} "
        f"holds {most:,}: put fewer files together, or choose a scenario with fewer pixels."
    )


def _check_count(recording: Recording, model: ModelSpec, limits: MediaLimits, transport: Transport) -> None:
    count = len(recording.members or (recording,))
    most = limits.per_request_url if transport in ("upload", "url") else limits.per_request_base64
    if count > most:
        raise MediaError(
            f"{recording.uri} holds {count:,} {recording.kind} files, but {model.name} takes {most:,} in one request: "
            "put fewer together, or choose another model."
        )


def _check_length(recording: Recording, spec: AnalysisSpec, members: Sequence[Recording], limits: MediaLimits) -> None:
    media = spec.scenario.video if recording.kind == "video" else spec.scenario.audio
    if recording.duration_ms > media.max_length_ms:
        raise MediaError(
            f"{recording.uri} lasts {format_ms(recording.duration_ms)} together, but the scenario {spec.scenario.name} "
            f"asks about {format_ms(media.max_length_ms)} at most: leave out --together, or choose --scenario quick."
        )
    for member in members:
        if limits.max_duration_ms is not None and member.duration_ms > limits.max_duration_ms:
            raise MediaError(
                f"{member.uri} lasts {format_ms(member.duration_ms)}, but {spec.model.name} takes "
                f"{format_ms(limits.max_duration_ms)} at most, and a file of a group is not cut: leave out --together."
            )
    needs_own_sound = not spec.provider.dialect.soundtrack_heard and any(m.audio and m.video for m in members)
    if needs_own_sound and modalities_taken(spec.model, spec.provider) < 2:
        raise MediaError(f"{recording.uri}: {spec.provider.title} does not hear the sound of videos.")

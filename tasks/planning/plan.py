"""Plan the analysis of a recording: segments, pictures, tokens, identities.

Pure: the same recording and spec give the same plan, ids included, on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from config.types import MediaLimits, ScenarioMedia, ScenarioSpec
from tasks.errors import MediaError, NotMedia
from tasks.identity import analysis_id, canonical_json, segment_id
from tasks.planning.expected import expected_output
from tasks.planning.image_sequence import plan_image_sequence
from tasks.planning.links import may_be_linked
from tasks.planning.members import question_about
from tasks.planning.owned_spans import SHORTEST_LIMIT_MS, plan_owned_spans
from tasks.planning.picture import plan_picture, request_max_pixels
from tasks.planning.request_limits import modalities_taken
from tasks.planning.single_request import plan_single_request
from tasks.planning.spans import GRID_MS, fewest_pieces, split, step_ms
from tasks.planning.spec import AnalysisSpec, MediaPlan
from tasks.planning.transport import clip_budget, clip_bytes, frames_bytes, upload_budget
from tasks.records import AnalysisPlan, CutReason, Kind, Picture, PlannedSegment, Recording, Span, Tokens, Transport
from tasks.tokens import audio_tokens, text_tokens, video_tokens

__all__ = ["AnalysisSpec", "default_prompt", "plan_analysis"]

SOUND_HZ = 16_000  # the rate at which sound is sent, in one channel

_Seen = Literal["video", "audio"]


@dataclass(frozen=True, slots=True)
class _Cut:
    """A cut has the spans, what set their length, and how they travel."""

    spans: tuple[Span, ...]
    reason: CutReason
    transport: Transport
    owned: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit is how long spans may be, and what set that."""

    ms: int
    reason: CutReason


def plan_analysis(recording: Recording, spec: AnalysisSpec) -> AnalysisPlan:
    """Plan the segments to ask about, with the picture and the tokens of each.

    Raises MediaError for a recording that cannot be asked about: nothing to see or hear, no duration, a picture that is
    too small or narrower than 200:1, a group that does not fit into one request.

    >>> from config.catalog import load_catalog
    >>> from tasks.media_records import AudioStream
    >>> from tasks.records import Question
    >>> sound = AudioStream(0, "mp3", 44_100, 2, 0)
    >>> talk = Recording(
    ...     media_id="ab", id_basis="bytes", uri="talk.mp3", path="talk.mp3", kind="audio", container="mp3",
    ...     size_bytes=2_400_000, duration_ms=150_000, video=None, audio=sound, probe_json="{}",
    ... )
    >>> known = load_catalog()
    >>> model, provider = known.models["qwen3.5-omni-flash"], known.providers["dashscope"]
    >>> question = Question("brief", "aa", "Say what is heard.", "text", "auto")
    >>> plan = plan_analysis(talk, AnalysisSpec(known.scenarios["standard"], model, provider, question))
    >>> [(one.span.start_ms, one.span.end_ms, one.tokens.audio) for one in plan.segments]
    [(0, 75000, 525), (75000, 150000, 525)]
    """
    try:
        shown = _media_plan(recording, spec)
    except ValueError as error:
        raise MediaError(f"{recording.uri} cannot be shown to {spec.model.name}. {error}") from error
    # What is off is left out, so that ids stay.
    follow_up = {"follow_up": spec.question.follow_up} if spec.question.follow_up else {}
    track = {"audio_track": recording.audio_track} if recording.audio_track and shown.heard else {}
    params_json = canonical_json({**shown.params, **spec.modes.params(), **follow_up, **track, **dict(spec.marks)})
    question = question_about(recording, spec.question)
    identity = analysis_id(
        media_id=recording.media_id,
        scenario=spec.scenario.name,
        question=question,
        provider=spec.provider.name,
        model=spec.model.name,
        params_json=params_json,
    )
    prompt = Tokens(text=text_tokens(question.instruction))
    owned = shown.owned or (None,) * len(shown.spans)
    segments = tuple(
        PlannedSegment(
            seq=seq,
            segment_id=segment_id(identity, span),
            span=span,
            cut_reason=shown.reason,
            picture=picture,
            sound=shown.heard,
            tokens=tokens + prompt + _answer_tokens(recording, spec, span.duration_ms),
            owned=window,
            silences=None if spec.silences is None else span.clip_all(spec.silences),
        )
        for seq, (span, picture, tokens, window) in enumerate(
            zip(shown.spans, shown.pictures, shown.tokens, owned, strict=True)
        )
    )
    return AnalysisPlan(
        analysis_id=identity,
        recording=recording,
        scenario=spec.scenario.name,
        question=question,
        provider=spec.provider.name,
        model=spec.model.name,
        transport=shown.transport,
        segments=segments,
        params_json=params_json,
    )


def _media_plan(recording: Recording, spec: AnalysisSpec) -> MediaPlan:
    if recording.is_image_sequence:
        return plan_image_sequence(recording, spec)
    return plan_single_request(recording, spec) if recording.is_single_request else _plan_spans(recording, spec)


def default_prompt(scenario: ScenarioSpec, kind: Kind) -> str:
    """Return the name of the prompt that a scenario asks about a kind of recording.

    >>> from config.catalog import load_catalog
    >>> default_prompt(load_catalog().scenarios["standard"], "image")
    'structured-image'
    """
    return {"video": scenario.video.prompt, "audio": scenario.audio.prompt, "image": scenario.image.prompt}[kind]


def _answer_tokens(recording: Recording, spec: AnalysisSpec, duration_ms: int) -> Tokens:
    if recording.kind == "image":
        count = max(1, len(recording.members))
        return expected_output(spec.scenario.image.answer_tokens * count, spec.model, spec.modes)
    media = _media(recording, spec)
    answer = media.answer_tokens + media.answer_tokens_per_minute * duration_ms // 60_000
    return expected_output(answer, spec.model, spec.modes)


def _plan_spans(recording: Recording, spec: AnalysisSpec) -> MediaPlan:
    """Plan a recording that is cut into spans, each with frames of its own."""
    cut = _cut(recording, spec)
    pictures = tuple(_picture(recording, spec, span.duration_ms) for span in cut.spans)
    heard = _is_heard(recording, spec, cut.transport)
    tokens = tuple(
        Tokens(
            video=0 if picture is None else _video_tokens(picture, spec),
            audio=audio_tokens(span.duration_ms, spec.model.tokens) if heard else 0,
        )
        for span, picture in zip(cut.spans, pictures, strict=True)
    )
    params = _params(cut.spans, pictures, heard)
    return MediaPlan(cut.spans, pictures, tokens, cut.reason, cut.transport, heard, params, cut.owned)


def _video_tokens(picture: Picture, spec: AnalysisSpec) -> int:
    return video_tokens(
        picture.width, picture.height, picture.frames, picture.fps, spec.model.tokens, picture.max_pixels
    )


def _seen_as(recording: Recording, spec: AnalysisSpec) -> _Seen:
    """Return how a recording is asked about.

    A video without a picture is audio, and so is one of which the prompt wants the sound alone.
    """
    if spec.question.shows == "sound" and recording.audio is None:
        raise NotMedia(f"{recording.uri} has no sound, and prompt {spec.question.prompt} asks about that alone.")
    if recording.kind == "video" and recording.video is not None and spec.question.shows == "all":
        return "video"
    if recording.audio is None:
        raise NotMedia(f"{recording.uri} holds neither a picture nor a sound that could be analysed.")
    return "audio"


def _media(recording: Recording, spec: AnalysisSpec) -> ScenarioMedia:
    return spec.scenario.video if _seen_as(recording, spec) == "video" else spec.scenario.audio


def _limits(recording: Recording, spec: AnalysisSpec) -> MediaLimits:
    return spec.model.video if _seen_as(recording, spec) == "video" else spec.model.audio


def _cut(recording: Recording, spec: AnalysisSpec) -> _Cut:
    """Cut a recording, or the spans of it that are asked for."""
    if not spec.spans:
        return _cut_whole(recording, spec)
    parts = [replace(recording, id_basis="bytes", duration_ms=span.duration_ms) for span in spec.spans]
    cuts = [_cut_whole(part, spec) for part in parts]
    transport = cuts[0].transport
    if any(cut.transport != transport for cut in cuts):  # one plan, one way: what is largest needs an upload
        cuts, transport = [_cut_for(part, spec, "upload") for part in parts], "upload"
    spans = tuple(
        Span(whole.start_ms + span.start_ms, whole.start_ms + span.end_ms)
        for whole, cut in zip(spec.spans, cuts, strict=True)
        for span in cut.spans
    )
    return _Cut(spans, next((cut.reason for cut in cuts if cut.reason != "whole"), "scenario"), transport)


def _cut_whole(recording: Recording, spec: AnalysisSpec) -> _Cut:
    """Cut into as few spans as scenario, model and transport allow.

    Their lengths differ by a second at most. An upload is a detour of two more requests, so it is taken where base64
    would force shorter segments than scenario and model allow, and not otherwise.
    """
    wanted, seen = spec.transport, _seen_as(recording, spec)
    if recording.id_basis == "url" and wanted == "auto" and seen == recording.kind:
        as_it_is = _cut_for(recording, spec, "url")
        if as_it_is.reason == "whole" and may_be_linked(recording, spec, seen):
            return as_it_is
    if wanted == "frames" or (wanted == "auto" and seen == "video" and "video_url" not in spec.model.parts):
        return _cut_for(recording, spec, "frames" if seen == "video" else "base64")
    if wanted == "upload":
        return _cut_for(recording, spec, "upload")
    cut = _cut_for(recording, spec, "base64")
    if wanted == "auto" and spec.provider.uploads and cut.reason == "transport":
        return _cut_for(recording, spec, "upload")
    return cut


def _cut_for(recording: Recording, spec: AnalysisSpec, transport: Transport) -> _Cut:
    if recording.duration_ms <= 0:
        raise MediaError(f"{recording.uri} lasts {recording.duration_ms} ms: there is nothing to analyse.")
    reason: CutReason = "scenario"
    # What is merged again is cut as sound is: words matter there, whether the picture goes along or not.
    overlapping = spec.question.segments == "overlapping"
    limit_ms = (spec.scenario.audio if overlapping else _media(recording, spec)).max_length_ms
    model_ms = _limits(recording, spec).max_duration_ms
    if model_ms is not None and model_ms < limit_ms:
        limit_ms, reason = model_ms, "model"
    if overlapping:
        return _cut_overlapping(recording, spec, transport, _Limit(max(limit_ms, SHORTEST_LIMIT_MS), reason))
    limit_ms = max(limit_ms, GRID_MS)
    pieces = fewest_pieces(recording.duration_ms, limit_ms)
    step = step_ms(limit_ms)
    most_pieces = max(pieces, -(-recording.duration_ms // step))
    while pieces < most_pieces and not _fits(recording, spec, split(recording.duration_ms, pieces, step), transport):
        pieces, reason = pieces + 1, "transport"
    return _Cut(split(recording.duration_ms, pieces, step), "whole" if pieces == 1 else reason, transport)


def _cut_overlapping(recording: Recording, spec: AnalysisSpec, transport: Transport, limit: _Limit) -> _Cut:
    """Cut in pauses, or else so that spans overlap.

    They are shorter than the limit where that does not fit.
    """
    while True:
        planned = plan_owned_spans(recording.duration_ms, limit.ms, spec.silences or ())
        spans = tuple(one.span for one in planned)
        if limit.ms == SHORTEST_LIMIT_MS or _fits(recording, spec, spans, transport):
            reason: CutReason = "whole" if len(spans) == 1 else limit.reason
            return _Cut(spans, reason, transport, tuple(one.owned for one in planned))
        limit = _Limit(max(SHORTEST_LIMIT_MS, min(limit.ms, recording.duration_ms) // 2), "transport")


def _fits(recording: Recording, spec: AnalysisSpec, spans: tuple[Span, ...], transport: Transport) -> bool:
    """Return whether the longest of the spans can be sent at an acceptable quality."""
    longest_ms = max(span.duration_ms for span in spans)
    picture = _picture(recording, spec, longest_ms)
    sound = recording.audio is not None
    if transport == "url":
        return True
    if transport == "upload":
        return clip_bytes(longest_ms, picture, sound) <= upload_budget(_limits(recording, spec))
    if transport == "frames" and picture is not None:
        return frames_bytes(longest_ms, picture, sound) <= clip_budget(spec.provider)
    return clip_bytes(longest_ms, picture, sound) <= clip_budget(spec.provider)


def _is_heard(recording: Recording, spec: AnalysisSpec, transport: Transport) -> bool:
    """Return whether the sound is sent: a list of frames has none of its own.

    Only some models take a sound of its own next to the frames.
    """
    if recording.audio is None:
        return False
    return transport != "frames" or modalities_taken(spec.model, spec.provider) > 1


def _picture(recording: Recording, spec: AnalysisSpec, duration_ms: int) -> Picture | None:
    if _seen_as(recording, spec) == "audio" or recording.video is None:
        return None
    width, height = recording.video.width, recording.video.height
    max_pixels = request_max_pixels(spec.scenario.video, spec.model, width, height)
    return plan_picture(width, height, duration_ms, max_pixels, spec.model.tokens)


def _params(spans: tuple[Span, ...], pictures: tuple[Picture | None, ...], heard: bool) -> dict[str, object]:
    """Return what the model is shown, beyond the columns of the tables.

    How the bytes are packed and travel is not part of it: the same frames and sound another way are the same question.
    But where they need shorter spans, or leave the sound behind, that is.
    """
    shown = [picture for picture in pictures if picture is not None]
    return {
        "spans": [[span.start_ms, span.end_ms] for span in spans],
        "frames": [[picture.frames, picture.width, picture.height, picture.fps] for picture in shown],
        "max_pixels": shown[0].max_pixels if shown else None,
        "sound_hz": SOUND_HZ if heard else None,
    }

"""Cut one planned span of a recording into one file that the model can take.

One ffmpeg run per span: seek to the key frame before it, decode each frame once at most (`thinned`), keep those that
the model will see, and notice in the same run whether the picture is black and the sound silent. A clip above its
byte budget is made once more at the floors of `encoding`; if that is still too large, or hopeless, the span is halved.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.errors import ClipNotAsPlanned, TooLarge
from tasks.identity import segment_id
from tasks.media import cut_results, encoding
from tasks.media.checking import mismatch
from tasks.media.clean_copy import clean_copy
from tasks.media.cut_command import DECODERS, Encoding, command_for, decoders, preroll_ms, video_encoding
from tasks.media.ffmpeg import FfmpegResult, failure, run
from tasks.media.mixing import vanishes
from tasks.media.thinned import thinned
from tasks.records import (
    AnalysisPlan,
    Clip,
    CutReason,
    MediaFile,
    PlannedSegment,
    Recording,
    Span,
    Transport,
)
from tasks.system.processors import FOR_SHORT_CUTS, PROCESSORS

GRID_MS = 500
SHORTEST_MS = 1000  # of a half: shorter clips have no valid frame count

_HOPELESS = 1.5  # so far above the budget, a clip whose hard parts are at the floor already will not get below it
_LIMIT_S = 120  # a run may take this long, and as long again as six times its span
LONG_MS = 10_000  # of a span; below, ffmpeg's start and end take most of the time, on one processor
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery says how clips will travel, as far as it changes what is made."""

    transport: Transport = "base64"
    separate_sound: bool = False  # the sound of a picture goes as a file of its own

    @property
    def of_sound(self) -> Transport:
        """Return the transport of sound alone, which has no frames."""
        return "base64" if self.transport == "frames" else self.transport


_DATA_URI = Delivery()


def processors_for(recording: Recording, segment: PlannedSegment) -> int:
    """Return how many processors a cut is to take.

    A picture is decoded by threads of its own; a short one is done before that matters. A sound of hours takes as many,
    since its index lies in the memory of each ffmpeg: with two at once three hours needed 1.26 times the memory of two
    minutes (`python -m bench.memory`).
    """
    if segment.span.duration_ms < LONG_MS:
        return 1
    return DECODERS if segment.picture is not None or recording.duration_ms > _HOUR_MS else 1


def take_processors(recording: Recording, segment: PlannedSegment) -> AbstractContextManager[None]:
    """Take processors for a cut; a short one waits only for other short ones."""
    processors = FOR_SHORT_CUTS if segment.span.duration_ms < LONG_MS else PROCESSORS
    return processors.take(processors_for(recording, segment))


def cut_segment(
    plan: AnalysisPlan, segment: PlannedSegment, workdir: Path, max_bytes: int, way: Delivery = _DATA_URI
) -> tuple[Clip, ...]:
    """Cut one segment of a plan into `workdir`, several clips where it was halved.

    `max_bytes` bounds each clip. The halves get `cut_reason` "size", ids of their own and the parent's `seq`. A
    second that does not fit as a video goes as a list of frames, without its sound if need be. What cannot be cut where
    it lies, since it cannot be sought in or changes amid the span, is decoded from its start first. Raises
    FfmpegFailed, FfmpegMissing, Interrupted, and TooLarge where not even that fits.
    """
    if plan.recording.seekable:
        with suppress(ClipNotAsPlanned):
            return _cut_or_halve(plan, segment, workdir, max_bytes, way)
    plan = replace(plan, recording=clean_copy(plan.recording, workdir))
    return _cut_or_halve(plan, segment, workdir, max_bytes, way)


def _cut_or_halve(
    plan: AnalysisPlan, segment: PlannedSegment, workdir: Path, max_bytes: int, way: Delivery
) -> tuple[Clip, ...]:
    clip = _cut(plan.recording, segment, workdir, max_bytes, way)
    if clip is not None:
        return (clip,)
    try:
        first, second = halves(plan.analysis_id, segment)
    except TooLarge:
        listed = _cut(plan.recording, replace(segment, sound=False), workdir, max_bytes, Delivery("frames"))
        if listed is None:
            raise
        why = ("The sound was not sent: it did not fit beside the picture.",) if segment.sound else ()
        return (replace(listed, segment=segment, notes=(*listed.notes, *why)),)
    return (*_cut_or_halve(plan, first, workdir, max_bytes, way), *_cut_or_halve(plan, second, workdir, max_bytes, way))


def halves(
    analysis_id: str, segment: PlannedSegment, reason: CutReason = "size"
) -> tuple[PlannedSegment, PlannedSegment]:
    """Split the segment in two on the 500 ms grid; `reason` is their `cut_reason`.

    Raises TooLarge where they would be shorter than a second.
    """
    span = segment.span
    middle = span.start_ms + round(span.duration_ms / 2 / GRID_MS) * GRID_MS
    if min(middle - span.start_ms, span.end_ms - middle) < SHORTEST_MS:
        raise TooLarge(
            f"The span {span.label} cannot be made small enough to be sent, even at the lowest quality: "
            "choose a scenario with fewer pixels."
        )
    return (
        _part(analysis_id, segment, Span(span.start_ms, middle), reason),
        _part(analysis_id, segment, Span(middle, span.end_ms), reason),
    )


def _part(analysis_id: str, segment: PlannedSegment, span: Span, reason: CutReason) -> PlannedSegment:
    share = span.duration_ms / segment.span.duration_ms
    picture = segment.picture
    if picture is not None:
        picture = replace(picture, frames=max(2, round(picture.fps * span.duration_ms / 1000)))
    return replace(
        segment,
        segment_id=segment_id(analysis_id, span),
        span=span,
        cut_reason=reason,
        picture=picture,
        owned=None if segment.owned is None else span.clip(segment.owned),
        silences=None if segment.silences is None else span.clip_all(segment.silences),
        tokens=replace(
            segment.tokens,
            video=round(segment.tokens.video * share),
            audio=round(segment.tokens.audio * share),
            output=round(segment.tokens.output * share),
        ),
    )


def _cut(recording: Recording, segment: PlannedSegment, workdir: Path, max_bytes: int, way: Delivery) -> Clip | None:
    """Make the clip; None where it is larger than `max_bytes` at the floors."""
    if cut_results.shown(recording, segment) is None:
        sound = _cut_sound(recording, segment, workdir, max_bytes)
        return None if sound is None else replace(sound, transport=way.of_sound)
    if cut_results.heard(recording, segment) and (way.separate_sound or way.transport == "frames"):
        return _cut_separately(recording, segment, workdir, max_bytes, way)
    if way.transport == "frames":
        return _cut_frames(recording, segment, workdir, max_bytes)
    clip = _cut_video(recording, segment, workdir, max_bytes)
    return None if clip is None else replace(clip, transport=way.transport)


def _cut_separately(
    recording: Recording, segment: PlannedSegment, workdir: Path, max_bytes: int, way: Delivery
) -> Clip | None:
    """Cut the sound first, in a share of the budget, then the picture in the rest."""
    share = max(encoding.sound_floor_bytes(segment.span.duration_ms), int(max_bytes * encoding.SOUND_SHARE))
    sound = _cut_sound(recording, replace(segment, picture=None), workdir, share)
    if sound is None:
        return None
    clip = _cut(
        recording, replace(segment, sound=False), workdir, max_bytes - sound.size_bytes, Delivery(way.transport)
    )
    if clip is None:
        Path(sound.path).unlink()
        return None
    return replace(
        clip,
        segment=segment,
        size_bytes=clip.size_bytes + sound.size_bytes,
        audio_sent=sound.audio_sent,
        notes=tuple(dict.fromkeys((*clip.notes, *sound.notes))),
        damaged_packets=clip.damaged_packets + sound.damaged_packets,
        soundtrack=MediaFile("audio", sound.path, sound.media_format, sound.size_bytes),
    )


def _cut_frames(recording: Recording, segment: PlannedSegment, workdir: Path, max_bytes: int) -> Clip | None:
    """Cut the planned frames, each as a JPEG."""
    for quality in (encoding.GOOD_JPEG, 2 * encoding.GOOD_JPEG, encoding.WORST_JPEG):
        # `%` begins the number in the pattern, so those of the folder are doubled.
        stem = Path(str(workdir).replace("%", "%%")) / f"{segment.segment_id}-%05d.jpg"
        done = _run(recording, segment, stem, Encoding("image2", encoding.frame_options(quality)))
        paths = sorted(workdir.glob(f"{segment.segment_id}-*.jpg"))
        if segment.picture is not None and len(paths) != segment.picture.frames:
            for path in paths:
                path.unlink()
            raise ClipNotAsPlanned(f"{recording.name}: {len(paths)} frames of {segment.picture.frames} were made.")
        parts = tuple(MediaFile("image", str(path), "jpg", path.stat().st_size) for path in paths)
        size = sum(part.size_bytes for part in parts)
        if size <= max_bytes:
            sent = cut_results.video_sent(recording, segment, done)
            damaged, notes = cut_results.damage(recording, segment, done)
            return Clip(
                segment, parts[0].path, "jpg", size, sent, "absent", notes, "frames", parts, damaged_packets=damaged
            )
        for path in paths:
            path.unlink()
        if size > max_bytes * 2 * _HOPELESS:
            break
    return None


def _cut_video(recording: Recording, segment: PlannedSegment, workdir: Path, max_bytes: int) -> Clip | None:
    for crf in (encoding.GOOD_CRF, encoding.WORST_CRF):
        how = video_encoding(recording, segment, max_bytes, crf)
        clip = _make(recording, segment, workdir, how)
        if clip.size_bytes <= max_bytes:
            return clip
        Path(clip.path).unlink()
        if clip.size_bytes > max_bytes * _HOPELESS:
            break
    return None


def _cut_sound(recording: Recording, segment: PlannedSegment, workdir: Path, max_bytes: int) -> Clip | None:
    length = segment.span.duration_ms
    if encoding.fits_wav(length, max_bytes):
        return _make(recording, segment, workdir, Encoding("wav", encoding.sound_options(None)))
    rate = encoding.mp3_rate(length, max_bytes)
    if rate is None:
        return None
    return _make(recording, segment, workdir, Encoding("mp3", encoding.sound_options(rate)))


def _make(recording: Recording, segment: PlannedSegment, workdir: Path, how: Encoding) -> Clip:
    """Run ffmpeg to a temporary name, and rename the file once it is whole."""
    final = workdir / f"{segment.segment_id}.{how.media_format}"
    unfinished = final.with_name(f"{final.name}.part")
    try:
        done = _run(recording, segment, unfinished, how)
        size = unfinished.stat().st_size
        # The length of samples follows from their size, for which no ffprobe is started.
        if how.media_format != "wav" or not encoding.is_whole_wav(size, segment.span.duration_ms):
            _check(recording, segment, unfinished)
        unfinished.replace(final)
    finally:
        unfinished.unlink(missing_ok=True)
    damaged, notes = cut_results.damage(recording, segment, done)
    return Clip(
        segment=segment,
        path=str(final),
        media_format=how.media_format,
        size_bytes=size,
        video_sent=cut_results.video_sent(recording, segment, done),
        audio_sent=cut_results.audio_sent(recording, segment, done),
        notes=notes,
        damaged_packets=damaged,
    )


def _check(recording: Recording, segment: PlannedSegment, made: Path) -> None:
    """Require that a clip holds what was planned. Raises ClipNotAsPlanned."""
    wrong = mismatch(
        made, segment.span, cut_results.shown(recording, segment), heard=cut_results.heard(recording, segment)
    )
    if wrong:
        raise ClipNotAsPlanned(
            f"The clip {segment.span.label} of {recording.name} is not as planned: {wrong}. The recording changes "
            "amid the span in a way that is not understood here; convert it with `ffmpeg -i OLD NEW.mkv`.",
        )


def _run(recording: Recording, segment: PlannedSegment, target: Path, how: Encoding) -> FfmpegResult:
    """Decode and encode the span.

    Where seeking found nothing to decode, it is done once more from the recording's start.
    """
    doing = f"cutting {segment.span.label} out of {recording.name}"
    if (spotless := _run_thinned(recording, segment, target, how)) is not None:
        return spotless
    for earlier in dict.fromkeys((preroll_ms(recording, segment.span.start_ms), segment.span.start_ms)):
        command = command_for(recording, segment, earlier, target, how)
        limit_s = _LIMIT_S + 6 * (segment.span.duration_ms + earlier) / 1000
        done = run(command, limit_s, doing, check=False)
        if not how.apart and vanishes(line.text for line in done.log):
            return _run(recording, segment, target, replace(how, apart=True))
        if cut_results.has_content(recording, segment, done):
            return done
    raise failure(done, doing)


def _run_thinned(recording: Recording, segment: PlannedSegment, target: Path, how: Encoding) -> FfmpegResult | None:
    """Decode only what is seen.

    None where that cannot be, or anything was damaged or odd.
    """
    picture = cut_results.shown(recording, segment)
    some = None if picture is None else thinned(recording, segment.span, picture)
    if some is None or how.apart or preroll_ms(recording, segment.span.start_ms):
        return None
    earlier = min(segment.span.start_ms, some.sound_preroll_ms)
    command = command_for(recording, segment, earlier, target, how, some.source(decoders(recording)))
    limit_s = _LIMIT_S + 6 * segment.span.duration_ms / 1000
    done = some.run(command, limit_s, f"cutting {segment.span.label} out of {recording.name}")
    if done is None or not cut_results.has_content(recording, segment, done):
        return None
    is_odd = cut_results.damage(recording, segment, done) != (0, ()) or vanishes(line.text for line in done.log)
    return None if is_odd else done

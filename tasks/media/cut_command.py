"""Build the ffmpeg command that cuts a span out of a recording. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.media import cut_results, encoding
from tasks.media.clocks import with_clock
from tasks.media.ffmpeg import file_url, media_input
from tasks.media.formats import BARE_STREAMS, NEW_CLOCK_S, PREROLL_MS
from tasks.media.mixing import mixed_tracks, mixing, out_of_step
from tasks.media.sound_data import reading_options
from tasks.media.streams import Filter, stream_of, upright
from tasks.media.transparency import decoder_of, has_alpha, on_white
from tasks.records import PlannedSegment, Recording

DECODERS = 2  # threads of one run: with two processors one picture is cut at a time, in half the memory of two
_MOST_DECODERS = 8  # threads of one run where frames are small: they go on while x264 is at a frame
_PIXELS_AT_ONCE = 4_000_000  # that threads beyond the first two may hold
_ENCODERS = 1  # two frames per second are little work; a fixed number keeps the bytes the same on every machine


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding is one way to encode a clip; `options` are ffmpeg's."""

    media_format: str
    options: Mapping[str, Any]
    apart: bool = False  # channels that cancel each other are mixed all the same


@dataclass(frozen=True, slots=True)
class Source:
    """A source is a recording as one run of ffmpeg reads it."""

    read_from_ms: int  # of the recording
    threads: int
    name: str = ""  # of the filter that says how loud it is, where a run reads several


def video_encoding(recording: Recording, segment: PlannedSegment, max_bytes: int, crf: int) -> Encoding:
    """Return how a clip with a picture is encoded within its byte budget."""
    heard = cut_results.heard(recording, segment)
    rates = encoding.video_rates(segment.span.duration_ms, max_bytes, sound=heard, crf=crf)
    quick = segment.picture is not None and encoding.is_roomy(rates, segment.picture)
    return Encoding("mp4", encoding.video_options(rates, _ENCODERS, quick=quick))


def decoders(recording: Recording) -> int:
    """Return how many threads decode: more where frames are small."""
    pixels = recording.video.width * recording.video.height if recording.video else _PIXELS_AT_ONCE
    return min(_MOST_DECODERS, max(DECODERS, _PIXELS_AT_ONCE // max(1, pixels)))


def preroll_ms(recording: Recording, start_ms: int) -> int:
    """Return how long before the span reading must begin.

    So a seek finds all that belongs into it.
    """
    picture_to_come = recording.video is not None and start_ms <= recording.video.start_ms
    if picture_to_come or recording.container in BARE_STREAMS:  # a seek would land at the picture, behind the sound
        return start_ms
    return min(start_ms, PREROLL_MS.get(recording.container, 0))


def command_for(
    recording: Recording, segment: PlannedSegment, earlier_ms: int, target: Path, how: Encoding, thin: Any = None
) -> Any:
    """Return the command, which reads from so long before the span.

    With `thin` the picture comes from there.
    """
    source = Source(segment.span.start_ms - earlier_ms, decoders(recording))
    output = output_for(recording, segment, source, target, how, thin)
    return output.global_args("-progress", "pipe:1", "-dts_delta_threshold", str(NEW_CLOCK_S))


def output_for(
    recording: Recording, segment: PlannedSegment, source: Source, target: Path, how: Encoding, thin: Any = None
) -> Any:
    """Return the output of one clip, for a run that may have others."""
    seek = {"ss": f"{source.read_from_ms}ms"} if source.read_from_ms else {}
    earlier_ms = segment.span.start_ms - source.read_from_ms
    # Frames from before the seeked place are needed: the first one holds until the next begins.
    picture = cut_results.shown(recording, segment)
    film = stream_of(recording.probe_json, recording.video.index) if picture and recording.video else {}
    how_to_read = {**reading_options(recording.path), **decoder_of(film), **seek}
    read = media_input(recording.path, noaccurate_seek=None, threads=source.threads, **how_to_read)
    outputs = []
    if picture is not None and recording.video is not None:
        *filters, form, watching = encoding.frames_of(picture, upright(film), earlier_ms if thin is None else 0)
        shown = _filtered(read[str(recording.video.index)] if thin is None else thin["0"], filters)
        if has_alpha(film):
            shown = on_white(shown, picture.width, picture.height, str(encoding.picture_rate(picture.fps)))
        outputs.append(_filtered(shown, (form, watching)))
    if cut_results.heard(recording, segment) and recording.audio is not None:
        sounds = []
        for index in recording.mixed or (recording.audio.index,):
            stream = stream_of(recording.probe_json, index)
            heard = _filtered(read[str(index)], encoding.sound_from(earlier_ms))
            channels = int(stream.get("channels", 1))
            apart = how.apart and channels > 1
            sounds.append(out_of_step(heard, channels) if apart else _filtered(heard, mixing(stream)))
        together = mixed_tracks(sounds, encoding.SAMPLE_RATE)
        to_mono = [
            (_named(kind, source.name), options) for kind, options in encoding.sound_to(segment.span.duration_ms)
        ]
        outputs.append(_filtered(together, to_mono))
    if not outputs:
        raise ValueError(f"The segment {segment.span.label} of {recording.name} shows neither picture nor sound.")
    output = ffmpeg.output(*outputs, file_url(target), format=how.media_format, max_error_rate=1, **how.options)
    if picture is None:
        length_ms = earlier_ms + segment.span.duration_ms
        output = with_clock(recording, read, output, source.read_from_ms, length_ms)
    return output


def _named(kind: str, name: str) -> str:
    return f"{kind}@{name}" if name and kind == "volumedetect" else kind


def _filtered(stream: Any, filters: Iterable[Filter]) -> Any:
    for kind, options in filters:
        stream = stream.filter(kind, **options)
    return stream

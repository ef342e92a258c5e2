"""Cut several short recordings in one run of ffmpeg.

Its start takes 60 ms of processor time, a short sound 3, a video of a second 20 (`python -m bench.slots`). What comes
out is byte for byte what `cutting` makes of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ffmpeg

from tasks.media import cut_results, encoding
from tasks.media.checking import mismatch
from tasks.media.cut_command import Encoding, Source, output_for, video_encoding
from tasks.media.cutting import LONG_MS
from tasks.media.ffmpeg import FfmpegResult, run
from tasks.media.formats import NEW_CLOCK_S
from tasks.media.mixing import vanishes
from tasks.media.streams import stream_of
from tasks.media.transparency import has_alpha
from tasks.records import Clip, PlannedSegment, Recording, VideoStream

_LIMIT_S = 120
_CONTAINERS = ("mov", "matroska")  # of videos: one clock for both streams, which begins with the file
_PIXELS = 1_000_000  # of the videos that a run decodes side by side; one at 360p takes 17 MB
_VIDEOS = 8  # in a run: the first is asked about once all of them are cut

T = TypeVar("T")
Cut = tuple[Recording, PlannedSegment]


def can_be_cut_together(recording: Recording, segment: PlannedSegment, max_bytes: int) -> bool:
    """Return whether a segment is a whole recording that can share a run."""
    audio, length = recording.audio, segment.span.duration_ms
    is_whole = segment.span.start_ms == 0 and segment.span.end_ms == recording.duration_ms
    is_plain = recording.seekable and not recording.mixed and not recording.parts
    is_watched = audio is None or audio.channels <= 2  # more are watched one by one
    if not (is_whole and is_plain and is_watched):
        return False
    if recording.video is not None and recording.container.split(",")[0] not in _CONTAINERS:
        return False
    if cut_results.shown(recording, segment) is None:
        return cut_results.heard(recording, segment) and encoding.fits_wav(length, max_bytes)
    return recording.video is not None and length < LONG_MS and not _is_transparent(recording, recording.video)


def _is_transparent(recording: Recording, video: VideoStream) -> bool:
    return has_alpha(stream_of(recording.probe_json, video.index))


def in_runs(pixels: Sequence[tuple[T, int]]) -> Iterator[list[T]]:
    """Divide what is to be cut among runs, by the pixels of each: 0 for a sound.

    >>> list(in_runs([("a", 0), ("b", 500_000), ("c", 500_000), ("d", 0), ("e", 2_000_000), ("f", 100)]))
    [['a', 'b', 'c', 'd'], ['e'], ['f']]
    """
    some: list[T] = []
    taken = 0
    for one, decoded in pixels:
        load = max(decoded, _PIXELS // _VIDEOS) if decoded else 0
        if load and some and taken + load > _PIXELS:
            yield some
            some, taken = [], 0
        some.append(one)
        taken += load
    if some:
        yield some


def pixels_of(recording: Recording, segment: PlannedSegment) -> int:
    """Return the pixels of a frame that is decoded for a segment; 0 where none is."""
    video = recording.video
    return 0 if video is None or segment.picture is None else video.width * video.height


def cut_together(cuts: Sequence[Cut], max_bytes: int, workdir: Path) -> list[Clip | None]:
    """Cut whole recordings into clips in `workdir`, in order.

    None stands for those to be cut by themselves. These are all of them where ffmpeg had anything to complain of,
    since it does not say of which. Raises FfmpegMissing, Interrupted, and FfmpegFailed where it was killed.
    """
    clips = [_UnfinishedClip(*cut, _encoding(*cut, max_bytes), workdir) for cut in cuts]
    outputs = [clip.output(_name(number)) for number, clip in enumerate(clips)]
    command = ffmpeg.merge_outputs(*outputs).global_args("-dts_delta_threshold", str(NEW_CLOCK_S))
    try:
        done = run(command, _LIMIT_S, f"cutting {len(cuts)} short recordings", check=False)
        if done.status != 0 or done.complaints() or done.damaged or vanishes(line.text for line in done.log):
            return [None] * len(cuts)
        return [clip.finished(_log_about(_name(number), done), max_bytes) for number, clip in enumerate(clips)]
    finally:
        for clip in clips:
            clip.unfinished.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _UnfinishedClip:
    """A clip is made to a temporary name, and renamed once it is known to be whole."""

    recording: Recording
    segment: PlannedSegment
    how: Encoding
    workdir: Path

    @property
    def final(self) -> Path:
        return self.workdir / f"{self.segment.segment_id}.{self.how.media_format}"

    @property
    def unfinished(self) -> Path:
        return self.final.with_name(f"{self.final.name}.part")

    def output(self, name: str) -> Any:
        return output_for(self.recording, self.segment, Source(0, 1, name), self.unfinished, self.how)

    def finished(self, done: FfmpegResult, max_bytes: int) -> Clip | None:
        """Return the clip; None where it has to be cut by itself.

        That is where it is not as planned, too large, or its picture may be black.
        """
        recording, segment = self.recording, self.segment
        size = self.unfinished.stat().st_size if self.unfinished.exists() else 0
        seen = cut_results.video_sent(recording, segment, done)
        if not 0 < size <= max_bytes or seen == "black" or not self._is_as_planned(size, done):
            return None
        self.unfinished.replace(self.final)
        return Clip(
            segment=segment,
            path=str(self.final),
            media_format=self.how.media_format,
            size_bytes=size,
            video_sent=seen,
            audio_sent=cut_results.audio_sent(recording, segment, done),
            transport="base64",
        )

    def _is_as_planned(self, size: int, done: FfmpegResult) -> bool:
        picture = cut_results.shown(self.recording, self.segment)
        if picture is None:  # the length of samples follows from their size
            has_sound = cut_results.loudest_db(done) is not None
            return has_sound and encoding.is_whole_wav(size, self.segment.span.duration_ms)
        heard = cut_results.heard(self.recording, self.segment)
        return not mismatch(self.unfinished, self.segment.span, picture, heard=heard)


def _encoding(recording: Recording, segment: PlannedSegment, max_bytes: int) -> Encoding:
    if cut_results.shown(recording, segment) is None:
        return Encoding("wav", encoding.sound_options(None))
    return video_encoding(recording, segment, max_bytes, encoding.GOOD_CRF)


def _name(number: int) -> str:
    return f"n{number}"


def _log_about(name: str, done: FfmpegResult) -> FfmpegResult:
    """Return how loud the sound of that name is, and what of any picture is black.

    ffmpeg does not say of which.
    """
    prefixes = (f"[volumedetect@{name}]", "[blackdetect]")
    return FfmpegResult(b"", tuple(line for line in done.log if line.text.startswith(prefixes)), done.status)

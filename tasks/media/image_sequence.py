"""Make pictures into a list of frames: JPEGs of one size, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.errors import FfmpegFailed
from tasks.media import encoding
from tasks.media.ffmpeg import file_url, run
from tasks.media.orientation import TURNS, orientation_of
from tasks.media.transparency import on_white
from tasks.media_records import VideoStream
from tasks.records import Clip, MediaFile, Picture, PlannedSegment, Recording

_AT_ONCE = 16  # pictures of one ffmpeg process: starting one takes longer than decoding a picture
_TIME_LIMIT_S = 120
_FAR_TOO_LARGE = 1.6  # where the best quality is so far above the limit, the next one will not do either
_MAY_BE_CLEAR = ("png_pipe", "webp_pipe", "tiff_pipe", "gif")
_SAME_SHAPE = 0.02  # a picture whose aspect ratio is farther from the first one's is shown between bars


def image_sequence_clip(
    frames: Sequence[Recording], video: VideoStream, picture: Picture, segment: PlannedSegment, workdir: Path, most: int
) -> Clip | None:
    """Make the frames into a clip of as many frames as the picture has.

    The last one is shown again where there are fewer. `video` is what they are as a video: the first one's shape is
    that of all. None where they are larger than `most` bytes together, even at the lowest quality. Raises
    FfmpegFailed.
    """
    targets = [workdir / f"{segment.segment_id}-{number:05d}.jpg" for number in range(len(frames))]
    repeated = max(0, picture.frames - len(frames))
    size = 0
    for quality in (encoding.GOOD_JPEG, 2 * encoding.GOOD_JPEG, encoding.WORST_JPEG):
        if size > _FAR_TOO_LARGE * most and quality != encoding.WORST_JPEG:
            continue
        for first in range(0, len(frames), _AT_ONCE):
            last = first + _AT_ONCE
            _make(list(zip(frames[first:last], targets[first:last], strict=True)), video, picture, quality)
        parts = [MediaFile("image", str(path), "jpg", path.stat().st_size) for path in targets]
        parts += parts[-1:] * repeated
        size = sum(part.size_bytes for part in parts)
        if size <= most:
            shown = replace(segment, picture=replace(picture, frames=len(parts)))
            return Clip(shown, parts[0].path, "jpg", size, "sent", "absent", transport="frames", parts=tuple(parts))
    for path in targets:
        path.unlink()
    return None


def _make(some: Sequence[tuple[Recording, Path]], video: VideoStream, picture: Picture, quality: int) -> None:
    doing = f"shrinking {some[0][0].name} and {len(some) - 1} pictures behind it"
    outputs = [_output(frame, target, video, picture, quality) for frame, target in some]
    run(ffmpeg.merge_outputs(*outputs), _TIME_LIMIT_S, doing)
    for frame, target in some:
        if not target.exists():
            raise FfmpegFailed(f"{frame.uri} is a broken picture: ffmpeg can decode nothing of it; bring it again.")


def _output(frame: Recording, target: Path, video: VideoStream, picture: Picture, quality: int) -> Any:
    """Return the output of one frame.

    ffmpeg turns a picture by itself, as the camera wrote into it.
    """
    width, height = picture.width, picture.height
    alike = f"lt(abs(iw/ih*{video.height}/{video.width}-1),{_SAME_SHAPE})"
    source = ffmpeg.input(file_url(frame.path), f=frame.container, protocol_whitelist="file").video
    for name, options in TURNS[orientation_of(Path(frame.path), frame.container)]:
        source = source.filter(name, **options)
    may_be_clear = frame.container in _MAY_BE_CLEAR
    if may_be_clear:
        source = source.filter("format", pix_fmts="rgba")
    shown = (
        source.filter(
            "scale",
            w=f"if({alike},{width},max(2,min({width},trunc({height}*iw/ih/2)*2)))",
            h=f"if({alike},{height},max(2,min({height},trunc({width}*ih/iw/2)*2)))",
            flags="bicubic+accurate_rnd+bitexact",
        )
        .filter("pad", w=width, h=height, x="(ow-iw)/2", y="(oh-ih)/2")
        .filter("setsar", sar="1")
    )
    if may_be_clear:
        shown = on_white(shown, width, height)
    return ffmpeg.output(shown, file_url(target), format="mjpeg", frames=1, **encoding.frame_options(quality))

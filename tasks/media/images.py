"""Probe images and make them ready to be sent.

ffmpeg's readers of images are chosen here, by the first bytes: left to itself, ffmpeg goes by a file's name, in which
it also finds numbered sequences.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.errors import NotMedia, TooLarge
from tasks.media import encoding
from tasks.media.ffmpeg import ffprobe_as, file_url, run
from tasks.media.image_pages import pictures_in
from tasks.media.orientation import DEGREES, TURNS, orientation_of
from tasks.media.streams import pick, video_stream
from tasks.media.transparency import has_alpha, on_white
from tasks.media_records import VideoStream
from tasks.records import Clip, MediaFile, Picture, PlannedSegment, Recording

TIME_LIMIT_S = 120
SENT_AS_THEY_ARE = {"png_pipe": "png", "jpeg_pipe": "jpg", "webp_pipe": "webp", "bmp_pipe": "bmp"}

_WRITTEN = "orientation"  # key of a stream: as EXIF has it, where ffmpeg does not turn the image by itself
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png_pipe"),
    (b"\xff\xd8\xff", "jpeg_pipe"),
    (b"BM", "bmp_pipe"),
    (b"II*\x00", "tiff_pipe"),
    (b"MM\x00*", "tiff_pipe"),
)
_NOT_READ = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"}  # brands of HEIC and AVIF


def image_reader(path: Path, uri: str) -> str | None:
    """Return ffmpeg's reader for the image in a file; None: it is no image.

    Raises NotMedia for one that cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head[4:8] == b"ftyp" and head[8:12] in _NOT_READ:
        raise NotMedia(f"{uri} is an image in HEIC or AVIF, which is not read here; convert it to JPEG or PNG.")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp_pipe"
    return next((reader for signature, reader in _SIGNATURES if head.startswith(signature)), None)


def probe_image(path: Path, reader: str, uri: str) -> tuple[dict[str, Any], VideoStream]:
    """Return ffprobe's answer about an image, and its picture, upright.

    Raises NotMedia for one that is broken.
    """
    shown = {"show_format": None, "show_streams": None, "show_frames": None, "read_intervals": "%+#1"}
    answer = ffprobe_as(path, reader, TIME_LIMIT_S, f"reading {uri}", **shown)
    stream = pick(answer.get("streams", ()), "video")
    frames = answer.get("frames", ())
    if (stream is None or not frames) and pictures_in(path, reader) > 1:
        raise NotMedia(f"{uri} is an animated image that this ffmpeg cannot read; convert it to GIF, MP4 or PNG.")
    if stream is None or not frames:
        raise NotMedia(f"{uri} is a broken image: ffmpeg can decode nothing of it; bring it again.")
    # The orientation that a camera wrote into the file is a fact of the frame, in ffprobe's words.
    turned = {**stream, "side_data_list": _matrices(frames[0])}
    written = orientation_of(path, reader)
    if written != 1 and not turned["side_data_list"]:
        turned |= {_WRITTEN: written, "tags": {**stream.get("tags", {}), "rotate": str(DEGREES.get(written, 0))}}
    picture = video_stream({**turned, "avg_frame_rate": "0/1", "r_frame_rate": "0/1"}, 0.0, ())
    del answer["frames"]
    answer["streams"] = [turned if s is stream else s for s in answer["streams"]]
    return answer, picture


def _matrices(frame: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the display matrices of a frame, named as those of streams."""
    found = (data for data in frame.get("side_data_list", ()) if "matrix" in str(data.get("side_data_type", "")))
    return [{**data, "side_data_type": "Display Matrix"} for data in found]


def image_clip(
    members: tuple[Recording, ...],
    pictures: tuple[Picture, ...],
    segment: PlannedSegment,
    workdir: Path,
    largest: int,
    total: int,
) -> Clip:
    """Make images ready to be sent.

    Each goes as it is where that can be, otherwise as a JPEG of the size that is seen. `largest` bounds each file,
    `total` all of them, in bytes. Raises TooLarge, FfmpegFailed.
    """
    share = min(largest, total // len(members))
    parts: list[MediaFile] = []
    for number, (member, picture) in enumerate(zip(members, pictures, strict=True)):
        stem = workdir / f"{segment.segment_id}-{number:05d}"
        part = _as_it_is(member, stem, share) or _as_jpeg(member, picture, stem, share)
        if part is None:
            for made in parts:
                Path(made.path).unlink()
            raise TooLarge(
                f"{member.uri} cannot be made small enough to be sent (at most {share:,} bytes): "
                "choose a scenario with fewer pixels, or put fewer images together."
            )
        parts.append(replace(part, max_pixels=picture.max_pixels))
    size = sum(part.size_bytes for part in parts)
    return Clip(segment, parts[0].path, parts[0].media_format, size, "sent", "absent", parts=tuple(parts))


def _as_it_is(member: Recording, stem: Path, most: int) -> MediaFile | None:
    """Copy an image that can be sent as it is.

    The service reads the format, nobody has to turn it, and it is small enough.
    """
    ending = SENT_AS_THEY_ARE.get(member.container)
    turned = member.video is not None and _is_turned(member)
    if ending is None or turned or has_alpha(_stream(member)) or member.size_bytes > most:
        return None
    target = stem.with_suffix(f".{ending}")
    shutil.copyfile(member.path, target)
    return MediaFile("image", str(target), ending, target.stat().st_size)


def _as_jpeg(member: Recording, picture: Picture, stem: Path, most: int) -> MediaFile | None:
    target = stem.with_suffix(".jpg")
    for quality in (encoding.BEST_JPEG, encoding.GOOD_JPEG, encoding.WORST_JPEG):
        # ffmpeg turns the picture by itself, as the frame's matrix says.
        source = ffmpeg.input(file_url(member.path), f=member.container, protocol_whitelist="file").video
        for name, options in TURNS[int(_stream(member).get(_WRITTEN, 1))]:
            source = source.filter(name, **options)
        scaled = source.filter("scale", w=picture.width, h=picture.height, flags="bicubic+accurate_rnd+bitexact")
        if has_alpha(_stream(member)):
            scaled = on_white(scaled, picture.width, picture.height)
        command = ffmpeg.output(scaled, file_url(target), format="mjpeg", frames=1, **encoding.frame_options(quality))
        run(command, TIME_LIMIT_S, f"shrinking {member.name}")
        size = target.stat().st_size
        if size <= most:
            return MediaFile("image", str(target), "jpg", size)
    target.unlink()
    return None


def _is_turned(member: Recording) -> bool:
    """Return whether an image is stored otherwise than it is to be seen."""
    return '"Display Matrix"' in member.probe_json or _WRITTEN in _stream(member)


def _stream(member: Recording) -> Mapping[str, Any]:
    found = json.loads(member.probe_json).get("streams", ())
    return next((stream for stream in found if stream.get("codec_type") == "video"), {})

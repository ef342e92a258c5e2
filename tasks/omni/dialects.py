"""Write media in the server's dialect: the one file where servers differ.

Which ways a server has is data (`DialectSpec`, in config/providers.toml); the code here says what the ways mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from config.types import DialectSpec
from tasks.omni.encoded import Encoded
from tasks.omni.parts import File, Frames, Image, Link, MediaSource, Medium, Sampling, Sound, Video

Body = dict[str, Any]

_VIDEO_TYPES = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "flv": "video/x-flv",
    "wmv": "video/x-ms-wmv",
}
_AUDIO_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "3gp": "audio/3gpp",
    "3gpp": "audio/3gpp",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
}
_IMAGE_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "heic": "image/heic",
}


def content_parts(medium: Medium, dialect: DialectSpec) -> list[Body]:
    """Write one medium as the parts of a message's content.

    Files stand in it as `Encoded`, to be read when it is sent. A list of frames is one part, or as many images where
    the dialect has no part for it.

    >>> from config.catalog import load_catalog
    >>> from tasks.omni.parts import Link
    >>> dialect = load_catalog().providers["dashscope"].dialect
    >>> content_parts(Image(Link("https://a.example/a.png"), Sampling()), dialect)
    [{'type': 'image_url', 'image_url': {'url': 'https://a.example/a.png'}}]
    """
    match medium:
        case Video(source, sampling):
            url = _uri(source, "video", _VIDEO_TYPES)
            inside = _inner_fields(sampling) if dialect.sampling == "inside" else {}
            return [{"type": "video_url", "video_url": {"url": url, **inside}, **_sibling_fields(sampling, dialect)}]
        case Frames(pictures, sampling) if "video" in dialect.parts:
            frames = [_uri(picture, "image", _IMAGE_TYPES) for picture in pictures]
            return [{"type": "video", "video": frames, **_sibling_fields(sampling, dialect)}]
        case Frames(pictures, sampling):
            return [part for picture in pictures for part in content_parts(Image(picture, sampling), dialect)]
        case Image(source, sampling):
            url = _uri(source, "image", _IMAGE_TYPES)
            still = Sampling(max_pixels=sampling.max_pixels, min_pixels=sampling.min_pixels)
            return [{"type": "image_url", "image_url": {"url": url}, **_sibling_fields(still, dialect)}]
        case Sound(source):
            return [_sound(source, dialect)]


def request_fields(media: Iterable[Medium], dialect: DialectSpec) -> Body:
    """Return what a dialect wants at the top level of the request.

    Where they differ, the closest look holds for all: files are no larger than they are meant to be seen.

    >>> from config.catalog import load_catalog
    >>> from tasks.omni.parts import Link
    >>> shown = Video(Link("https://a.example/a.mp4"), Sampling(fps=2.0))
    >>> request_fields([shown], load_catalog().providers["vllm"].dialect)
    {'mm_processor_kwargs': {'fps': 2.0}, 'media_io_kwargs': {'video': {'fps': 2.0, 'num_frames': -1}}}
    """
    if dialect.sampling != "top_level":
        return {}
    samplings = [(medium, medium.sampling) for medium in media if not isinstance(medium, Sound)]
    rates = [sampling.fps for medium, sampling in samplings if isinstance(medium, Video) and sampling.fps is not None]
    pixels = [sampling.max_pixels for _, sampling in samplings if sampling.max_pixels is not None]
    looking: Body = {**({"fps": max(rates)} if rates else {}), **({"max_pixels": max(pixels)} if pixels else {})}
    reading: Body = {"video": {"fps": max(rates), "num_frames": -1}} if rates else {}
    return {
        **({"mm_processor_kwargs": looking} if looking else {}),
        **({"media_io_kwargs": reading} if reading else {}),
    }


def _sibling_fields(sampling: Sampling, dialect: DialectSpec) -> Body:
    """Return `fps` and pixels as siblings of the media's key.

    Inside the media's key the service ignores them.
    """
    if dialect.sampling != "beside":
        return {}
    return _given(
        fps=sampling.fps,
        min_pixels=sampling.min_pixels,
        max_pixels=sampling.max_pixels,
        total_pixels=sampling.total_pixels,
    )


def _inner_fields(sampling: Sampling) -> Body:
    return _given(fps=sampling.fps, max_frames=sampling.frames)


def _given(**fields: float | None) -> Body:
    return {name: value for name, value in fields.items() if value is not None}


def _sound(source: MediaSource, dialect: DialectSpec) -> Body:
    if isinstance(source, Link):
        if dialect.audio_link == "audio_url":
            return {"type": "audio_url", "audio_url": {"url": source.url}}
        return {"type": "input_audio", "input_audio": {"data": source.url}}  # `format` may be absent for an address
    data = Encoded(source.path) if dialect.audio_data == "base64" else _uri(source, "audio", _AUDIO_TYPES)
    return {"type": "input_audio", "input_audio": {"data": data, "format": source.media_format}}


def _uri(source: MediaSource, kind: str, types: dict[str, str]) -> str | Encoded:
    """Write a data URI that names its type.

    The documentation's samples leave it out (`data:;base64,…`), which by RFC 2397 means plain text; the service is
    seen to take the named type, and other servers go by it.
    """
    match source:
        case Link(url):
            return url
        case File(path, media_format):
            named = types.get(media_format.lower(), f"{kind}/{media_format.lower()}")
            return Encoded(path, f"data:{named};base64,")

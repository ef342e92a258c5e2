"""Hold the media of a message: videos, lists of frames, images and sounds.

Each is a file of this machine or an address. How a server wants it written is its dialect's business
(tasks/omni/dialects.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tasks.records import Clip, Kind, MediaFile, Picture

# The service samples a clip at `fps`; 2 is its default, the only rate with a documented frame formula, and keeps every
# frame of a clip that holds 2 a second or fewer. Sending a clip's own lower rate would only add rounding.
SAMPLING_FPS = 2


@dataclass(frozen=True, slots=True)
class File:
    """A file of this machine is sent in base64."""

    path: str
    media_format: str  # "mp4", "wav", "mp3", "jpg" ...


@dataclass(frozen=True, slots=True)
class Link:
    """A link is fetched by the server: `https://…`, or `oss://…` of an upload."""

    url: str

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme.lower()


MediaSource = File | Link


@dataclass(frozen=True, slots=True)
class Sampling:
    """A sampling says how closely pictures are looked at.

    None leaves it to the server. Pixels are width x height.
    """

    fps: float | None = None  # frames looked at per second; of a list of frames, how many of them make a second
    max_pixels: int | None = None  # of a frame
    min_pixels: int | None = None
    total_pixels: int | None = None  # of all frames together
    frames: int | None = None  # how many there are to look at, where that is known


@dataclass(frozen=True, slots=True)
class Video:
    source: MediaSource
    sampling: Sampling = Sampling()
    sound: bool = False  # whether it has a soundtrack that should be heard


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames are pictures in order, to be seen as one video.

    They have no sound; a Sound may follow them in the message.
    """

    pictures: tuple[MediaSource, ...]
    sampling: Sampling = Sampling()


@dataclass(frozen=True, slots=True)
class Image:
    source: MediaSource
    sampling: Sampling = Sampling()


@dataclass(frozen=True, slots=True)
class Sound:
    source: MediaSource


Medium = Video | Frames | Image | Sound


def modality(medium: Medium) -> Kind:
    """Return what a medium counts as. A list of frames is a video.

    >>> modality(Frames((File("1.jpg", "jpg"), File("2.jpg", "jpg"))))
    'video'
    """
    match medium:
        case Video() | Frames():
            return "video"
        case Image():
            return "image"
        case Sound():
            return "audio"


def sources(medium: Medium) -> tuple[MediaSource, ...]:
    """Return the files and addresses of a medium.

    >>> sources(Sound(File("a.wav", "wav")))
    (File(path='a.wav', media_format='wav'),)
    """
    return medium.pictures if isinstance(medium, Frames) else (medium.source,)


def of_clip(clip: Clip, soundtrack: File | None = None) -> tuple[Medium, ...]:
    """Turn a clip into media: without a picture it goes as a sound.

    `soundtrack` is the clip's sound as a file of its own, for servers that don't hear a video's.
    """
    if soundtrack is None and clip.soundtrack is not None:
        soundtrack = File(clip.soundtrack.path, clip.soundtrack.media_format)
    sounds = () if soundtrack is None else (Sound(soundtrack),)
    picture = clip.segment.picture
    if picture is not None and _is_frame_list(clip, picture):
        # How many of them make a second: here the clip's own rate, as there is nothing left to sample.
        listed = Sampling(fps=picture.fps, max_pixels=picture.max_pixels, frames=len(clip.parts))
        return (Frames(tuple(_source(part) for part in clip.parts), listed), *sounds)
    heard = clip.audio_sent == "sent" and soundtrack is None
    if clip.parts:
        return (*(_member(part, picture, heard) for part in clip.parts), *sounds)
    whole = MediaFile("audio" if picture is None else "video", clip.path, clip.media_format, clip.size_bytes)
    return (_member(whole, picture, clip.audio_sent == "sent"), *sounds)


def _is_frame_list(clip: Clip, picture: Picture) -> bool:
    """Return whether a clip's pictures follow each other in time, at a rate."""
    linked = clip.transport == "url" and picture.fps > 0 and all(part.kind == "image" for part in clip.parts)
    return clip.transport == "frames" or linked


def _member(file: MediaFile, picture: Picture | None, heard: bool) -> Medium:
    source = _source(file)
    if file.kind == "audio" or picture is None:
        return Sound(source)
    pixels = file.max_pixels or picture.max_pixels
    if file.kind == "image":
        return Image(source, Sampling(max_pixels=pixels))
    frames = picture.frames if file.max_pixels is None else None  # one of several has frames of its own
    return Video(source, Sampling(fps=max(SAMPLING_FPS, picture.fps), max_pixels=pixels, frames=frames), sound=heard)


def _source(file: MediaFile) -> MediaSource:
    return Link(file.path) if "://" in file.path else File(file.path, file.media_format)


def with_sources(medium: Medium, change: Callable[[MediaSource], MediaSource]) -> Medium:
    """Change each file and address of a medium.

    >>> with_sources(Sound(File("a.wav", "wav")), lambda source: Link("oss://a.wav"))
    Sound(source=Link(url='oss://a.wav'))
    """
    if isinstance(medium, Frames):
        return replace(medium, pictures=tuple(change(source) for source in medium.pictures))
    return replace(medium, source=change(medium.source))

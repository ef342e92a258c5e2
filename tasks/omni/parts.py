"""What a message is about: videos, lists of frames, images and sounds, each a file of this machine or an address.

They say what is meant; how a server wants it written is its dialect's business (tasks/omni/dialects.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tasks.records import Clip, Kind

# The service samples a clip at `fps`; 2 is its default, the only rate with a documented frame formula, and keeps every
# frame of a clip that holds 2 a second or fewer. Sending a clip's own lower rate would only add rounding.
SAMPLING_FPS = 2


@dataclass(frozen=True, slots=True)
class File:
    """A file of this machine, sent in base64."""

    path: str
    media_format: str  # "mp4", "wav", "mp3", "jpg" ...


@dataclass(frozen=True, slots=True)
class Link:
    """An address that the server fetches by itself: `https://…`, or `oss://…` of a temporary upload."""

    url: str

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme.lower()


Source = File | Link


@dataclass(frozen=True, slots=True)
class View:
    """How closely pictures are looked at; what is None is left to the server. Pixels are width x height."""

    fps: float | None = None  # frames looked at per second; of a list of frames, how many of them make a second
    max_pixels: int | None = None  # of a frame
    min_pixels: int | None = None
    total_pixels: int | None = None  # of all frames together
    frames: int | None = None  # how many there are to look at, where that is known


@dataclass(frozen=True, slots=True)
class Video:
    source: Source
    view: View = View()
    sound: bool = False  # whether it has a soundtrack that should be heard


@dataclass(frozen=True, slots=True)
class Frames:
    """Pictures in order, to be seen as one video. They have no sound; a Sound may stand beside them."""

    pictures: tuple[Source, ...]
    view: View = View()


@dataclass(frozen=True, slots=True)
class Image:
    source: Source
    view: View = View()


@dataclass(frozen=True, slots=True)
class Sound:
    source: Source


Medium = Video | Frames | Image | Sound


def modality(medium: Medium) -> Kind:
    """What a medium counts as. A list of frames is a video."""
    match medium:
        case Video() | Frames():
            return "video"
        case Image():
            return "image"
        case Sound():
            return "audio"


def sources(medium: Medium) -> tuple[Source, ...]:
    """The files and addresses of a medium."""
    return medium.pictures if isinstance(medium, Frames) else (medium.source,)


def of_clip(clip: Clip, soundtrack: File | None = None) -> tuple[Medium, ...]:
    """A clip's file as media: without picture it goes as a sound, whatever its container.

    `soundtrack` is the clip's sound as a file of its own, for servers that don't hear a video's.
    """
    picture, file = clip.segment.picture, File(clip.path, clip.media_format)
    if picture is None:
        return (Sound(file),)
    view = View(fps=max(SAMPLING_FPS, picture.fps), max_pixels=picture.max_pixels, frames=picture.frames)
    video = Video(file, view, sound=clip.audio_sent == "sent")
    return (video,) if soundtrack is None else (video, Sound(soundtrack))

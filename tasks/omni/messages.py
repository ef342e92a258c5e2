"""What is sent: a clip and an instruction become one request.

One user message holds one modality and the text (a video carries its own sound). The media goes as a base64 data URI
that names its type, `data:video/mp4;base64,…`. The documentation's samples leave the type out (`data:;base64,…`), which
by RFC 2397 means plain text; the service is seen to take the named type, and other servers go by it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.types import ProviderSpec
from tasks.errors import NotFound, NotReadable, TooLarge
from tasks.records import Clip

VIDEO_TYPES = {"mp4": "video/mp4"}
AUDIO_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg", "mp4": "audio/mp4"}

# The service samples a clip at `fps`; 2 is its default, the only rate with a documented frame formula, and keeps every
# frame of a clip that holds 2 a second or fewer. Sending a clip's own lower rate would only add rounding.
SAMPLING_FPS = 2
HIGHEST_FPS = 10

PIECE_BYTES = 48 * 1024  # read and encoded at a time; a multiple of 3, so that the encoded pieces join
_MEDIA = "<media>"  # stands for the encoded clip until it is sent

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A request whose media is read and encoded while it is sent: neither the clip nor its base64 is held in memory."""

    head: bytes
    path: str
    size_bytes: int  # of the clip's file
    tail: bytes

    @property
    def length(self) -> int:
        """The bytes of the whole request."""
        return len(self.head) + encoded_bytes(self.size_bytes) + len(self.tail)

    def pieces(self) -> Iterator[bytes]:
        """The request's bytes, in order. Raises NotFound or NotReadable where the clip is gone or has changed."""
        yield self.head
        left = self.size_bytes
        try:
            with Path(self.path).open("rb") as file:
                while raw := file.read(min(PIECE_BYTES, left)):
                    left -= len(raw)
                    yield b64encode(raw)
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if left:
            raise NotReadable(f"The clip {self.path} became shorter while it was sent. Leave the work folder alone.")
        yield self.tail


def upload(provider: ProviderSpec, model: str, clip: Clip, instruction: str, max_tokens: int | None = None) -> Upload:
    """The request about `clip`. Raises TooLarge where it passes the provider's limit, NotFound, NotReadable."""
    body = request_body(model, user_message(clip, instruction, _MEDIA), max_tokens)
    head, _, tail = json.dumps(body, ensure_ascii=False).partition(_MEDIA)  # the media stands before the instruction
    made = Upload(head.encode(), clip.path, _size_of(clip.path), tail.encode())
    limit = provider.max_data_uri_bytes
    if made.length > limit:
        raise TooLarge(
            f"A request to {provider.title} may be at most {limit:,} bytes, but this segment makes {made.length:,} "
            f"(a clip of {made.size_bytes:,} bytes, a third more when encoded). Cut it shorter or smaller.",
            needed_bytes=made.length,
            limit_bytes=limit,
        )
    return made


def request_body(model: str, message: Body, max_tokens: int | None = None) -> Body:
    """The whole request, always streamed (documented: anything else is refused), with usage at its end."""
    body = {
        "model": model,
        "messages": [message],
        "stream": True,
        "stream_options": {"include_usage": True},
        "modalities": ["text"],
    }
    return body if max_tokens is None else {**body, "max_tokens": max_tokens}


def user_message(clip: Clip, instruction: str, encoded: str) -> Body:
    """The user message about `clip`, whose file is `encoded` in base64: the media part, then the text part.

    `fps` and `max_pixels` stand beside the media key; inside it the service ignores them. Without picture, a clip goes
    as sound, whatever its container.
    """
    return {"role": "user", "content": [_media_part(clip, encoded), {"type": "text", "text": instruction}]}


def encoded_bytes(size_bytes: int) -> int:
    """How long a file of `size_bytes` is as base64."""
    return 4 * ((size_bytes + 2) // 3)


def largest_file_bytes(provider: ProviderSpec, instruction: str) -> int:
    """The largest clip, in bytes on the disk, that surely fits into one request with this instruction."""
    envelope = 1024  # everything but media and instruction, generously; it is about 300 bytes
    text = len(json.dumps(instruction, ensure_ascii=False).encode())
    return max(0, (provider.max_data_uri_bytes - envelope - text) // 4 * 3)


def _media_part(clip: Clip, encoded: str) -> Body:
    picture = clip.segment.picture
    if picture is None:
        uri = f"data:{AUDIO_TYPES[clip.media_format]};base64,{encoded}"
        return {"type": "input_audio", "input_audio": {"data": uri, "format": clip.media_format}}
    uri = f"data:{VIDEO_TYPES[clip.media_format]};base64,{encoded}"
    fps = min(max(SAMPLING_FPS, picture.fps), HIGHEST_FPS)
    return {"type": "video_url", "video_url": {"url": uri}, "fps": fps, "max_pixels": picture.max_pixels}


def _size_of(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError) -> NotFound | NotReadable:
    kind = NotFound if isinstance(error, FileNotFoundError) else NotReadable
    return kind(f"The clip {path} cannot be read ({error.strerror}). It should lie in the work folder; run again.")

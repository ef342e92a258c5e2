"""What is sent: a clip and an instruction become one request body.

One user message holds one modality and the text (a video carries its own sound). The media goes as a base64 data URI
that names its type, `data:video/mp4;base64,…`. The documentation's samples leave the type out (`data:;base64,…`), which
by RFC 2397 means plain text; the service is seen to take the named type, and other servers go by it.
"""

from __future__ import annotations

import json
from base64 import b64encode
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

Body = dict[str, Any]


def user_message(clip: Clip, instruction: str) -> Body:
    """The user message about `clip`: the media part, then the text part. Reads the clip's file.

    `fps` and `max_pixels` stand beside the media key; inside it the service ignores them.
    Raises NotFound or NotReadable where the clip's file cannot be read.
    """
    uri = _data_uri_head(clip) + b64encode(_read(clip.path)).decode("ascii")
    return {"role": "user", "content": [_media_part(clip, uri), {"type": "text", "text": instruction}]}


def request_body(
    provider: ProviderSpec, model: str, clip: Clip, instruction: str, max_tokens: int | None = None
) -> Body:
    """The whole request, always streamed (documented: anything else is refused), with usage at its end.

    Raises TooLarge, before the file is read, where the encoded clip or the whole request passes the provider's limit.
    """
    check_size(provider, model, clip, instruction)
    body = _envelope(model, user_message(clip, instruction))
    return body if max_tokens is None else {**body, "max_tokens": max_tokens}


def check_size(provider: ProviderSpec, model: str, clip: Clip, instruction: str) -> None:
    """Raise TooLarge unless the clip, encoded, and the request around it stay under the provider's limit."""
    size = _size_of(clip.path)
    message = {"role": "user", "content": [_media_part(clip, ""), {"type": "text", "text": instruction}]}
    around = len(json.dumps(_envelope(model, message), ensure_ascii=False).encode()) + len(_data_uri_head(clip))
    limit = provider.max_data_uri_bytes
    needed = around + encoded_bytes(size)
    if needed > limit:
        raise TooLarge(
            f"A request to {provider.title} may be at most {limit:,} bytes, but this segment makes {needed:,} "
            f"(a clip of {size:,} bytes, a third more when encoded). Cut it shorter or smaller.",
            needed_bytes=needed,
            limit_bytes=limit,
        )


def encoded_bytes(size_bytes: int) -> int:
    """How long a file of `size_bytes` is as base64."""
    return 4 * ((size_bytes + 2) // 3)


def largest_file_bytes(provider: ProviderSpec, instruction: str) -> int:
    """The largest clip, in bytes on the disk, that surely fits into one request with this instruction."""
    envelope = 1024  # everything but media and instruction, generously; it is about 300 bytes
    text = len(json.dumps(instruction, ensure_ascii=False).encode())
    return max(0, (provider.max_data_uri_bytes - envelope - text) // 4 * 3)


def _envelope(model: str, message: Body) -> Body:
    return {
        "model": model,
        "messages": [message],
        "stream": True,
        "stream_options": {"include_usage": True},
        "modalities": ["text"],
    }


def _media_part(clip: Clip, uri: str) -> Body:
    picture = clip.segment.picture
    if picture is None:
        return {"type": "input_audio", "input_audio": {"data": uri, "format": clip.media_format}}
    fps = min(max(SAMPLING_FPS, picture.fps), HIGHEST_FPS)
    return {"type": "video_url", "video_url": {"url": uri}, "fps": fps, "max_pixels": picture.max_pixels}


def _data_uri_head(clip: Clip) -> str:
    types = AUDIO_TYPES if clip.segment.picture is None else VIDEO_TYPES
    return f"data:{types[clip.media_format]};base64,"


def _size_of(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: OSError) -> NotFound | NotReadable:
    kind = NotFound if isinstance(error, FileNotFoundError) else NotReadable
    return kind(f"The clip {path} cannot be read ({error.strerror}). It should lie in the work folder; run again.")

"""Bound clips on each way that they travel, and estimate their size.

The estimate uses floors that a clip's quality never falls below, and typical content: a clip that turns out larger is
halved while cutting.
"""

from __future__ import annotations

from typing import Literal

from config.types import MediaLimits, ProviderSpec
from tasks.records import Picture

TransportChoice = Literal["auto", "base64", "upload", "frames"]

SOUND_FLOOR_BPS = 24_000  # bits per second of the soundtrack, AAC or MP3, mono 16 kHz

_RESERVE_BYTES = 65_536  # encoded: the data URI's prefix, the prompt and the JSON around them
_MARGIN = 16  # a sixteenth is left free, for the container and an encoder that misses its rate; about 7 MB remain

# Bytes of a frame at two frames per second, x264 CRF 38, presets veryfast and medium: COEFFICIENT x pixels ^ EXPONENT.
# Measured with ffmpeg 5.1 on Big Buck Bunny (720p, cartoon) and on six street shots (640x272), which it meets within
# 10 % from 157,000 to 1,327,000 pixels: 2.4, 3.0, 7.2 and 11 kB. Test cards took 0.6 to 0.8 of it, an ever zooming
# fractal up to 2.3 times as much. See docs/models.md.
_FRAME_COEFFICIENT = 0.56
_FRAME_EXPONENT = 0.7

# Bytes of a frame as JPEG at ffmpeg's quality 16, by its pixels. The drawn samples take 0.022 at 1152x640 and 0.03 at
# 640x352; camera pictures about twice as much.
_JPEG_BYTES_PER_PIXEL = 0.05

# An uploaded clip is not squeezed: an hour at the models' sizes takes 20 to 60 MB at good quality. More than this would
# only take longer on its way, and room in the work folder.
_LARGEST_UPLOAD_BYTES = 100_000_000

_HEAD_BYTES = 2_048  # what a file has beside its frames and samples
_SOUND_INDEX_BYTES_PER_SECOND = 130  # the MP4 index of AAC frames, 16 a second


def clip_budget(provider: ProviderSpec) -> int:
    """Return the most raw bytes of one clip in base64.

    So the request stays below the provider's limit once the clip is encoded.

    >>> from config.catalog import load_catalog
    >>> clip_budget(load_catalog().providers["dashscope"])
    7326720
    """
    raw = (provider.max_data_uri_bytes - _RESERVE_BYTES) * 3 // 4
    return max(0, raw - raw // _MARGIN)


def upload_budget(limits: MediaLimits) -> int:
    """Return the most bytes of one clip that is uploaded.

    That is below the model's largest file of that modality.

    >>> from config.catalog import load_catalog
    >>> upload_budget(load_catalog().models["qwen3.5-omni-flash"].video)
    100000000
    """
    return min(_LARGEST_UPLOAD_BYTES, limits.max_bytes - limits.max_bytes // _MARGIN)


def frames_bytes(duration_ms: int, picture: Picture, sound: bool) -> int:
    """Estimate the smallest acceptable list of frames of this length, with its sound.

    >>> frames_bytes(8_000, Picture(640, 352, 2.0, 16, 230_400), sound=True)
    206272
    """
    heard = SOUND_FLOOR_BPS / 8 * duration_ms / 1000 if sound else 0.0
    return int(_HEAD_BYTES + picture.frames * _JPEG_BYTES_PER_PIXEL * picture.width * picture.height + heard)


def image_bytes(picture: Picture) -> int:
    """Return the most bytes of an image, as a JPEG of the size that is seen.

    >>> image_bytes(Picture(width=640, height=352, fps=0.0, frames=1, max_pixels=230_400))
    35840
    """
    return int(_HEAD_BYTES + 3 * _JPEG_BYTES_PER_PIXEL * picture.width * picture.height)


def clip_bytes(duration_ms: int, picture: Picture | None, sound: bool) -> int:
    """Estimate the smallest acceptable clip of this length, for typical content.

    >>> clip_bytes(60_000, None, sound=True)
    182048
    """
    bytes_per_second = SOUND_FLOOR_BPS / 8 if sound else 0.0
    frames = 0.0
    if picture is not None:
        frames = picture.frames * _FRAME_COEFFICIENT * (picture.width * picture.height) ** _FRAME_EXPONENT
        bytes_per_second += _SOUND_INDEX_BYTES_PER_SECOND if sound else 0
    return int(_HEAD_BYTES + frames + bytes_per_second * duration_ms / 1000)

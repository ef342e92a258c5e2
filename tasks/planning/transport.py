"""How much fits into one request sent as base64, and how large a clip will be.

The estimate stands on floors that a clip's quality never falls below, and on typical content: a clip that turns out
larger is halved while cutting.
"""

from __future__ import annotations

from config.types import ProviderSpec
from tasks.records import Picture

SOUND_FLOOR_BPS = 24_000  # bits per second of the soundtrack, AAC or MP3, mono 16 kHz

_RESERVE_BYTES = 65_536  # encoded: the data URI's prefix, the prompt and the JSON around them
_MARGIN = 16  # a sixteenth is left free, for the container and an encoder that misses its rate; about 7 MB remain

# Bytes of a frame at two frames per second, x264 CRF 38, presets veryfast and medium: COEFFICIENT x pixels ^ EXPONENT.
# Measured with ffmpeg 5.1 on Big Buck Bunny (720p, cartoon) and on six street shots (640x272), which it meets within
# 10 % from 157,000 to 1,327,000 pixels: 2.4, 3.0, 7.2 and 11 kB. Test cards took 0.6 to 0.8 of it, an ever zooming
# fractal up to 2.3 times as much. See docs/models.md.
_FRAME_COEFFICIENT = 0.56
_FRAME_EXPONENT = 0.7

_HEAD_BYTES = 2_048  # what a file has beside its frames and samples
_SOUND_INDEX_BYTES_PER_SECOND = 130  # the MP4 index of AAC frames, 16 a second


def clip_budget(provider: ProviderSpec) -> int:
    """The most raw bytes of one clip, so that it stays below the provider's limit once encoded, request and all."""
    raw = (provider.max_data_uri_bytes - _RESERVE_BYTES) * 3 // 4
    return max(0, raw - raw // _MARGIN)


def clip_bytes(duration_ms: int, picture: Picture | None, sound: bool) -> int:
    """How large the smallest acceptable clip of this length will be, for typical content."""
    bytes_per_second = SOUND_FLOOR_BPS / 8 if sound else 0.0
    frames = 0.0
    if picture is not None:
        frames = picture.frames * _FRAME_COEFFICIENT * (picture.width * picture.height) ** _FRAME_EXPONENT
        bytes_per_second += _SOUND_INDEX_BYTES_PER_SECOND if sound else 0
    return int(_HEAD_BYTES + frames + bytes_per_second * duration_ms / 1000)

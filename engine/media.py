"""Put the media of a request on the disk.

Base64 is decoded into a temporary folder, files on this machine are taken as they are.
"""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.failures import Refusal
from engine.request import Medium

LARGEST_DATA_URI = 10_485_760  # bytes of one encoded item; documented
PROBE_SECONDS = 60
# Only formats that hold media themselves: a playlist could make ffmpeg read other files of this machine.
FORMATS = (
    "mov,matroska,webm,avi,flv,asf,mpeg,mpegts,mpegvideo,h264,hevc,ogg,wav,w64,aiff,au,caf,mp3,aac,flac,amr,ac3,eac3,"
    "image2,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,gif,gif_pipe,tiff_pipe,apng"
)
OPEN_SAFELY = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS)


@dataclass(frozen=True, slots=True)
class Media:
    """A medium of the request is one readable file.

    Width and height are in pixels as displayed, 0 without picture; frame rate 0 if unknown.
    """

    path: Path
    duration_ms: int
    width: int
    height: int
    frame_rate: float
    has_sound: bool


def stored(medium: Medium, folder: Path, name: str) -> Path:
    """Return the medium as a file.

    Raises Refusal for anything but base64 and files on this machine.
    """
    scheme = medium.source[:16].lower()
    if scheme.startswith(("http:", "https:", "oss:", "ftp:")):
        raise Refusal(
            "The embedded engine does not download media; send it as a base64 data URI or as a file:// path "
            "on this machine."
        )
    if scheme.startswith("file:"):
        path = Path(unquote(urlsplit(medium.source).path))
        if not path.is_file():
            raise Refusal(f"No readable file at {path}.")
        return path
    path = folder / name
    path.write_bytes(_decoded(medium.source))
    return path


def _decoded(source: str) -> bytes:
    if len(source) > LARGEST_DATA_URI:
        raise Refusal(f"Exceeded limit on max bytes per data-uri item : {LARGEST_DATA_URI}")
    encoded = source
    if source.startswith("data:"):
        head, separator, encoded = source.partition(",")
        if not separator or not head.endswith(";base64"):
            raise Refusal("A data URI must have the form data:<type>;base64,<data>.")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("The media data is not valid base64.") from error
    if not data:
        raise Refusal("The media data is empty.")
    return data


def probed(path: Path) -> Media:
    """Raise Refusal where ffprobe finds neither picture nor sound."""
    argv = ["ffprobe", "-v", "error", *OPEN_SAFELY, "-of", "json", "-show_format", "-show_streams", f"file:{path}"]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Refusal(f"The media could not be read within {PROBE_SECONDS} s.") from error
    except FileNotFoundError as error:
        raise Refusal(
            "ffmpeg and ffprobe must be on the PATH of the engine.", status=500, code="internal_error"
        ) from error
    answer = json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else {}
    streams = answer.get("streams", [])
    picture = next((each for each in streams if _is_picture(each)), None)
    has_sound = any(each.get("codec_type") == "audio" for each in streams)
    if picture is None and not has_sound:
        raise Refusal("The media format is not supported or the file is damaged: neither picture nor sound was found.")
    durations = [answer.get("format", {}).get("duration"), *(each.get("duration") for each in streams)]
    seconds = next((value for value in map(_number, durations) if value > 0), 0.0)
    width, height = _displayed_size(picture) if picture else (0, 0)
    rate = _fraction(picture.get("avg_frame_rate", "")) if picture else 0.0
    return Media(path, round(seconds * 1000), width, height, rate, has_sound)


def _is_picture(stream: dict[str, Any]) -> bool:
    cover = stream.get("disposition", {}).get("attached_pic", 0)
    return stream.get("codec_type") == "video" and not cover and bool(stream.get("width"))


def _displayed_size(stream: dict[str, Any]) -> tuple[int, int]:
    turns = [_number(side.get("rotation")) for side in stream.get("side_data_list", []) if "rotation" in side]
    width, height = int(stream["width"]), int(stream["height"])
    return (height, width) if turns and round(turns[0]) % 180 else (width, height)


def _fraction(text: str) -> float:
    upper, _, lower = text.partition("/")
    return _number(upper) / _number(lower) if _number(lower) else 0.0


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0

"""Lay what is transparent on white, as most players and pages do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ffmpeg

# Pixel formats of ffmpeg's that have transparency, by how their names begin; a palette may have it.
_WITH_ALPHA = ("rgba", "bgra", "argb", "abgr", "ya8", "ya16", "yuva", "gbrap", "pal8", "ayuv")
_BESIDE = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # decoders that read the transparency that lies next to the picture


def has_alpha(stream: Mapping[str, Any]) -> bool:
    """Return whether a picture may be transparent somewhere; bare samples only seem to be.

    >>> has_alpha({"pix_fmt": "yuva444p12le"}), has_alpha({"pix_fmt": "bgra", "codec_name": "rawvideo"})
    (True, False)
    """
    form = str(stream.get("pix_fmt", ""))
    return bool(decoder_of(stream)) or (form.startswith(_WITH_ALPHA) and stream.get("codec_name") != "rawvideo")


def decoder_of(stream: Mapping[str, Any]) -> dict[str, str]:
    """Return ffmpeg's options for a picture whose transparency its usual decoder leaves out.

    >>> decoder_of({"codec_name": "vp9", "tags": {"alpha_mode": "1"}})
    {'c:v': 'libvpx-vp9'}
    """
    tags = {str(name).lower(): value for name, value in stream.get("tags", {}).items()}
    decoder = _BESIDE.get(str(stream.get("codec_name")))
    return {"c:v": decoder} if decoder and str(tags.get("alpha_mode")) == "1" else {}


def on_white(image: Any, width: int, height: int, rate: str = "1") -> Any:
    """Lay an ffmpeg stream of that size, with so many frames a second, on white."""
    white = ffmpeg.input(f"color=white:s={width}x{height}:r={rate}", f="lavfi")
    laid = ffmpeg.filter([white, image.filter("format", pix_fmts="rgba")], "overlay", format="rgb", shortest=1)
    return laid.filter("format", pix_fmts="rgb24")

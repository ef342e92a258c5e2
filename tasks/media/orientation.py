"""Read how an image is to be turned, where ffmpeg does not: PNG, WebP and TIFF.

The value is EXIF's, 1 to 8, in an IFD as TIFF defines it; PNG and WebP carry one in a chunk.
"""

from __future__ import annotations

from pathlib import Path

from tasks.media.streams import Filter

_MOST_BYTES = 64 << 20
_TAG = 274

TURNS: dict[int, tuple[Filter, ...]] = {
    1: (),
    2: (("hflip", {}),),
    3: (("hflip", {}), ("vflip", {})),
    4: (("vflip", {}),),
    5: (("transpose", {"dir": "cclock_flip"}),),
    6: (("transpose", {"dir": "clock"}),),
    7: (("transpose", {"dir": "clock_flip"}),),
    8: (("transpose", {"dir": "cclock"}),),
}
"""The filters that make an image upright, by its orientation."""
DEGREES = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
"""How far that turns it clockwise, mirrored or not."""


def orientation_of(path: Path, reader: str) -> int:
    """Return the orientation that is written into an image; 1 where there is none."""
    if reader not in ("png_pipe", "webp_pipe", "tiff_pipe"):
        return 1
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    exif = data
    if reader != "tiff_pipe":
        exif = _png_exif(data) if reader == "png_pipe" else _webp_exif(data)
    found = _orientation(exif.removeprefix(b"Exif\0\0"))
    return found if found in TURNS else 1


def _png_exif(data: bytes) -> bytes:
    at = 8
    while at + 12 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name == b"eXIf":
            return data[at + 8 : at + 8 + size]
        at += 12 + size
    return b""


def _webp_exif(data: bytes) -> bytes:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"EXIF":
            return data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return b""


def _orientation(exif: bytes) -> int:
    """Return the tag's value in the first IFD; 1 where it is not there."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(exif[:4])
    if order is None:
        return 1
    little = order == "little"

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], "little" if little else "big")

    start = number(4, 4)
    for entry in range(min(number(start, 2), 1000)):
        at = start + 2 + 12 * entry
        if number(at, 2) == _TAG:
            return number(at + 8, 2)
    return 1

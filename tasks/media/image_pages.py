"""Count the pictures in an image file: APNG, animated WebP, TIFF with pages."""

from __future__ import annotations

from pathlib import Path

_MOST_BYTES = 64 << 20
_MOST_PAGES = 10_000


def pictures_in(path: Path, reader: str) -> int:
    """Return how many pictures an image file holds; 1 where that is not known."""
    if reader not in ("png_pipe", "webp_pipe", "tiff_pipe"):
        return 1
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    if reader == "png_pipe":
        at = data.find(b"acTL", 8, 4096)
        return max(1, int.from_bytes(data[at + 4 : at + 8], "big")) if at > 0 else 1
    return max(1, data.count(b"ANMF")) if reader == "webp_pipe" else _tiff_pages(data)


def _tiff_pages(data: bytes) -> int:
    order = "little" if data[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], "little" if order == "little" else "big")

    pages, at = 0, number(4, 4)
    while 0 < at < len(data) and pages < _MOST_PAGES:
        pages += 1
        at = number(at + 2 + 12 * number(at, 2), 4)
    return max(1, pages)

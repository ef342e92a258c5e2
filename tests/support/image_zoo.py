"""Make strange images, and moving pictures that are transparent."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

from tests.support.media_zoo import made, picture


def black_on_clear(path: Path) -> Path:
    """An image of a black square, on nothing: transparent, and black below."""
    image = np.zeros((96, 160, 4), np.uint8)
    image[32:64, 32:64, 3] = 255
    flat = path.with_name(f"flat-{path.name}.png")
    flat.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(flat), image)
    return made(path, "-i", f"file:{flat}", *(["-lossless", "1"] if path.suffix == ".webp" else []))


def half_clear(path: Path) -> Path:
    """A moving picture that is grey on the right, and transparent on the left over black."""
    codec = {
        "vp9.webm": ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-deadline", "realtime", "-cpu-used", "8"],
        "vp8.webm": ["-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-deadline", "realtime"],
        "prores.mov": ["-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"],
        "rle.mov": ["-c:v", "qtrle", "-pix_fmt", "argb"],
        "clear.gif": ["-vf", "split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse"],
    }[path.name]
    drawn = "nullsrc=s=96x64:r=10:d=3,format=rgba,geq=r='120*gte(X,48)':g='120*gte(X,48)':b='120*gte(X,48)'"
    return made(path, "-f", "lavfi", "-i", f"{drawn}:a='255*gte(X,48)'", *codec)


def lying_on_its_side(path: Path) -> Path:
    """A PNG, WebP or TIFF whose left half is white, to be turned by 90 degrees clockwise: then its upper half is."""
    image = np.zeros((60, 100, 3), np.uint8)
    image[:, :50] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)
    if path.suffix == ".tiff":
        return _turned_tiff(path)
    exif = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHIHH", 274, 3, 1, 6, 0) + struct.pack("<I", 0)
    data = path.read_bytes()
    if path.suffix == ".png":
        chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
        path.write_bytes(data[:33] + chunk + data[33:])
    else:
        body = data[12:] + b"EXIF" + struct.pack("<I", len(exif)) + exif
        path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body)
    return path


def several_pictures(path: Path) -> Path:
    """An image file that holds three: an APNG, an animated WebP or a TIFF with pages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".tiff":
        cv2.imwritemulti(str(path), [np.full((64, 96, 3), level, np.uint8) for level in (40, 120, 200)])
        return path
    how = ["-f", "apng"] if path.suffix == ".png" else ["-c:v", "libwebp_anim"]
    return made(path, *picture(3, fps="1"), *how)


def _turned_tiff(path: Path) -> Path:
    """Set the orientation in the first directory of a TIFF; a tag is sorted in where there is none."""
    data = bytearray(path.read_bytes())
    [start] = struct.unpack_from("<I", data, 4)
    [count] = struct.unpack_from("<H", data, start)
    entries = [bytes(data[start + 2 + 12 * number :][:12]) for number in range(count)]
    others = [entry for entry in entries if struct.unpack_from("<H", entry)[0] != 274]
    turned = struct.pack("<HHIHH", 274, 3, 1, 6, 0)
    ordered = sorted([*others, turned], key=lambda entry: struct.unpack_from("<H", entry)[0])
    data += b"\0" * (len(data) % 2)
    data[4:8] = struct.pack("<I", len(data))
    data += struct.pack("<H", len(ordered)) + b"".join(ordered) + struct.pack("<I", 0)
    path.write_bytes(data)
    return path

"""What an MP4's index says of its tracks."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tasks.media.mp4_index import Track, index_of, tracks_of


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">L4s", 8 + len(body), name) + body


def clock(name: bytes, per_second: int, length: int, *, wide: bool = False) -> bytes:
    body = struct.pack(">B19xLQ", 1, per_second, length) if wide else struct.pack(">12xLL", per_second, length)
    return box(name, body)


def edits(*entries: tuple[int, int]) -> bytes:
    body = struct.pack(">4xL", len(entries)) + b"".join(struct.pack(">LlL", *entry, 1 << 16) for entry in entries)
    return box(b"edts", box(b"elst", body))


def track(kind: bytes, samples: int, *, edited: bytes = b"", wide: bool = False) -> bytes:
    table = box(b"stbl", box(b"stsz", struct.pack(">8xL", samples)))
    handler = box(b"hdlr", struct.pack(">8x4s", kind))
    return box(
        b"trak", edited + box(b"mdia", clock(b"mdhd", 16_000, 33_024, wide=wide) + handler + box(b"minf", table))
    )


def index(*tracks: bytes, wide: bool = False) -> bytes:
    return clock(b"mvhd", 1000, 2000, wide=wide) + b"".join(tracks)


@pytest.mark.parametrize("wide", [False, True])
def test_tracks_are_counted_and_measured(wide: bool) -> None:
    found = tracks_of(index(track(b"vide", 4, wide=wide), track(b"soun", 32, wide=wide), wide=wide))
    assert found == {"vide": Track(4, 2.064), "soun": Track(32, 2.064)}


def test_an_edit_list_says_what_is_shown() -> None:
    shown = edits((500, -1), (1500, 1024), (250, 0))
    assert tracks_of(index(track(b"soun", 32, edited=shown))) == {"soun": Track(32, 1.75)}


def test_an_index_that_is_cut_off_has_no_tracks() -> None:
    whole = index(track(b"vide", 4))
    assert [tracks_of(whole[:-cut]) for cut in range(1, len(whole))] == [{}] * (len(whole) - 1)


def test_the_index_is_found_behind_boxes_of_any_size(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    large = struct.pack(">L4sQ", 1, b"mdat", 16 + 5) + b"12345"
    path.write_bytes(box(b"ftyp", b"isom") + large + box(b"moov", b"index") + b"rest")
    assert index_of(path) == b"index"


@pytest.mark.parametrize("data", [b"", b"ID3", b"\0\0\0\1mdat", box(b"ftyp", b"isom"), b"\0\0\0\0mdat-to-the-end"])
def test_a_file_without_an_index_has_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    assert index_of(path) == b""

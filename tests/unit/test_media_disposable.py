"""Which coded frames are left out of a Matroska stream, by what refers to them and what is seen."""

from __future__ import annotations

import io
from fractions import Fraction

import pytest

from tasks.media.disposable import Codec, Marks, thin_out

H264, HEVC = b"\x01\x64\x00\x1f\xff", bytes(21) + b"\x0f"  # lengths of four bytes; HEVC: one layer in time
REFERRED, DISPOSABLE = b"\x41\x9a\x24", b"\x01\x9a\x24"  # H.264 slices: nal_ref_idc 2, and 0
HEVC_REFERRED, HEVC_DISPOSABLE = b"\x02\x01\xd0", b"\x00\x01\xd0"  # TRAIL_R, TRAIL_N
TEN = Marks(0, Fraction(2), 10)
SEI = b"\x06\x05\x01"


def element(name: str, body: bytes, *, unknown: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if unknown else (len(body) | 1 << 28).to_bytes(4, "big")
    return bytes.fromhex(name) + size + body


def frame(at_ms: int, *units: bytes) -> bytes:
    packet = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
    return element("a3", b"\x81" + at_ms.to_bytes(2, "big", signed=True) + b"\x00" + packet)


def stream(*frames: bytes, private: bytes = H264, cluster_ms: int = 0) -> bytes:
    tracks = element("1654ae6b", element("ae", element("63a2", private)))
    cluster = element("1f43b675", element("e7", cluster_ms.to_bytes(4, "big")) + b"".join(frames))
    return element("1a45dfa3", b"\x42\x86\x81\x01") + element("18538067", tracks + cluster, unknown=True)


def thinned(data: bytes, codec: Codec = "h264", marks: Marks = TEN) -> bytes:
    out = io.BytesIO()

    def write(some: bytes) -> None:
        out.write(some)

    thin_out(io.BytesIO(data).read, write, codec, marks)
    assert len(out.getvalue()) == len(data)
    return out.getvalue()


def kept(data: bytes, frames: list[bytes], codec: Codec = "h264", marks: Marks = TEN) -> list[int]:
    out = thinned(data, codec, marks)
    return [number for number, one in enumerate(frames) if one in out]


def test_a_disposable_frame_stays_only_where_it_is_seen() -> None:
    frames = [frame(0, REFERRED), frame(600, REFERRED), *(frame(at, DISPOSABLE) for at in (400, 480, 520, 560))]
    assert kept(stream(*frames), frames) == [0, 1, 3]


def test_of_prores_only_the_first_and_what_is_seen_stays() -> None:
    frames = [frame(at, b"icpf") for at in range(80, 1200, 40)]
    assert kept(stream(*frames), frames, "prores") == [0, 10, 23, 27]  # seen at 500 and 1000; the last one goes on


def test_a_frame_with_one_slice_that_is_referred_to_stays() -> None:
    frames = [frame(0, REFERRED), frame(900, REFERRED), frame(600, DISPOSABLE, REFERRED), frame(700, SEI, DISPOSABLE)]
    assert kept(stream(*frames), frames) == [0, 1, 2]


def test_the_last_frame_stays_for_as_long_as_it_takes() -> None:
    frames = [frame(0, REFERRED), frame(510, DISPOSABLE)]
    assert kept(stream(*frames), frames) == [0, 1]


def test_times_count_from_the_cluster_and_the_first_mark() -> None:
    frames = [frame(-40, DISPOSABLE), frame(0, DISPOSABLE), frame(40, REFERRED)]
    assert kept(stream(*frames, cluster_ms=8000), frames, marks=Marks(8000, Fraction(2), 2)) == [1, 2]


def test_after_the_last_mark_nothing_disposable_is_kept() -> None:
    frames = [frame(0, REFERRED), frame(500, DISPOSABLE), frame(540, REFERRED)]
    assert kept(stream(*frames), frames, marks=Marks(0, Fraction(2), 1)) == [0, 2]


def test_of_one_layer_in_time_hevc_tells_what_is_disposable() -> None:
    frames = [frame(0, HEVC_REFERRED), frame(200, HEVC_DISPOSABLE), frame(300, HEVC_REFERRED)]
    assert kept(stream(*frames, private=HEVC), frames, "hevc") == [0, 2]


def test_of_layers_that_may_refer_to_it_hevc_keeps_all() -> None:
    frames = [frame(0, HEVC_REFERRED), frame(200, HEVC_DISPOSABLE), frame(300, HEVC_REFERRED)]
    two_layers = bytes(21) + b"\x17"
    assert kept(stream(*frames, private=two_layers), frames, "hevc") == [0, 1, 2]


def test_a_frame_that_is_not_understood_stays() -> None:
    cut_short = frame(200, DISPOSABLE)[:-1] + b""
    odd = element("a3", b"\x81\x00\xc8\x00" + (99).to_bytes(4, "big") + DISPOSABLE)
    frames = [frame(0, REFERRED), odd, frame(300, REFERRED)]
    assert kept(stream(*frames), frames) == [0, 1, 2]
    assert thinned(cut_short) == cut_short


@pytest.mark.parametrize("data", [b"\x00", b"\x1a\x45\xdf\xa3", b"\xa3\x00" + bytes(7), b"\xec\x08\xff\xff\xff\xff"])
def test_what_is_no_matroska_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="element"):
        thinned(data)

"""Leave out coded frames that nobody sees and no other frame refers to.

At two frames a second most B-frames are decoded for nothing: without them H.264 takes 40 % less of the processor's time
(`python -m bench.cutting`). Decoders can skip all such frames (`-skip_frame noref`), but then those that are to be seen
are missing, too. So the packets pass through here, as Matroska: a frame that is left out becomes a Void element of the
same length. Weighed against PyAV, which brings a second ffmpeg of 35 MB along. Matroska: RFC 9559; which frames are
referred to: ITU-T H.264, 7.4.1 (nal_ref_idc), and H.265, 7.4.2.2 (sub-layer non-reference pictures); of ProRes none is
(SMPTE RDD 36: each is coded by itself).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Codec = Literal["h264", "hevc", "prores"]

_SEGMENT, _CLUSTER, _TRACKS, _TRACK = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\x16\x54\xae\x6b", b"\xae"
_ENTERED = frozenset({_SEGMENT, _CLUSTER, _TRACKS, _TRACK})
_CODEC_PRIVATE, _TIMESTAMP, _SIMPLE_BLOCK, _VOID = b"\x63\xa2", b"\xe7", b"\xa3", b"\xec"
_LARGEST = 256 << 20  # bytes of an element
_ALONE = frozenset({"prores"})  # each frame is coded by itself
_REORDERED = {"h264": 32, "hevc": 32, "prores": 1}  # frames: twice as many as may come before one shown earlier
_BLOCK_HEAD = 4  # track, time and flags
_AVCC_LENGTH, _HVCC_LENGTH = 4, 21  # where the length of NAL lengths stands; ISO/IEC 14496-15


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks are instants of which a frame is shown.

    There are `count` of them, from `first_ms` on, `fps` a second.
    """

    first_ms: int
    fps: Fraction
    count: int

    @property
    def last_ms(self) -> Fraction:
        """Return the last instant.

        >>> Marks(1000, Fraction(2), 3).last_ms
        Fraction(2000, 1)
        """
        return self.first_ms + (self.count - 1) * 1000 / self.fps

    def any_within(self, start_ms: int, end_ms: int) -> bool:
        """Return whether a frame is seen that is shown from a time until before another.

        >>> two_a_second = Marks(1000, Fraction(2), 3)
        >>> [two_a_second.any_within(at, at + 40) for at in (960, 1000, 1480, 2000, 2500)]
        [False, True, True, True, False]
        """
        step = 1000 / self.fps
        number = max(0, -((self.first_ms - start_ms) // step))
        return number < self.count and self.first_ms + number * step < end_ms


@dataclass(slots=True)
class _Element:
    """An element is a piece of the stream, as it stands there.

    Of a frame its time is known, and whether others refer to it.
    """

    head: bytes
    body: bytes = b""
    at_ms: int | None = None
    disposable: bool = False

    def left_out(self) -> bytes:
        return _VOID + self.head[1:] + self.body


@dataclass(slots=True)
class _Decoding:
    """The decoding is what the stream has told of its frames so far."""

    codec: Codec
    length_bytes: int = 4  # of the length before each NAL unit
    layers: int = 0  # of an HEVC stream in time; 0: unknown, then no frame is known to be disposable
    cluster_ms: int = 0

    def configure(self, private: bytes) -> None:
        at = _AVCC_LENGTH if self.codec == "h264" else _HVCC_LENGTH
        if len(private) > at:
            self.length_bytes = (private[at] & 3) + 1
            self.layers = (private[at] >> 3) & 7

    def frame(self, head: bytes, body: bytes) -> _Element:
        at_ms = self.cluster_ms + int.from_bytes(body[1:3], "big", signed=True)
        return _Element(head, body, at_ms, self._is_disposable(body))

    def _is_disposable(self, body: bytes) -> bool:
        if self.codec in _ALONE:
            return True
        found = False
        start = _BLOCK_HEAD
        while start + self.length_bytes + 2 <= len(body):
            length = int.from_bytes(body[start : start + self.length_bytes], "big")
            start += self.length_bytes
            one = self._is_unreferred(body[start], body[start + 1])
            if one is not None:
                if not one:
                    return False
                found = True
            start += length
        return found and start == len(body)

    def _is_unreferred(self, first: int, second: int) -> bool | None:
        """Return whether no other frame refers to a NAL unit; None: it is no slice."""
        if self.codec == "h264":
            kind = first & 0x1F
            return (kind == 1 and first & 0x60 == 0) if 1 <= kind <= 5 else None
        kind, layer = first >> 1 & 0x3F, second & 7
        return (kind <= 14 and kind % 2 == 0 and layer == self.layers) if kind < 32 else None


def thin_out(read: Callable[[int], bytes], write: Callable[[bytes], None], codec: Codec, marks: Marks) -> int:
    """Copy a Matroska stream of one picture, without the frames that nobody needs.

    Returns how many these were. `read` gives so many bytes, fewer at the end alone. Raises ValueError for what is no
    such stream.
    """
    decoding, waiting = _Decoding(codec), deque[_Element]()
    # Without references the first frame is still shown for what comes before it, and one after the last mark must tell
    # the reader that all is there.
    alone, reordered = codec in _ALONE, _REORDERED[codec]
    before, behind, left_out = deque[int](maxlen=reordered), 0, 0

    def pass_on() -> int:
        one = waiting.popleft()
        if one.at_ms is None:
            write(one.head + one.body)
            return 0
        around = (*before, *(other.at_ms for other in waiting if other.at_ms is not None))
        until_ms = min((at for at in around if at > one.at_ms), default=None)
        needed = not one.disposable or (alone and (not before or one.at_ms > marks.last_ms))
        unseen = not needed and until_ms is not None and not marks.any_within(one.at_ms, until_ms)
        before.append(one.at_ms)
        write(one.left_out() if unseen else one.head + one.body)
        return int(unseen)

    while element := _next_element(read, decoding):
        waiting.append(element)
        behind += element.at_ms is not None
        while behind > reordered:
            behind -= waiting[0].at_ms is not None
            left_out += pass_on()
    while waiting:
        left_out += pass_on()
    return left_out


def _next_element(read: Callable[[int], bytes], decoding: _Decoding) -> _Element | None:
    first = read(1)
    if not first:
        return None
    name = first + read(_vint_bytes(first[0], most=4) - 1)
    size_head = read(1)
    if not size_head:
        raise ValueError("the stream ends amid an element")
    size_bytes = _vint_bytes(size_head[0], most=8)
    size_head += read(size_bytes - 1)
    if name in _ENTERED:
        return _Element(name + size_head)
    size = int.from_bytes(size_head, "big") & ((1 << 7 * size_bytes) - 1)
    if size > _LARGEST:
        raise ValueError(f"an element of {size:,} bytes was found, at most {_LARGEST:,} were expected")
    body, head = read(size), name + size_head
    if name == _SIMPLE_BLOCK and len(body) == size:
        return decoding.frame(head, body)
    if name == _TIMESTAMP:
        decoding.cluster_ms = int.from_bytes(body, "big")
    elif name == _CODEC_PRIVATE:
        decoding.configure(body)
    return _Element(head, body)


def _vint_bytes(first: int, most: int) -> int:
    """Return the length of a number, by the leading zeros of its first byte."""
    length = 9 - first.bit_length()
    if length > most:
        raise ValueError(f"a byte of {first:#x} begins no element")
    return length

"""Find the bytes at which files were joined whose clock starts anew.

The clock tells about where that was; the packets of the container tell it exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tasks.media.packets import StreamPackets
from tasks.media.transport_tables import programme_changes, tables_before

_WINDOW = 4 << 20  # bytes searched before the place at which the new clock was seen
_PACK = b"\x00\x00\x01\xba"
_OFTEN = 10  # a stream that has a tenth of the packets of another tells where a clock starts anew, a rarer one does not


def joints_by_clock(path: Path, container: str, streams: Iterable[StreamPackets]) -> list[int]:
    """Return where files begin in an MPEG-TS or MPEG-PS, in order.

    They have another clock, or other streams.
    """
    seen = _restarts(streams)
    if container != "mpegts":
        return sorted({_clock_back(path, at) for at in seen})
    changes = programme_changes(path)
    # Other streams begin with another clock, which is seen a little later.
    told = {next((at for at in seen if at >= change), None) for change in changes}
    return sorted({*changes, *(tables_before(path, at) for at in seen if at not in told)})


def _restarts(streams: Iterable[StreamPackets]) -> list[int]:
    """Return where new clocks were seen first: each stream sees each of them once.

    >>> from tasks.media.packets import StreamPackets
    >>> _restarts([StreamPackets(packets=9, restarted_at=[10, 20]), StreamPackets(packets=9, restarted_at=[12, 25])])
    [10, 20]
    """
    streams = list(streams)
    most = max((stream.packets for stream in streams), default=0)
    often = [stream for stream in streams if stream.packets * _OFTEN >= most]
    found: list[int] = []
    by_whom: set[int] = set()
    for at, who in sorted((at, number) for number, stream in enumerate(often) for at in stream.restarted_at):
        if not found or who in by_whom:
            found.append(at)
            by_whom = set()
        by_whom.add(who)
    return found


def _clock_back(path: Path, seen_at: int) -> int:
    """Return the pack of an MPEG-PS whose clock goes back, the last one up to there."""
    start = max(0, seen_at - _WINDOW)
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(seen_at - start + len(_PACK) + 6)
    here = seen_at - start
    found, before, at = -1, -1, data.find(_PACK)
    while 0 <= at <= here:
        clock = _pack_clock(data[at + 4 : at + 10])
        if clock < before:
            found = at
        before, at = clock, data.find(_PACK, at + 4)
    return start + found if found >= 0 else seen_at


def _pack_clock(head: bytes) -> int:
    """Read a pack's clock in 1/90,000 s.

    MPEG-2 and MPEG-1 have its bits at other places.
    """
    if len(head) < 5:
        return 0
    bits = int.from_bytes(head[:5], "big")
    if head[0] & 0xC0 == 0x40:
        return (bits >> 35 & 7) << 30 | (bits >> 19 & 0x7FFF) << 15 | bits >> 3 & 0x7FFF
    return (bits >> 33 & 7) << 30 | (bits >> 17 & 0x7FFF) << 15 | bits >> 1 & 0x7FFF

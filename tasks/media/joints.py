"""Find the bytes at which files were joined.

A clock that starts anew tells about where that was; the packets and pages of the container tell it exactly.
"""

from __future__ import annotations

from pathlib import Path

_WINDOW = 4 << 20  # bytes searched before the place at which the new clock was seen
_PACK = b"\x00\x00\x01\xba"
_FIRST_PAGE = b"OggS\x00\x02"
_HEADS = {"flv": b"FLV\x01", "matroska,webm": b"\x1aE\xdf\xa3"}
_PACKET = 188  # bytes of an MPEG-TS packet
_SYNC = 0x47


def joint_before(path: Path, container: str, seen_at: int) -> int:
    """Return where the file begins whose clock was first seen at byte `seen_at`."""
    start = max(0, seen_at - _WINDOW)
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(seen_at - start + _PACKET)
    here = seen_at - start
    if container == "mpegts":
        found = _last_table(data, here)
    elif container == "mpeg":
        found = _clock_back(data, here)
    elif container == "ogg":
        found = _first_pages(data, here)
    else:
        found = data.rfind(_HEADS[container], 0, here + 4) if container in _HEADS else here
    return start + found if found >= 0 else seen_at


def foreign_stream(path: Path, since: int, known: frozenset[int]) -> int | None:
    """Return where an MPEG-TS begins to have streams with other ids; None: nowhere.

    `known` are the ids of the streams that were read up to byte `since`.
    """
    with path.open("rb") as file:
        file.seek(since)
        while block := file.read(_PACKET * 5000):
            for at in range(0, len(block) - _PACKET + 1, _PACKET):
                packet = block[at : at + _PACKET]
                begins = packet[0] == _SYNC and packet[1] & 0x40
                if begins and _id(packet) not in known and _payload(packet).startswith(b"\x00\x00\x01"):
                    return since + at
            since += len(block)
    return None


def _last_table(data: bytes, here: int) -> int:
    """Return the last table of programmes before.

    What describes the service stands in front of it.
    """
    at = here
    while at >= 0 and not (data[at] == _SYNC and _id(data[at : at + 4]) == 0):
        at -= _PACKET
    before = at - _PACKET
    return before if before >= 0 and data[before] == _SYNC and _id(data[before : before + 4]) == 0x11 else at


def _id(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _payload(packet: bytes) -> bytes:
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]


def _clock_back(data: bytes, here: int) -> int:
    """Return the pack of an MPEG-PS whose clock goes back, the last one up to there."""
    found, before, at = -1, -1, data.find(_PACK)
    while 0 <= at <= here:
        clock = _pack_clock(data[at + 4 : at + 10])
        if clock < before:
            found = at
        before, at = clock, data.find(_PACK, at + 4)
    return found


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


def _first_pages(data: bytes, here: int) -> int:
    """Return the first of the pages with which the last Ogg begins."""
    at = data.rfind(_FIRST_PAGE, 0, here + len(_FIRST_PAGE))
    while at > 0 and (before := data.rfind(b"OggS", 0, at)) >= 0 and data.startswith(_FIRST_PAGE, before):
        at = before
    return at

"""Read the tables of an MPEG transport stream, and where they change.

Of files that were joined each begins with its own tables (ISO/IEC 13818-1, 2.4.4). Readers keep to the first one's.
"""

from __future__ import annotations

import mmap
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKET = 188  # bytes; with a time code in front, as cameras and Blu-rays have, 192
_SYNC = b"\x47"
_PAT, _SDT = 0x00, 0x11
_LOOKED_AT = 20_000  # packets, 4 MB

Streams = frozenset[tuple[int, int]]  # the type and the id of each


def programme_changes(path: Path) -> list[int]:
    """Return the bytes from which on there are other streams, or other programmes."""
    with _opened(path) as data:
        return [_first_table(data, at) for at in _changes(data, _stride(data))]


def tables_before(path: Path, here: int) -> int:
    """Return where the last tables before a packet begin."""
    with _opened(path) as data:
        return _first_table(data, here)


@contextmanager
def _opened(path: Path) -> Iterator[bytes | mmap.mmap]:
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _stride(data: bytes | mmap.mmap) -> int:
    """Return the size of packets, 188 or 192 bytes."""
    return PACKET if all(data[at : at + 1] == _SYNC for at in (0, PACKET)) else PACKET + 4


def _first_table(data: bytes | mmap.mmap, here: int) -> int:
    """Return the last table of programmes up to a packet.

    What describes the service stands in front of it.
    """
    stride = _stride(data)
    at = next(
        (at for at in (here, here + 4) if data[at : at + 1] == data[at + stride : at + stride + 1] == _SYNC), here
    )
    while at >= 0 and not (data[at : at + 1] == _SYNC and packet_id(data[at : at + 4]) == _PAT):
        at -= stride
    if at < 0:
        return here
    before = data[max(0, at - stride) : at]
    at -= stride if len(before) == stride and before[:1] == _SYNC and packet_id(before) == _SDT else 0
    return max(0, at - (stride - PACKET))


def scrambled_ids(path: Path) -> frozenset[int]:
    """Return the ids of streams whose packets are mostly scrambled, by the first of them.

    The packets themselves say so (transport_scrambling_control, ISO/IEC 13818-1, 2.4.3.3).
    """
    scrambled: Counter[int] = Counter()
    all_packets: Counter[int] = Counter()
    with _opened(path) as data:
        stride = _stride(data)
        for at in range(stride - PACKET, min(len(data), _LOOKED_AT * stride) - 4, stride):
            packet = data[at : at + 4]
            if packet[:1] == _SYNC and packet[3] & 0x10:  # it has content
                all_packets[packet_id(packet)] += 1
                scrambled[packet_id(packet)] += bool(packet[3] & 0xC0)
    return frozenset(stream for stream, count in scrambled.items() if 2 * count > all_packets[stream])


def packet_id(packet: bytes) -> int:
    """Return the id of the stream that a packet belongs to.

    >>> packet_id(bytes.fromhex("47410010"))
    256
    """
    return (packet[1] & 0x1F) << 8 | packet[2]


def _changes(data: bytes | mmap.mmap, stride: int) -> Iterator[int]:
    """Yield the packets of tables that differ from those before."""
    programmes: dict[int, Streams | None] = {}  # by the id of the table that lists the streams
    at = 0
    while True:
        tables = _tables_of(programmes)
        for found in tables.finditer(data, at):
            here = found.start()
            at = here + PACKET
            if at < len(data) and data[here + stride : here + stride + 1] not in (_SYNC, b""):
                continue  # merely looks like a packet
            packet = data[here : here + PACKET]
            section = _section(packet)
            if packet_id(packet) == _PAT:
                listed = _programmes(section)
                if listed and listed != set(programmes):
                    if programmes:
                        yield here
                    programmes = dict.fromkeys(listed)
                    break  # other tables are to be looked for
            elif streams := _streams(section):
                known = programmes[packet_id(packet)]
                if known is not None and known != streams:
                    yield here
                programmes[packet_id(packet)] = streams
        else:
            return


def _tables_of(programmes: dict[int, Streams | None]) -> re.Pattern[bytes]:
    """Return what finds the first packets of the table of programmes, and of theirs."""
    heads = (bytes((0x40 | table >> 8, table & 0xFF)) for table in (_PAT, *programmes))
    return re.compile(_SYNC + b"(?:" + b"|".join(map(re.escape, heads)) + b")[\x10-\x1f\x30-\x3f]", re.DOTALL)


def _section(packet: bytes) -> bytes:
    """Return a table's section; only what fits into a packet."""
    start = 5 + packet[4] if packet[3] & 0x20 else 4
    body = packet[start:]
    return body[1 + body[0] :] if body and len(body) > body[0] + 4 else b""


def _programmes(section: bytes) -> set[int]:
    """Return the ids of the tables of the programmes."""
    if len(section) < 12 or section[0] != 0x00:
        return set()
    end = min(len(section), 3 + ((section[1] & 0x0F) << 8 | section[2]) - 4)
    entries = [section[at : at + 4] for at in range(8, end - 3, 4)]
    return {packet_id(entry[1:]) for entry in entries if entry[:2] != b"\0\0"}


def _streams(section: bytes) -> Streams:
    """Return the type and the id of each stream of a programme."""
    if len(section) < 12 or section[0] != 0x02:
        return frozenset()
    end = min(len(section), 3 + ((section[1] & 0x0F) << 8 | section[2]) - 4)
    at, found = 12 + ((section[10] & 0x0F) << 8 | section[11]), set()
    while at + 5 <= end:
        found.add((section[at], packet_id(section[at : at + 3])))
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    return frozenset(found)

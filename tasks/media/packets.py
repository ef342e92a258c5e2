"""Read the times of all packets of a recording, without decoding any.

One ffprobe reads the file once and writes a line for each packet; what is kept of them does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tasks.media.ffmpeg import FfmpegResult, ffprobe_lines
from tasks.media.sound_data import reading_options
from tasks.media.streams import seconds
from tasks.media_records import FilePart

TIME_LIMIT_S = 1800
GAP_S = 0.5  # between the end of a packet and the start of the next one of its stream
BACK_S = 1.0  # a clock that goes back so far has been started anew; less is the order of frames
STRETCHED_S = 1.0  # a packet this long, and ten times the one before, stands for a gap
MOST_GAPS = 1000  # kept of a stream


@dataclass(slots=True)
class StreamPackets:
    """The packets of one stream, in short. Times in seconds, as the file has them."""

    packets: int = 0
    damaged: int = 0  # flagged by ffmpeg's reader
    first_s: float | None = None
    end_s: float | None = None  # of the packet that ends last
    longest_step_s: float = 0.0  # between two packets
    restarts: int = 0  # how often its clock went back
    restarted_at: list[int] = field(default_factory=list)  # the bytes at which that was seen
    read_to: int = 0  # the byte at which its last packet begins
    gaps: list[tuple[float, float]] = field(default_factory=list)  # where it has no packet, from and to
    _last_s: float | None = None
    _last_end_s: float = 0.0
    _usual_s: float = 0.0  # length of the packet before

    def add(
        self, shown_s: float | None, decoded_s: float | None, length_s: float, *, at: int | None = None, damaged: bool
    ) -> None:
        """Take in the next packet of the stream."""
        if at is not None:
            self.read_to = max(self.read_to, at)
            if len(self.restarted_at) < min(self.restarts, MOST_GAPS):
                self.restarted_at.append(at)
        self.packets += 1
        self.damaged += damaged
        time_s = shown_s if shown_s is not None else decoded_s
        if time_s is None:
            return
        self.first_s = time_s if self.first_s is None else min(self.first_s, time_s)
        self.end_s = max(time_s + length_s, time_s if self.end_s is None else self.end_s)
        clock_s = decoded_s if decoded_s is not None else time_s
        if self._last_s is not None:
            back_s = BACK_S if decoded_s is not None else max(BACK_S, 4 * self.longest_step_s)
            if clock_s < self._last_s - back_s:
                self.restarts += 1
                if at is not None and self.restarts <= MOST_GAPS:
                    self.restarted_at.append(at)
            else:
                self.longest_step_s = max(self.longest_step_s, clock_s - self._last_s)
                if clock_s > self._last_end_s + GAP_S and len(self.gaps) < MOST_GAPS:
                    self.gaps.append((self._last_end_s, clock_s))
        if length_s > STRETCHED_S and 0 < self._usual_s < length_s / 10:
            length_s = self._usual_s  # MP4 has no gaps: what comes before one is stretched over it
        self._last_s, self._last_end_s, self._usual_s = clock_s, clock_s + length_s, length_s


@dataclass(frozen=True, slots=True)
class PacketScan:
    """A scan has the packets of each stream, by its index, and ffmpeg's words."""

    streams: dict[int, StreamPackets]
    done: FfmpegResult
    headers: frozenset[tuple[int, ...]] = frozenset()  # the different ones of frames of MP3 or AAC, without their sizes

    def of(self, index: int) -> StreamPackets:
        return self.streams.get(index, StreamPackets())

    @property
    def ends_too_soon(self) -> bool:
        """Return whether the file ends amid what it declares, as ffmpeg's readers say.

        The words are those of MP4 and Matroska; both say so whenever it is so.
        """
        return any(words in line.text for line in self.done.log for words in _TOO_SOON)


_TOO_SOON = ("partial file", "File ended prematurely", "Packet corrupt")


def scan_packets(path: Path | FilePart, container: str) -> PacketScan:
    """Read all packets.

    Raises FfmpegFailed where the machine is at fault, never for broken data.
    """
    if isinstance(path, FilePart) or container not in _HEADERS:
        return _scan(path, None, ())
    with path.open("rb") as file:
        return _scan(path, file, _HEADERS[container])


def scan_of_packets(container: str, packets: Sequence[Mapping[str, Any]], done: FfmpegResult) -> PacketScan | None:
    """Return the scan of all packets as ffprobe has described them.

    None stands for a container whose file itself has to be looked at.

    >>> one = {"stream_index": 0, "pts_time": "0.5", "duration_time": "0.1", "flags": "K_"}
    >>> scan = scan_of_packets("wav", [one], FfmpegResult(b"", (), 0))
    >>> scan and scan.of(0).end_s
    0.6
    """
    if container in _HEADERS:
        return None
    streams: dict[int, StreamPackets] = {}
    for packet in packets:
        flags, at = str(packet.get("flags", "")), str(packet.get("pos", ""))
        if "D" in flags or "stream_index" not in packet:
            continue
        streams.setdefault(int(packet["stream_index"]), StreamPackets()).add(
            seconds(packet.get("pts_time")),
            seconds(packet.get("dts_time")),
            max(0.0, seconds(packet.get("duration_time")) or 0.0),
            at=int(at) if at.isdigit() else None,
            damaged="C" in flags,
        )
    return PacketScan(streams, done, frozenset())


# The bits of a frame's header, by byte, that say its version, rate and channels.
_HEADERS = {"mp3": (0xFF, 0xFE, 0x0C, 0x00), "aac": (0xFF, 0xF6, 0xFD, 0xC0)}


def _scan(path: Path | FilePart, file: BinaryIO | None, mask: Sequence[int]) -> PacketScan:
    streams: dict[int, StreamPackets] = {}
    headers: set[tuple[int, ...]] = set()

    def take(line: bytes) -> None:
        words = line.decode("ascii", "replace").strip().split(",")
        if len(words) < 6 or not words[0].isdigit() or "D" in words[5]:  # D: read, and not shown
            return
        if file is not None and len(headers) < 2 and len(words) > 5 and words[4].isdigit():
            file.seek(int(words[4]))
            head = file.read(4)
            if len(head) == 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
                mono = head[3] >> 6 == 3 and mask[3] == 0
                headers.add((*(byte & bits for byte, bits in zip(head, mask, strict=True)), mono))
        at = int(words[4]) if words[4].isdigit() else None
        stream = streams.setdefault(int(words[0]), StreamPackets())
        stream.add(
            seconds(words[1]), seconds(words[2]), max(0.0, seconds(words[3]) or 0.0), at=at, damaged="C" in words[5]
        )

    done = ffprobe_lines(
        path,
        TIME_LIMIT_S,
        f"reading the packets of {Path(path.path).name if isinstance(path, FilePart) else path.name}",
        take,
        **({} if isinstance(path, FilePart) else reading_options(path)),
        show_entries="packet=stream_index,pts_time,dts_time,duration_time,pos,flags",
        of="csv=p=0",
    )
    return PacketScan(streams, done, frozenset(headers))

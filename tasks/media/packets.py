"""Read the times of all packets of a recording, without decoding any.

One ffprobe reads the file once and writes a line for each packet; what is kept of them does not grow with their number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tasks.media.declared import reading_options
from tasks.media.ffmpeg import FfmpegResult, ffprobe_lines
from tasks.media.streams import seconds

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
    gaps: list[tuple[float, float]] = field(default_factory=list)  # where it has no packet, from and to
    _last_s: float | None = None
    _last_end_s: float = 0.0
    _usual_s: float = 0.0  # length of the packet before

    def add(self, shown_s: float | None, decoded_s: float | None, length_s: float, *, damaged: bool) -> None:
        """Take in the next packet of the stream."""
        self.packets += 1
        self.damaged += damaged
        time_s = shown_s if shown_s is not None else decoded_s
        if time_s is None:
            return
        self.first_s = time_s if self.first_s is None else min(self.first_s, time_s)
        self.end_s = max(time_s + length_s, time_s if self.end_s is None else self.end_s)
        clock_s = decoded_s if decoded_s is not None else time_s
        if self._last_s is not None:
            if clock_s < self._last_s - BACK_S:
                self.restarts += 1
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

    def of(self, index: int) -> StreamPackets:
        return self.streams.get(index, StreamPackets())

    @property
    def ends_too_soon(self) -> bool:
        """Return whether the file ends amid what it declares, as ffmpeg's readers say.

        The words are those of MP4 and Matroska; both say so whenever it is so.
        """
        return any(words in line.text for line in self.done.log for words in _TOO_SOON)


_TOO_SOON = ("partial file", "File ended prematurely", "Packet corrupt")


def scan_packets(path: Path) -> PacketScan:
    """Read all packets.

    Raises FfmpegFailed where the machine is at fault, never for broken data.
    """
    streams: dict[int, StreamPackets] = {}

    def take(line: bytes) -> None:
        words = line.decode("ascii", "replace").strip().split(",")
        if len(words) < 5 or not words[0].isdigit() or "D" in words[4]:  # D: read, and not shown
            return
        stream = streams.setdefault(int(words[0]), StreamPackets())
        stream.add(seconds(words[1]), seconds(words[2]), max(0.0, seconds(words[3]) or 0.0), damaged="C" in words[4])

    done = ffprobe_lines(
        path,
        TIME_LIMIT_S,
        f"reading the packets of {path.name}",
        take,
        **reading_options(path),
        show_entries="packet=stream_index,pts_time,dts_time,duration_time,flags",
        of="csv=p=0",
    )
    return PacketScan(streams, done)

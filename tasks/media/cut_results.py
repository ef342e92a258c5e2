"""Read what a cut came to out of ffmpeg's words about it. Pure."""

from __future__ import annotations

import re

from tasks.media.ffmpeg import FfmpegResult
from tasks.media.formats import AFTER_A_SEEK, SAMPLES
from tasks.media.mixing import SILENT_DB
from tasks.records import AudioSent, Picture, PlannedSegment, Recording, VideoSent

# Of what is sent; `mixing` listens to all channels, too.
_MAX_VOLUME = re.compile(r"^\[(?:Parsed_)?volumedetect(?!@all)\S*\] max_volume: (-?[\d.]+|-inf) dB")
_BLACK = re.compile(r"black_start:([\d.]+) black_end:([\d.]+)")


def shown(recording: Recording, segment: PlannedSegment) -> Picture | None:
    return segment.picture if recording.video is not None else None


def heard(recording: Recording, segment: PlannedSegment) -> bool:
    return segment.sound and recording.audio is not None


def has_content(recording: Recording, segment: PlannedSegment, done: FfmpegResult) -> bool:
    if done.status != 0:
        return False
    if shown(recording, segment) is not None:
        return int(done.progress().get("frame", "0")) > 0
    return loudest_db(done) is not None


def video_sent(recording: Recording, segment: PlannedSegment, done: FfmpegResult) -> VideoSent:
    picture = shown(recording, segment)
    if picture is None:
        return not_shown(recording)
    length_s = picture.frames / picture.fps
    for line in done.log:
        found = _BLACK.search(line.text)
        if found and float(found[1]) == 0 and float(found[2]) >= length_s - 1.5 / picture.fps:
            return "black"
    return "sent"


def audio_sent(recording: Recording, segment: PlannedSegment, done: FfmpegResult) -> AudioSent:
    if not heard(recording, segment):
        return "unreadable" if recording.audio is None and _is_lost(recording, "sound") else "absent"
    loudest = loudest_db(done)
    return "silent" if loudest is None or loudest < SILENT_DB else "sent"


def not_shown(recording: Recording) -> VideoSent:
    """Return why no picture is sent: there is none, or it cannot be read."""
    return "unreadable" if recording.video is None and _is_lost(recording, "picture") else "absent"


def _is_lost(recording: Recording, what: str) -> bool:
    return any(part.what == what and part.reason in ("undecodable", "encrypted") for part in recording.missing)


def loudest_db(done: FfmpegResult) -> float | None:
    """Return how loud the loudest sample is; None where no sound was decoded."""
    found = [match[1] for line in done.log if (match := _MAX_VOLUME.search(line.text))]
    return float(found[-1]) if found else None


def damage(recording: Recording, segment: PlannedSegment, done: FfmpegResult) -> tuple[int, tuple[str, ...]]:
    """Count the damaged packets of this span, and return what ffmpeg said of them.

    What it complains about only because reading began in the middle does not count, nor does a last packet of bare
    samples that is not full.
    """
    sought = segment.span.start_ms > 0
    complaints = [
        words
        for words in done.complaints()
        if not (sought and any(harmless in words for harmless in AFTER_A_SEEK)) and "Error while dec" not in words
    ]
    if recording.container in SAMPLES or (sought and not complaints):
        return 0, ()
    if complaints:
        said = f"ffmpeg met broken data in this span and went on: {complaints[0]}"
        return done.damaged, (said,)
    return done.damaged, (f"ffmpeg met damaged packets in this span: {done.damaged:,}",) if done.damaged else ()

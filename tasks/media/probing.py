"""Probe a file: its streams, its length and its identity, as a `Recording`."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.errors import EmptyFile, FfmpegFailed, MediaError, NotFound, NotMedia, NotReadable
from tasks.media import faults, remote, streams
from tasks.media.audio_tracks import AudioTrack
from tasks.media.av_forms import Forms, Reading
from tasks.media.choice import choose_streams
from tasks.media.ffmpeg import FfmpegResult, ffprobe, ffprobe_remote
from tasks.media.formats import BARE_STREAMS
from tasks.media.hashing import Stamp, file_changed, require_unchanged, sha256_of
from tasks.media.image_pages import pictures_in
from tasks.media.images import image_reader, probe_image
from tasks.media.lengths import decodes, length_of
from tasks.media.packets import PacketScan, scan_of_packets
from tasks.media.parts import first_of
from tasks.media.sound_data import reading_options
from tasks.media.wav_forms import answer_about, learn, plain_wav
from tasks.records import Recording

FIRST_PACKETS = 600  # looked at, to tell a variable frame rate
TIME_LIMIT_S = 120

_UNSURE = 26  # ffprobe's score for a format that it merely guesses; 100 is certain
_REFUSED = re.compile(r"^\[([\w,]+)\] Format not on whitelist")
_BRACKETS = re.compile(r"^\[[^\]]*\] |^file:\S*: ")
_AS_STATED = "it is read at its address, so its length is as stated, and nobody looked for joints, gaps or damage in it"
_FORGET = {"filename"}  # names a place on this machine, which is no fact about the recording
# The first bytes of containers: a file that starts so and cannot be read is broken, rather than something else.
_SIGNATURES = (
    *(b"RIFF", b"RF64", b"BW64", b"riff\x2e\x91\xcf\x11", b"\x1aE\xdf\xa3", b"OggS", b"fLaC", b"FLV\x01", b"ID3"),
    *(b"\x30\x26\xb2\x75", b"FORM", b"caff", b".snd"),
)
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free", b"moof", b"styp")

_forms = Forms()


def probe_recording(
    path: Path,
    uri: str,
    stamp: Stamp | None = None,
    media_id: str | None = None,
    track: AudioTrack | None = None,
    reading: Reading | None = None,
) -> Recording:
    """Probe and hash one file.

    `uri` is how the user named it, `track` which of its sounds is wanted.

    `stamp` is what the file looked like when it was found, and must still; where its `media_id` is remembered for
    that stamp, it is not hashed again. `reading` is what PyAV has read of it: where its form is known, ffprobe is not
    asked. Raises NotFound, NotReadable, EmptyFile, NotMedia, NoSuchTrack, FileChanged, FfmpegFailed (all MediaError),
    FfmpegMissing.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - keeps links, unlike Path.resolve
    before = _look_at(path, uri)
    if stamp is not None and Stamp.of(before) != stamp:
        raise file_changed(uri)
    reader = image_reader(path, uri)
    if reader is not None:
        return _image(path, uri, reader, before, media_id)
    answer, scan = _describe(path, uri, reading if reading and _is_of(reading, before) else None)
    container = answer["format"]
    if _is_still(answer):
        return _image(path, uri, "gif", before, media_id)
    found = choose_streams(path, answer, uri, track)
    video, audio = found.video, found.audio
    analysed = [stream for stream in (video, *found.mixed, audio) if stream]
    picked = tuple(dict.fromkeys(int(stream["index"]) for stream in analysed))
    if not picked and "encrypted" in found.unreadable.values():
        raise NotMedia(f"{uri} is encrypted, and so nothing can be analysed in it; bring it without copy protection.")
    if not picked:
        raise NotMedia(f"{uri} holds neither picture nor sound that ffmpeg can read; nothing can be analysed in it.")
    if _is_guess(container) and not decodes(path, picked):
        raise NotMedia(f"{uri} is no recording: ffmpeg guesses {container['format_name']}, but can decode nothing.")
    length = length_of(path, container, analysed, guessed=_is_estimate(answer), scan=scan)
    if video is None and "video" not in found.unreadable:
        video = first_of("video", length.parts)
    if audio is None and "audio" not in found.unreadable:
        audio = first_of("audio", length.parts)
    start_s = streams.seconds(container.get("start_time")) or 0.0
    missing = (*length.missing, *found.missing(length.duration_ms))
    media_id = media_id or sha256_of(path)
    require_unchanged(path, before)
    return Recording(
        media_id=media_id,
        id_basis="bytes",
        uri=uri,
        path=str(path),
        kind="video" if video or "video" in found.unreadable else "audio",
        container=str(container["format_name"]),
        size_bytes=before.st_size,
        duration_ms=length.duration_ms,
        video=streams.video_stream(video, start_s, _frame_times(answer, int(video["index"]))) if video else None,
        audio=streams.audio_stream(audio, start_s) if audio else None,
        probe_json=_compact(answer),
        mtime_ns=before.st_mtime_ns,
        notes=(*length.notes, *found.notes, *(part.sentence for part in missing)),
        declared_duration_ms=length.declared_ms,
        missing=missing,
        audio_track=found.audio_track,
        mixed=tuple(int(stream["index"]) for stream in found.mixed),
        seekable=length.seekable,
        parts=length.parts,
    )


def probe_remote(url: str, uri: str, found: remote.RemoteFile, track: AudioTrack | None = None) -> Recording:
    """Probe what lies at a public address, without a download.

    Its length is what the container states. Raises NotFound, NotReadable, NotMedia, NoSuchTrack.
    """
    answer = ffprobe_remote(found.url, TIME_LIMIT_S, f"reading {uri}")
    container = answer.get("format") or {}
    chosen = choose_streams(None, answer, uri, track) if answer.get("streams") else None
    video, audio = (chosen.video, chosen.audio) if chosen else (None, None)
    if chosen is None or (not video and not audio):
        raise NotMedia(
            f"{uri} is no video and no sound that ffmpeg can read at its address; download it, if it is one."
        )
    start_s = streams.seconds(container.get("start_time")) or 0.0
    return Recording(
        media_id=found.media_id(url),
        id_basis="url",
        uri=uri,
        path=url,
        kind="video" if video else "audio",
        container=str(container["format_name"]),
        size_bytes=found.length or 0,
        duration_ms=round(1000 * (streams.seconds(container.get("duration")) or 0.0)),
        video=streams.video_stream(video, start_s, ()) if video else None,
        audio=streams.audio_stream(audio, start_s) if audio else None,
        probe_json=_compact(answer),
        notes=(*found.notes, _AS_STATED, *chosen.notes),
        audio_track=chosen.audio_track,
        mixed=tuple(int(stream["index"]) for stream in chosen.mixed),
    )


def _image(path: Path, uri: str, reader: str, before: os.stat_result, media_id: str | None) -> Recording:
    answer, picture = probe_image(path, reader, uri)
    count = pictures_in(path, reader)
    media_id = media_id or sha256_of(path)
    require_unchanged(path, before)
    return Recording(
        media_id=media_id,
        id_basis="bytes",
        uri=uri,
        path=str(path),
        kind="image",
        container=reader,
        size_bytes=before.st_size,
        duration_ms=0,
        video=picture,
        audio=None,
        probe_json=_compact(answer),
        mtime_ns=before.st_mtime_ns,
        notes=(f"it holds {count} pictures, of which the first alone is analysed",) if count > 1 else (),
    )


def _is_still(answer: Mapping[str, Any]) -> bool:
    """Return whether a GIF holds a single picture."""
    return answer["format"]["format_name"] == "gif" and len(answer.get("packets", ())) == 1


def _look_at(path: Path, uri: str) -> os.stat_result:
    """Require a readable, regular, non-empty file, and return its size and times.

    Raises what stands in the way.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise NotMedia(f"{uri} is a folder, though a recording was expected; name the files in it, or the folder.")
        if not stat.S_ISREG(found.st_mode):
            raise NotMedia(f"{uri} is no regular file (a device, pipe or socket); copy the recording to a file first.")
        with path.open("rb"):
            pass
    except OSError as error:
        raise _named(error, path, uri) from error
    if found.st_size == 0:
        raise EmptyFile(f"{uri} is empty (0 bytes); the recording or its copy failed, so bring it again.")
    return found


def _named(error: OSError, path: Path, uri: str) -> MediaError:
    if error.errno == errno.ELOOP:
        return NotFound(f"{uri} is a link that leads back to itself; remove it or point it at a recording.")
    if isinstance(error, PermissionError):
        return NotReadable(f"{uri} may not be read by this user; ask its owner, or change it with chmod a+r.")
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return NotFound(f"{uri} is a link to a file that does not exist.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFound(f"{uri} does not exist; check its name and folder.")
    return NotReadable(f"{uri} cannot be read: {error.strerror}.", retryable=error.errno in faults.TRANSIENT_ERRNOS)


def _is_of(reading: Reading, found: os.stat_result) -> bool:
    """Return whether the file is the one that was read."""
    return (reading["size"], reading["mtime_ns"]) == (found.st_size, found.st_mtime_ns)


def _describe(path: Path, uri: str, reading: Reading | None) -> tuple[dict[str, Any], PacketScan | None]:
    """Return ffprobe's answer, and the scan of all packets where they are few.

    The answer has "format", "streams", "packets" (the first ones) and "warnings". One start of ffprobe is half of what
    it takes to probe a short recording.
    """
    done = FfmpegResult(b"", (), 0)
    wav = plain_wav(path)
    answer = answer_about(wav, FIRST_PACKETS) if wav else _forms.answer(reading, path) if reading else None
    if answer is None:
        done, answer = _asked(path, uri)
        if wav is not None and not done.log:
            learn(wav, answer, FIRST_PACKETS)
        if reading is not None:
            _forms.learn(reading, answer, warned=bool(done.log))
    answer["warnings"] = [line.text for line in done.log]
    container, packets = str(answer["format"]["format_name"]), answer.get("packets", ())
    is_whole = len(packets) < FIRST_PACKETS and not reading_options(path)
    return answer, scan_of_packets(path, container, packets, done) if is_whole else None


def _asked(path: Path, uri: str) -> tuple[FfmpegResult, dict[str, Any]]:
    """Ask ffprobe about a file. Raises what is wrong with it."""
    done = ffprobe(
        path,
        TIME_LIMIT_S,
        f"reading {uri}",
        show_format=None,
        show_streams=None,
        show_programs=None,
        show_entries="packet=stream_index,pts_time,dts_time,duration_time,pos,flags",
        read_intervals=f"%+#{FIRST_PACKETS}",
    )
    try:
        answer = json.loads(done.stdout.decode("utf-8", "replace") or "{}")
    except json.JSONDecodeError:
        answer = {}
    if not answer.get("format") or "streams" not in answer:
        raise _not_understood(done, path, uri)
    return done, dict(answer)


def _not_understood(done: FfmpegResult, path: Path, uri: str) -> MediaError:
    log = [line.text for line in done.log]
    if faults.mentions_disk("\n".join(log)):
        sha256_of(path)  # raises where it is the disk, rather than what lies on it
    refused = next((found[1] for line in log if (found := _REFUSED.match(line))), None)
    if refused:
        return NotMedia(f"{uri} is no recording: ffmpeg takes it for {refused}, which is not read here.")
    if not _looks_like_media(path):
        a_list = f" (a list of recordings is named @{uri})" if path.suffix == ".txt" else ""
        return NotMedia(f"{uri} is no recording: ffmpeg finds neither picture nor sound in it{a_list}.")
    words = "; ".join(_BRACKETS.sub("", line) for line in log[-3:]) or f"exit status {done.status}"
    return FfmpegFailed(
        f"{uri} is broken or incomplete, and nothing of it can be read; bring it again (ffmpeg: {words}).", tail=words
    )


def _looks_like_media(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(12)
    return head.startswith(_SIGNATURES) or head[4:8] in _MP4_BOXES


def _is_guess(container: Mapping[str, Any]) -> bool:
    score = int(container.get("probe_score", 100))
    return score < _UNSURE or container["format_name"] in BARE_STREAMS


def _is_estimate(answer: Mapping[str, Any]) -> bool:
    """Return whether ffmpeg estimated the length.

    Where a file states none, it divides the size by a bit rate: often wrong.
    """
    return any("Estimating duration" in line for line in answer["warnings"])


def _frame_times(answer: Mapping[str, Any], index: int) -> list[float]:
    """Return presentation times of the first frames, ascending.

    Those at the end whose neighbours are yet to come are left out.
    """
    packets = [packet for packet in answer.get("packets", ()) if packet.get("stream_index") == index]
    shown = [time for packet in packets if (time := streams.seconds(packet.get("pts_time"))) is not None]
    decoded = [time for packet in packets if (time := streams.seconds(packet.get("dts_time"))) is not None]
    return sorted(time for time in shown if not decoded or time <= max(decoded))


def _compact(answer: Mapping[str, Any]) -> str:
    container = {key: value for key, value in answer["format"].items() if key not in _FORGET}
    return json.dumps(
        {"format": container, "streams": answer["streams"]}, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )

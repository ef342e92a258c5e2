"""Decode a recording once, from its start, into a file that can be cut anywhere.

It is made where seeking cannot be trusted: clocks that are started anew, streams that change amid the file, sounds
whose only clock is the count of their samples. It lies in the work folder until the recording is answered.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.media.ffmpeg import file_url, media_input, run
from tasks.media.formats import NEW_CLOCK_S, SAMPLE_CLOCK
from tasks.media.mixing import is_placed, mixed_tracks, mixing
from tasks.media.parts import describe, picked_of, sounds_of
from tasks.media.sound_data import reading_options
from tasks.media.streams import stream_of, upright
from tasks.media.transparency import decoder_of, has_alpha, on_white
from tasks.media_records import FilePart
from tasks.records import Recording

FPS = 10  # of the copy's picture: all that is cut lies on half seconds
MOST_PIXELS = 1280 * 720
RATE_HZ = 16_000
_BITRATE = 1_500_000  # bit/s of the picture at most, so that two hours are some 1.5 GB
_LIMIT_S = 600  # and as long again as the recording
_guard = threading.Lock()
_copies: dict[Path, dict[Path, threading.Lock]] = {}  # of each recording, by how their names begin


def clean_copy(recording: Recording, folder: Path) -> Recording:
    """Return the recording as its copy in `folder`.

    It is made once for all, until it is discarded.

    Raises FfmpegFailed, FfmpegMissing, Interrupted.
    """
    by_clock = recording.video is not None or recording.container not in SAMPLE_CLOCK
    target = folder / f"{_stem(recording.media_id)}{recording.audio_track}.{'mkv' if by_clock else 'wav'}"
    with _guard:
        lock = _copies.setdefault(folder / _stem(recording.media_id), {}).setdefault(target, threading.Lock())
    with lock:
        if not target.exists():
            unfinished = target.with_name(f"{target.name}.part")
            try:
                _make(recording, unfinished)
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)
    stereo = json.dumps({"streams": [{"index": 1 if recording.video else 0, "channels": 2}]})
    video, audio = recording.video, recording.audio
    return replace(
        recording,
        path=str(target),
        container="wav" if target.suffix == ".wav" else "matroska,webm",
        probe_json=stereo if _layout(recording) == "stereo" else "{}",
        video=replace(video, index=0, rotation=0, start_ms=0) if video else None,
        audio=replace(audio, index=1 if video else 0, start_ms=0) if audio else None,
        mixed=(),
        seekable=True,
        parts=(),
    )


def discard(media_id: str, folder: Path) -> None:
    """Remove the copies that were made of this recording, if any.

    Weighed against looking for them in the folder, which was read through once a recording.
    """
    with _guard:
        copies = _copies.pop(folder / _stem(media_id), {})
    for copy in copies:
        copy.unlink(missing_ok=True)


def _stem(media_id: str) -> str:
    """Return how the names of the copies begin, one for each sound that was chosen."""
    return f"clean-{media_id}-"


def _layout(recording: Recording) -> str:
    """Return the channels of the copy's sound, which all its parts have."""
    audio = recording.audio
    placed = audio is not None and not recording.mixed and is_placed(stream_of(recording.probe_json, audio.index))
    return "stereo" if placed else "mono"


def _make(recording: Recording, target: Path) -> None:
    if not recording.parts:
        _decode(recording, recording.path, target, _layout(recording))
        return
    made: list[tuple[Path, int]] = []
    listed = target.with_name(f"{target.name}.txt")
    try:
        readable = [replace(part, path=recording.path) for part in recording.parts if part.duration_ms]
        for number, part in enumerate(readable):
            made.append((target.with_name(f"{target.name}-{number}.mkv"), part.duration_ms))
            _decode(_as_recording(recording, part), part, made[-1][0], _layout(recording))
        lines = (f"file '{path.name}'\nduration {length_ms}ms\n" for path, length_ms in made)
        listed.write_text("ffconcat version 1.0\n" + "".join(lines))
        source = ffmpeg.input(file_url(listed), f="concat", safe=0, protocol_whitelist="file")
        command = ffmpeg.output(source, file_url(target), c="copy", format="matroska", map=0)
        run(command, _LIMIT_S + recording.whole_ms / 1000, f"joining the parts of {recording.name}")
    finally:
        for path in (listed, *(path for path, _ in made)):
            path.unlink(missing_ok=True)


def _as_recording(recording: Recording, part: FilePart) -> Recording:
    """Return the recording with the streams of one of its parts.

    They may have other ids and kinds.
    """
    answer = describe(part)
    streams = {str(stream["codec_type"]): int(stream["index"]) for stream in picked_of(answer)}
    sounds = sounds_of(answer, recording.audio_track)
    streams |= {"audio": sounds[0]} if sounds else {}
    video, audio = recording.video, recording.audio
    return replace(
        recording,
        probe_json=json.dumps(answer),
        duration_ms=part.duration_ms,
        video=replace(video, index=streams.get("video", -1)) if video else None,
        audio=replace(audio, index=streams.get("audio", -1)) if audio else None,
        mixed=sounds if len(sounds) > 1 else (),
    )


def _decode(recording: Recording, source_of: str | FilePart, target: Path, layout: str) -> None:
    """Decode picture and sound; where a part has none, it is black, or silent."""
    options = {} if isinstance(source_of, FilePart) else reading_options(source_of)
    film = stream_of(recording.probe_json, recording.video.index) if recording.video else {}
    source = media_input(source_of, **options, **decoder_of(film), threads=2)
    outputs = []
    how: dict[str, Any] = {}
    length_s = recording.duration_ms / 1000
    if recording.video is not None:
        width, height = _size(recording.video.width, recording.video.height)
        if recording.video.index < 0:
            black = ffmpeg.input(f"color=black:s={width}x{height}:r={FPS}", f="lavfi", t=length_s)
            outputs.append(black.filter("format", pix_fmts="yuv420p"))
        else:
            outputs.append(_shown(source, recording, width, height))
        how = {"c:v": "libx264", "preset": "veryfast", "crf": 16, "g": 2 * FPS, "bf": 0, "threads:v": 1}
        how |= {"maxrate": _BITRATE, "bufsize": 2 * _BITRATE, "fps_mode:v": "passthrough"}
    if recording.audio is not None:
        if recording.audio.index < 0:
            outputs.append(ffmpeg.input(f"anullsrc=r={RATE_HZ}:cl={layout}", f="lavfi", t=length_s))
        else:
            outputs.append(_heard(source, recording, layout))
        how |= {"c:a": "pcm_s16le"}
    command = ffmpeg.output(
        *outputs, file_url(target), format="wav" if target.name.endswith(".wav.part") else "matroska",
        progress="pipe:1", max_error_rate=1, map_metadata=-1, map_chapters=-1, **how,
    )  # fmt: skip
    command = command.global_args("-dts_delta_threshold", str(NEW_CLOCK_S))
    run(command, _LIMIT_S + recording.whole_ms / 1000, f"decoding {recording.name} from its start")


def _shown(source: Any, recording: Recording, width: int, height: int) -> Any:
    """Return the picture at a fixed rate and size, upright."""
    assert recording.video is not None
    shown = source[str(recording.video.index)].filter("fps", fps=FPS, round="up")
    for name, words in upright(stream_of(recording.probe_json, recording.video.index)):
        shown = shown.filter(name, **words)
    shown = shown.filter("scale", w=width, h=height, flags="bicubic+accurate_rnd+bitexact").filter("setsar", "1")
    if has_alpha(stream_of(recording.probe_json, recording.video.index)):
        shown = on_white(shown, width, height, str(FPS))
    return shown.filter("format", pix_fmts="yuv420p")


def _heard(source: Any, recording: Recording, layout: str) -> Any:
    """Return the sound at 16 kHz, in one or two channels whatever it changes to."""
    assert recording.audio is not None
    by_clock = {} if recording.container in SAMPLE_CLOCK else {"async": 1, "min_hard_comp": 0.03}
    sounds = []
    for index in recording.mixed or (recording.audio.index,):
        stream, heard = stream_of(recording.probe_json, index), source[str(index)]
        for name, options in () if is_placed(stream) else mixing(stream):
            heard = heard.filter(name, **options)
        sounds.append(heard.filter("aresample", RATE_HZ, **by_clock))
    return mixed_tracks(sounds, RATE_HZ).filter("aformat", sample_fmts="s16", channel_layouts=layout)


def _size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the copy's picture: its own, or as many pixels as needed.

    >>> _size(1920, 1080), _size(321, 240)
    ((1280, 720), (320, 240))
    """
    scale = min(1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)

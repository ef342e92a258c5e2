"""Make whole sounds into clips: several in one run of ffmpeg, or without it.

Its start takes 60 ms of processor time, a short sound 3 (`python -m bench.slots`). What comes out is byte for byte what
`cutting` makes of each. A WAV whose samples are what a clip has, 16 kHz in one channel, keeps them: nothing is decoded.
Its tags stay behind, as those of every clip. Other files are not sent as they are, even where the service reads them:
their tags would go along, and nobody would know whether they are silent, damaged or longer than they say.
"""

from __future__ import annotations

import math
import re
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from tasks.media import encoding
from tasks.media.cut_results import not_shown
from tasks.media.ffmpeg import FfmpegResult, file_url, media_input, run
from tasks.media.mixing import SILENT_DB, mixing, vanishes
from tasks.media.sound_data import reading_options
from tasks.media.streams import stream_of
from tasks.media.wav_forms import plain_wav
from tasks.records import AudioSent, Clip, PlannedSegment, Recording

_LIMIT_S = 120
_LOUDEST = re.compile(r"^\[volumedetect@n(\d+)\] max_volume: (-?[\d.]+|-inf) dB")

Sound = tuple[Recording, PlannedSegment]


def can_be_cut_together(recording: Recording, segment: PlannedSegment, max_bytes: int) -> bool:
    """Return whether a segment is all of a file of sound that fits a WAV."""
    is_sound = recording.video is None and recording.audio is not None and segment.sound and not recording.mixed
    is_sound = is_sound and recording.audio is not None and recording.audio.channels <= 2  # more are watched one by one
    is_whole = segment.span.start_ms == 0 and segment.span.end_ms == recording.duration_ms
    return recording.seekable and is_sound and is_whole and encoding.fits_wav(segment.span.duration_ms, max_bytes)


def cut_sounds(sounds: Sequence[Sound], workdir: Path) -> list[Clip | None]:
    """Cut whole sounds into clips in `workdir`, in order.

    None stands for those to be cut by themselves. These are all of them where ffmpeg had anything to complain of,
    since it does not say of which. Raises FfmpegMissing, Interrupted, and FfmpegFailed where it was killed.
    """
    finals = [workdir / f"{segment.segment_id}.wav" for _, segment in sounds]
    unfinished = [final.with_name(f"{final.name}.part") for final in finals]
    try:
        done = run(_command(sounds, unfinished), _LIMIT_S, f"cutting {len(sounds)} short sounds", check=False)
        if done.status != 0 or done.complaints() or done.damaged or vanishes(line.text for line in done.log):
            return [None] * len(sounds)
        loudest = _loudest_db(done)
        clips: list[Clip | None] = []
        for number, ((recording, segment), final, part) in enumerate(zip(sounds, finals, unfinished, strict=True)):
            size = part.stat().st_size
            if number not in loudest or not encoding.is_whole_wav(size, segment.span.duration_ms):
                clips.append(None)
                continue
            part.replace(final)
            heard: AudioSent = "silent" if loudest[number] < SILENT_DB else "sent"
            clips.append(Clip(segment, str(final), "wav", size, not_shown(recording), heard, transport="base64"))
        return clips
    finally:
        for part in unfinished:
            part.unlink(missing_ok=True)


def copy_samples(recording: Recording, segment: PlannedSegment, workdir: Path) -> Clip | None:
    """Make a whole WAV into a clip where its samples are those of clips.

    None where they are others, or are gone by now.
    """
    path = Path(recording.path)
    wav = plain_wav(path)
    if wav is None or wav.layout != (encoding.SAMPLE_RATE, 1, 16):
        return None
    with path.open("rb") as source:
        source.seek(wav.start)
        data = source.read(2 * wav.frames)
    if not data or len(data) % 2:
        return None
    samples = np.frombuffer(data, "<i2")
    wanted = segment.span.duration_ms * encoding.SAMPLE_RATE // 1000
    there = samples[:wanted]
    final = workdir / f"{segment.segment_id}.wav"
    part = final.with_name(f"{final.name}.part")
    try:
        with part.open("wb") as file, wave.open(file, "wb") as out:  # by its name, wave prints an error of its own
            out.setparams((1, 2, encoding.SAMPLE_RATE, 0, "NONE", ""))
            out.writeframes(there.tobytes() + bytes(2 * (wanted - len(there))))
        size = part.stat().st_size
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    loudest_db = 20 * math.log10(max(1, int(np.abs(samples.astype(np.int32)).max())) / 32_768)
    heard: AudioSent = "silent" if loudest_db < SILENT_DB else "sent"
    return Clip(segment, str(final), "wav", size, not_shown(recording), heard, transport="base64")


def _command(sounds: Sequence[Sound], targets: Sequence[Path]) -> Any:
    outputs = []
    for number, ((recording, segment), target) in enumerate(zip(sounds, targets, strict=True)):
        assert recording.audio is not None
        source = media_input(recording.path, **reading_options(recording.path), noaccurate_seek=None, threads=1)
        stream = source[str(recording.audio.index)]
        mixed = mixing(stream_of(recording.probe_json, recording.audio.index))
        for name, options in (*encoding.sound_from(0), *mixed, *encoding.sound_to(segment.span.duration_ms)):
            # Named, so that the log tells which sound was how loud.
            stream = stream.filter(f"{name}@n{number}" if name == "volumedetect" else name, **options)
        how = encoding.sound_options(None)
        outputs.append(ffmpeg.output(stream, file_url(target), format="wav", max_error_rate=1, **how))
    return ffmpeg.merge_outputs(*outputs)


def _loudest_db(done: FfmpegResult) -> dict[int, float]:
    found = (_LOUDEST.match(line.text) for line in done.log)
    return {int(match[1]): float(match[2]) for match in found if match}

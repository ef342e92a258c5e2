"""Copy the samples of a WAV into a clip where nothing has to be decoded.

What has 16 kHz in one channel keeps its samples, and the clip is byte for byte what `cutting` makes. Its tags stay
behind, as those of every clip. Other files are not sent as they are, even where the service reads them: their tags
would go along, and nobody would know whether they are silent, damaged or longer than they say.
"""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np

from tasks.media import encoding
from tasks.media.cut_results import not_shown
from tasks.media.mixing import SILENT_DB
from tasks.media.wav_forms import plain_wav
from tasks.records import AudioSent, Clip, PlannedSegment, Recording


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

"""Listen where a recording is silent, with ffmpeg's silencedetect.

Weighed against voice activity, which finds pauses under music too: it is there only with the engine's packages, and a
recording must be cut alike on every machine, or it would be asked about twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import ffmpeg

from tasks.media.clocks import with_clock
from tasks.media.ffmpeg import media_input, run
from tasks.media.mixing import mixed_tracks
from tasks.records import Recording, Span

SILENT_DB = -40.0  # full scale; rooms are often as loud, and words never as quiet
SHORTEST_MS = 250  # of a silence: between two words there is less

_HZ = 16_000
_LIMIT_S = 120  # listening may take this long, and as long again as half the recording
_MARK = re.compile(rb"lavfi\.silence_(start|end)=(-?[\d.]+)")


def find_silences(recording: Recording) -> tuple[Span, ...] | None:
    """Return the stretches without sound, in order; None where that cannot be told.

    Only a file of this machine is listened to, and only one with sound. What is broken in it counts as heard. Raises
    FfmpegFailed where ffmpeg was killed, FfmpegMissing, Interrupted.
    """
    if recording.audio is None or recording.members or not Path(recording.path).is_file():
        return None
    source = media_input(recording.path)
    sound = mixed_tracks([source[str(index)] for index in recording.mixed or (recording.audio.index,)], _HZ)
    for name, options in (
        ("aresample", {"sample_rate": str(_HZ)}),
        ("aformat", {"channel_layouts": "mono"}),
        ("silencedetect", {"noise": f"{SILENT_DB}dB", "duration": f"{SHORTEST_MS}ms"}),
        ("ametadata", {"mode": "print", "file": "pipe:1", "direct": "1"}),
    ):
        sound = sound.filter(name, **options)
    limit_s = _LIMIT_S + recording.duration_ms / 2000
    command = with_clock(recording, source, ffmpeg.output(sound, "-", format="null"))
    done = run(command, limit_s, f"listening to {recording.name}", check=False)
    late = recording.audio.start_ms
    before = (Span(0, late),) if late >= SHORTEST_MS else ()
    return (*before, *_spans(done.stdout, recording.duration_ms))


def _spans(metadata: bytes, duration_ms: int) -> Iterator[Span]:
    """Read what the filter printed.

    A silence without an end lasts to the recording's.
    """
    whole = Span(0, duration_ms)
    start: int | None = None
    for mark, seconds in _MARK.findall(metadata):
        ms = round(float(seconds) * 1000)
        if mark == b"start":
            start = ms
        elif start is not None:
            yield whole.clip(Span(start, ms))
            start = None
    if start is not None and start < duration_ms:
        yield whole.clip(Span(start, duration_ms))

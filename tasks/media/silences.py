"""Listen where a recording is silent, with ffmpeg's silencedetect.

Weighed against voice activity, which finds pauses under music too: it is there only with the engine's packages, and a
recording must be cut alike on every machine, or it would be asked about twice.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from tasks.media.clocks import with_clock
from tasks.media.ffmpeg import media_input, run
from tasks.media.formats import NEW_CLOCK
from tasks.media.mixing import mixed_tracks
from tasks.records import Recording, Span

SILENT_DB = -40.0  # full scale; rooms are often as loud, and words never as quiet
SHORTEST_MS = 250  # of a silence: between two words there is less

Silences = tuple[Span, ...] | None

_HZ = 16_000
_SHORT_MS = 30_000
_LIMIT_S = 120  # listening may take this long, and as long again as half the recording
_MARK = re.compile(rb"lavfi\.silence_(start|end)=(-?[\d.]+)")


def find_silences(recording: Recording) -> Silences:
    """Return the stretches without sound, in order; None where that cannot be told.

    Only a file of this machine is listened to, and only one with sound. What is broken in it counts as heard. Raises
    FfmpegFailed where ffmpeg was killed, FfmpegMissing, Interrupted.
    """
    if recording.audio is None or recording.members or not Path(recording.path).is_file():
        return None
    source = media_input(recording.path)
    sound = mixed_tracks([source[str(index)] for index in recording.mixed or (recording.audio.index,)], _HZ)
    limit_s = _LIMIT_S + recording.duration_ms / 2000
    command = with_clock(recording, source, _marked(sound, "pipe:1"))
    done = run(command, limit_s, f"listening to {recording.name}", check=False)
    return _found(recording, done.stdout)


def can_be_heard_together(recording: Recording) -> bool:
    """Return whether a recording is short, and only its one sound is read."""
    is_one = recording.audio is not None and not (recording.mixed or recording.members)
    is_read_alone = recording.video is None or recording.container not in NEW_CLOCK
    return is_one and is_read_alone and recording.duration_ms <= _SHORT_MS and Path(recording.path).is_file()


def find_silences_together(recordings: Sequence[Recording]) -> list[Silences] | None:
    """Return the silences of several short recordings, from one run of ffmpeg.

    Its start takes 60 ms of processor time, a short sound 3. None where ffmpeg had anything to complain of, since it
    does not say of which. Raises as `find_silences` does.
    """
    with tempfile.TemporaryDirectory(prefix="reelsheet-listening-") as folder:
        marks = [Path(folder) / str(number) for number in range(len(recordings))]
        outputs = []
        for recording, path in zip(recordings, marks, strict=True):
            assert recording.audio is not None
            source = media_input(recording.path, threads=1)
            sound = mixed_tracks([source[str(recording.audio.index)]], _HZ)
            outputs.append(_marked(sound, str(path)))
        done = run(ffmpeg.merge_outputs(*outputs), _LIMIT_S, f"listening to {len(recordings)} sounds", check=False)
        if done.status != 0 or done.complaints() or done.damaged:
            return None
        found = [path.read_bytes() if path.exists() else b"" for path in marks]
    return [_found(recording, text) for recording, text in zip(recordings, found, strict=True)]


def find_silences_of(recordings: Sequence[Recording]) -> list[Silences]:
    """Return the silences of several recordings, in order.

    Raises as `find_silences` does.
    """
    known = heard_together(recordings)
    return [known[id(one)] if id(one) in known else find_silences(one) for one in recordings]


def heard_together(recordings: Sequence[Recording]) -> dict[int, Silences]:
    """Return the silences of those that share a run of ffmpeg, by their `id()`.

    {} where it had anything to complain of. Raises as `find_silences` does.
    """
    short = [one for one in recordings if can_be_heard_together(one)]
    found = find_silences_together(short) if len(short) > 1 else None
    return {} if found is None else dict(zip(map(id, short), found, strict=True))


def _marked(sound: Any, target: str) -> Any:
    """Make an output of a sound that writes its silences to a file, and no sound."""
    for name, options in (
        ("aresample", {"sample_rate": str(_HZ)}),
        ("aformat", {"channel_layouts": "mono"}),
        ("silencedetect", {"noise": f"{SILENT_DB}dB", "duration": f"{SHORTEST_MS}ms"}),
        ("ametadata", {"mode": "print", "file": target, "direct": "1"}),
    ):
        sound = sound.filter(name, **options)
    return ffmpeg.output(sound, "-", format="null")


def _found(recording: Recording, metadata: bytes) -> tuple[Span, ...]:
    late = recording.audio.start_ms if recording.audio else 0
    before = (Span(0, late),) if late >= SHORTEST_MS else ()
    return (*before, *_spans(metadata, recording.duration_ms))


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

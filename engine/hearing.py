"""Find which sounds are where: speech, music, silence.

The sound is read in pieces of a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine import models
from engine.decoding import SAMPLE_RATE, Samples, Sound
from engine.findings import SoundKinds, Stretch
from engine.stretches import at_least, clipped, joined, overlap_ms

PIECE_MS = 60_000
MARGIN_MS = 2_000  # heard on both sides of a piece, so that its edges are judged in context
SILENCE_DBFS = -50.0
SILENCE_STEP_MS = 100
SHORTEST_SILENCE_MS = 500
SHORTEST_MUSIC_MS = 1_000
AGREED_SHARE = 0.4  # of a line of speech, where both detectors must hear speech


def hear(sound: Sound, check: Callable[[float], None]) -> SoundKinds:
    """Find the kinds of sound.

    `check` is called between pieces, with the share that is done, and raises where nobody waits any more.
    """
    voice: list[Stretch] = []
    spoken: list[Stretch] = []
    music: list[Stretch] = []
    quiet: list[Stretch] = []
    for start in range(0, sound.duration_ms, PIECE_MS):
        check(start / sound.duration_ms)
        end = min(start + PIECE_MS, sound.duration_ms)
        offset = max(0, start - MARGIN_MS)
        samples = sound.read(offset, end + MARGIN_MS)
        with models.voice_activity().using() as detector:
            heard = detector.detect(samples)["timestamps"]
        with models.sound_events().using() as detector:
            events = detector.detect(samples)["events"]
        voice += clipped(_stretches(heard, offset), start, end)
        spoken += clipped(_stretches(events["speech"], offset), start, end)
        music += clipped(_stretches(events["music"] + events["singing"], offset), start, end)
        quiet += _silences(sound.read(start, end), start)
    return SoundKinds(
        speech=tuple(agreed(joined(voice, gap_ms=50), joined(spoken))),
        music=tuple(at_least(joined(music, gap_ms=1_000), SHORTEST_MUSIC_MS)),
        silence=tuple(at_least(joined(quiet), SHORTEST_SILENCE_MS)),
    )


def agreed(voice: list[Stretch], spoken: list[Stretch]) -> list[Stretch]:
    """Keep the stretches of `voice` that the other detector confirms often enough.

    Music alone fools only one of them.
    """
    return [each for each in voice if overlap_ms(each, spoken) >= AGREED_SHARE * each.duration_ms]


def _stretches(pairs: list[Any], offset_ms: int) -> list[Stretch]:
    return [Stretch(offset_ms + round(start * 1000), offset_ms + round(end * 1000)) for start, end in pairs]


def _silences(samples: Samples, offset_ms: int) -> list[Stretch]:
    step = SILENCE_STEP_MS * SAMPLE_RATE // 1000
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    level = np.sqrt(np.mean(np.square(whole), axis=1))
    quiet = np.flatnonzero(level < 10 ** (SILENCE_DBFS / 20))
    starts = (offset_ms + int(index) * SILENCE_STEP_MS for index in quiet)
    return joined(Stretch(start, start + SILENCE_STEP_MS) for start in starts)

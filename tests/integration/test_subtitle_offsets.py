"""Cues lie where the sound is, whatever the container says about when its streams begin.

The service here hears: it finds the beeps in the sound that it was really sent. Recordings beep at each whole second.
"""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pysubs2
import pytest

from tests.support.cli import reelsheet
from tests.support.media import make_audio, make_late_picture, make_video
from tests.support.service import Asked, FakeService
from tests.support.service_specs import KEY
from tests.support.talking import NOBODY, PROFILES

Env = dict[str, str]
LARGEST_MS = 40


def heard_beeps(asked: Asked) -> str:
    """An entry for each beep, at its time in the sound that was sent."""
    starts = [onset for part in _sounds(asked.body) for onset in _onsets_ms(part)]
    entries = (
        f"{_clock(ms)} - {_clock(ms + 100)}\nSpeaker: Beeper\nContent: “Beep {number}.”\n"
        for number, ms in enumerate(starts)
    )
    return f"{PROFILES}Beeper - a tone\n\n" + "\n".join(entries) if starts else NOBODY


def _sounds(body: Any) -> Iterator[bytes]:
    for message in body["messages"]:
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] == "input_audio":
                yield base64.b64decode(part["input_audio"]["data"].rpartition(",")[2])


def _onsets_ms(sound: bytes) -> list[int]:
    with wave.open(io.BytesIO(sound)) as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 3000)
    first = loud[np.diff(loud, prepend=-rate) > rate // 2]
    return [round(1000 * int(place) / rate) for place in first]


def _clock(ms: int) -> str:
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


RECORDINGS: dict[str, Callable[[Path], Path]] = {
    "sound 1.5 s late": lambda folder: make_video(folder, "late.mp4", seconds=6, size="96x96", audio_delay_ms=1500),
    "the same in mkv": lambda folder: make_video(folder, "late.mkv", seconds=6, size="96x96", audio_delay_ms=1500),
    "picture 1.5 s late": lambda folder: make_late_picture(folder, "dark.mp4", seconds=6, late_ms=1500),
    "mp3 with encoder delay": lambda folder: make_audio(folder, "beeps.mp3", seconds=6),
    "m4a with priming": lambda folder: make_audio(folder, "beeps.m4a", seconds=6),
    "the same in a transport stream": lambda folder: make_video(
        folder, "late.ts", seconds=6, size="96x96", audio_delay_ms=1500
    ),
    "picture late in mkv": lambda folder: make_late_picture(folder, "dark.mkv", seconds=6, late_ms=1500),
    "picture late in a transport stream": lambda folder: make_late_picture(folder, "dark.ts", seconds=6, late_ms=1500),
    "ogg": lambda folder: make_audio(folder, "beeps.ogg", seconds=6),
    "opus with pre-skip": lambda folder: make_audio(folder, "beeps.opus", seconds=6),
    "wav of three segments": lambda folder: make_audio(folder, "beeps.wav", seconds=130),
}


@pytest.fixture(scope="module")
def subtitles(session_env: Env, media: Path) -> dict[str, Path]:
    """The file that one run over all recordings wrote for each."""
    recordings = {name: make(media / str(number)) for number, (name, make) in enumerate(RECORDINGS.items())}
    where = ("--settle", "0", "--dataset", media / "dataset", "--scenario", "fine", "--json")
    with FakeService(api_key=KEY, answer=heard_beeps) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        ran = reelsheet("subtitle", *recordings.values(), *where, env=env)
    assert ran.status == 0, ran.err
    return {name: recording.with_suffix(".srt") for name, recording in recordings.items()}


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_cue_begins_with_its_sound(subtitles: dict[str, Path], name: str) -> None:
    cues = pysubs2.load(str(subtitles[name]))
    assert len(cues) >= 4
    assert [cue.start for cue in cues if abs(cue.start - round(cue.start, -3)) > LARGEST_MS] == []


def test_the_service_hears_what_it_is_sent() -> None:
    samples = np.zeros(16_000 * 2, "<i2")
    samples[16_000:17_600] = 9000
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.tobytes())
    assert _onsets_ms(out.getvalue()) == [1000]

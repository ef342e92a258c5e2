"""How good subtitles by the embedded engine are: words, beginnings, and the edits that a person would have to make.

    python -m bench.subtitle_engine

Runs `reelsheet subtitle` on copies of the English samples and of a reading that lies inside the package of the speech
recogniser (two_cities.wav, 44 s), and compares the files with the references in bench/references/, which were made by
hand. Beginnings are held against voice activity: a cue must begin where a voice is, and where a voice sets in after a
pause of half a second a cue must begin. SubER counts the edits of words, line breaks and cue breaks, for our files and
for the same words cut every seven seconds; it needs the extra `bench`. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pysubs2
from rapidfuzz.distance import Levenshtein

from bench.engine_quality import SAMPLES, inside_recogniser
from engine.decoding import decode_sound
from engine.findings import Stretch
from engine.hearing import hear
from engine.media import probed

ENGLISH_SAMPLES = ("harbour-day.mp4", "two-readers.m4a", "phone-ferry.mp4")
REFERENCES = Path(__file__).parent / "references"
WORD_ERRORS = 0.08
VIOLATIONS = 0.02  # of the cues, at most
APART_MS = 400  # a cue may begin from the voice
PAUSE_MS = 500  # after which the voice sets in anew
CUT_MS = 7000
BETTER = 2 / 3  # of the naive cut's SubER, at most


@dataclass(frozen=True, slots=True)
class Measured:
    words: int
    wrong: int
    apart_ms: tuple[int, ...]

    def line(self, name: str) -> str:
        far = sum(ms > APART_MS for ms in self.apart_ms)
        return (
            f"{name:18}{self.words:6}{self.wrong / max(1, self.words):8.1%}{len(self.apart_ms):12}{far:16}"
            f"{max(self.apart_ms, default=0):14}"
        )


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="subtitle-engine-") as name:
        folder = Path(name)
        sources = [*(SAMPLES / name for name in ENGLISH_SAMPLES), inside_recogniser("two_cities.wav")]
        recordings = [Path(shutil.copy(source, folder)) for source in sources]
        files = _subtitle(folder)
        print(f"{'':18}{'words':>6}{'wrong':>8}{'beginnings':>12}{f'over {APART_MS} ms off':>16}{'worst, ms':>14}")
        found = [_measured(recording) for recording in recordings]
        for recording, one in zip(recordings, found, strict=True):
            print(one.line(recording.name))
        everything = Measured(
            sum(one.words for one in found),
            sum(one.wrong for one in found),
            tuple(ms for one in found for ms in one.apart_ms),
        )
        print(everything.line("all"))
        cues, violations = (sum(file[name] for file in files) for name in ("cues", "violations"))
        print(f"violations of the style: {violations} in {cues} cues")
        good = violations <= VIOLATIONS * cues and everything.wrong <= WORD_ERRORS * everything.words
        good = good and all(ms <= APART_MS for ms in everything.apart_ms)
        good = _edits([_written(recording) for recording in recordings]) and good
    print("all limits met" if good else "A LIMIT IS MISSED")
    return 0 if good else 1


def _subtitle(folder: Path) -> list[dict[str, Any]]:
    """Write the subtitles, and give what the command says of the files."""
    how = ("--settle", "0", "--provider", "local", "--language", "en", "--speakers", "none", "--json")
    argv = [sys.executable, "-m", "flows.entrypoint", "subtitle", str(folder), *how]
    ran = subprocess.run([*argv, "--dataset", str(folder / "dataset")], check=True, stdout=subprocess.PIPE)
    files: list[dict[str, Any]] = json.loads(ran.stdout)["files"]
    return files


def _written(recording: Path) -> Path:
    return recording.with_suffix(".en.srt")


def _measured(recording: Path) -> Measured:
    cues = pysubs2.load(str(_written(recording)))
    said = _words(pysubs2.load(str(REFERENCES / f"{recording.stem}.srt")))
    starts = [cue.start for cue in cues]
    return Measured(len(said), Levenshtein.distance(said, _words(cues)), tuple(_apart_ms(starts, _voice(recording))))


def _words(cues: pysubs2.SSAFile) -> list[str]:
    text = " ".join(cue.plaintext for cue in cues)
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


# --- beginnings ----------------------------------------------------------------------------------------------------


def _voice(recording: Path) -> tuple[Stretch, ...]:
    """Listen where somebody speaks, with the engine's voice activity detection."""
    with tempfile.TemporaryDirectory(prefix="subtitle-engine-") as folder:
        return hear(decode_sound(probed(recording), Path(folder, "sound.raw")), lambda _: None).speech


def _apart_ms(starts: Sequence[int], voice: Sequence[Stretch]) -> Iterator[int]:
    """Measure how far cues begin from the voice: 0 for one that begins while somebody speaks.

    Where the voice sets in after a pause, the nearest cue counts.
    """
    for start in starts:
        yield min(max(one.start_ms - start, start - one.end_ms, 0) for one in voice)
    ends = [-PAUSE_MS, *(one.end_ms for one in voice)]
    for one, before in zip(voice, ends, strict=False):
        if one.start_ms - before >= PAUSE_MS:
            yield min(abs(start - one.start_ms) for start in starts)


# --- edits ---------------------------------------------------------------------------------------------------------


def _edits(files: Sequence[Path]) -> bool:
    """Print SubER of our files and of the same words cut every seven seconds."""
    if not find_spec("suber"):
        print("SubER is not installed (pip install '.[bench]'): the edits are not counted.")
        return True
    cut = [_cut_evenly(file) for file in files]
    print(f"\nSubER, edits in 100 words and breaks{'ours':>10}{f'cut every {CUT_MS // 1000} s':>18}")
    for ours, other in zip(files, cut, strict=True):
        print(f"{_stem(ours):36}{_suber([ours]):10.1f}{_suber([other]):18.1f}")
    total, others = _suber(files), _suber(cut)
    print(f"{'all':36}{total:10.1f}{others:18.1f}: {1 - total / others:.0%} lower")
    return total <= BETTER * others


def _suber(files: Sequence[Path]) -> float:
    names = [str(file) for file in files], [str(REFERENCES / f"{_stem(file)}.srt") for file in files]
    ours, references = import_module("suber.concat_input_files").create_concatenated_segments(*names)
    edits: float = import_module("suber.metrics.suber").calculate_SubER(ours, references)
    return edits


def _stem(file: Path) -> str:
    """Give the recording's name from that of a subtitle file."""
    return file.name.partition(".")[0]


def _cut_evenly(file: Path) -> Path:
    """Write the words of a file again, cut every seven seconds into cues of lines that are as full as can be.

    A word's time is in proportion to the characters of its cue.
    """
    timed = [pair for cue in pysubs2.load(str(file)) for pair in _timed(cue)]
    cut = pysubs2.SSAFile()
    for begin in range(0, timed[-1][0] + 1, CUT_MS):
        words = " ".join(word for ms, word in timed if begin <= ms < begin + CUT_MS)
        if words:
            cut.append(pysubs2.SSAEvent(begin, begin + CUT_MS, "\\N".join(textwrap.wrap(words, 42))))
    path = file.with_suffix(".cut.srt")
    cut.save(str(path))
    return path


def _timed(cue: pysubs2.SSAEvent) -> Iterator[tuple[int, str]]:
    words, said = cue.plaintext.split(), 0
    for word in words:
        yield int(cue.start + cue.duration * said // len(" ".join(words))), word
        said += len(word) + 1


if __name__ == "__main__":
    sys.exit(main())

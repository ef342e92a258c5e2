"""How good subtitles by the embedded engine are: word error rate, and how far cues begin from the voice.

    python -m bench.subtitle_engine

Runs `reelsheet subtitle` on copies of the samples, and compares the files with samples/truth.json.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pysubs2

PAUSE_MS = 500  # after which the voice sets in anew
SAMPLES = Path(__file__).parent.parent / "samples"


def main() -> int:
    truth = json.loads((SAMPLES / "truth.json").read_text())
    with tempfile.TemporaryDirectory(prefix="subtitle-engine-") as name:
        folder = Path(name)
        for sample in truth:
            shutil.copy(SAMPLES / sample, folder)
        _subtitle(folder)
        errors = words = 0
        apart: list[int] = []
        for sample, facts in truth.items():
            cues = pysubs2.load(str(folder / f"{Path(sample).stem}.en.srt"))
            said = _words(" ".join(one["text"] for one in facts["transcript"]))
            shown = _words(" ".join(cue.plaintext for cue in cues))
            wrong = edit_distance(said, shown)
            starts = list(_apart_ms([cue.start for cue in cues], facts["transcript"]))
            farthest = max(starts, default=0)
            print(f"{sample}: {wrong / len(said):.1%} of {len(said)} words wrong; begins at most {farthest} ms apart")
            errors, words, apart = errors + wrong, words + len(said), apart + starts
    late = sum(ms > 400 for ms in apart)
    print(f"all: {errors / words:.1%} of words wrong; {late} of {len(apart)} beginnings over 400 ms from the voice")
    return 0


def _subtitle(folder: Path) -> None:
    how = ("--settle", "0", "--provider", "local", "--language", "en", "--speakers", "none")
    argv = [sys.executable, "-m", "flows.entrypoint", "subtitle", str(folder), *how]
    subprocess.run([*argv, "--dataset", str(folder / "dataset")], check=True, stdout=subprocess.DEVNULL)


def _apart_ms(starts: Sequence[int], voice: Sequence[dict[str, int]]) -> Iterator[int]:
    """How far cues begin from the voice: 0 for one that begins while somebody speaks, unless it is late.

    Where the voice sets in after a pause of half a second, the nearest cue counts.
    """
    for start in starts:
        yield min(max(one["start_ms"] - start, start - one["end_ms"], 0) for one in voice)
    ends = [-PAUSE_MS, *(one["end_ms"] for one in voice)]
    for one, before in zip(voice, ends, strict=False):
        if one["start_ms"] - before >= PAUSE_MS:
            yield min(abs(start - one["start_ms"]) for start in starts)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def edit_distance(said: Sequence[str], shown: Sequence[str]) -> int:
    """How many words are missing, added or wrong."""
    row = list(range(len(shown) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(shown, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]


if __name__ == "__main__":
    sys.exit(main())

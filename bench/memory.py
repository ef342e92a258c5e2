"""What a run needs at its peak, however much there is to do: `python -m bench.memory [MANY]`.

Through the real command line, against a stand-in that answers at once: MANY short recordings (1,000) beside 20 of them,
a sound of three hours and a video of one hour beside two minutes of each. The peak is that of the command and of all
processes below it (ffmpeg, ffprobe, readers), each page counted once, whoever else has it; the Prefect server is no
part of it. The clips may not pass their bounds: in number twice the concurrency, where two short ones count as one, in
size what REELSHEET_WORKDIR_MB allows. All that lies in the work folder counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.media_sources import FFMPEG, OTHERS, make
from bench.process_tree import Peaks, watched
from bench.results import verdict
from tasks.system.child_server import ChildServer
from tests.support.cli import command, environment
from tests.support.service import FakeService

LIMIT = 1.2
FEW = 20
CONCURRENCY = 16
MOST_CLIPS = 2 * CONCURRENCY
MOST_CLIPS_MB = 2000
SHORT_S = 120


@dataclass(frozen=True, slots=True)
class Needed:
    """What one run took."""

    peaks: Peaks
    left_behind: int  # files in the work folder after the run
    wall_s: float
    processor_s: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of folders with little and with much to do, by what they hold."""

    what: str
    little: tuple[str, Path]
    much: tuple[str, Path]
    most_clips: int = MOST_CLIPS


def main(many: int = 1000) -> int:
    good = True
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as name, FakeService() as service:
        folder = Path(name)
        with prefect_server(folder) as env:
            env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": service.base_url, "NO_PROXY": "127.0.0.1"}
            env["REELSHEET_WORKDIR_MB"] = str(MOST_CLIPS_MB)
            columns = f"{'peak MB':>9}{'ffmpeg MB':>11}{'clips':>7}{'clips MB':>10}{'left':>6}{'wall s':>8}{'cpu s':>8}"
            print(f"{'':24}{columns}")
            for pair in (sounds(folder), videos(folder), short_recordings(folder, many)):
                good &= compared(pair, env, folder)
    return 0 if good else 1


def compared(pair: Pair, env: dict[str, str], folder: Path) -> bool:
    """Analyse both folders of a pair, and print what they needed."""
    runs = []
    for title, recordings in (pair.little, pair.much):
        runs.append(one := measured(folder, recordings, env))
        peaks = one.peaks
        figures = (
            f"{peaks.memory_mb:9.1f}{peaks.below_mb:11.1f}{peaks.clips:7}{peaks.clips_mb:10.2f}{one.left_behind:6}"
        )
        print(f"{title:24}{figures}{one.wall_s:8.1f}{one.processor_s:8.1f}")
    little, much = runs
    ratio = much.peaks.memory_mb / little.peaks.memory_mb
    bounded = all(
        run.peaks.clips <= pair.most_clips and run.peaks.clips_mb <= MOST_CLIPS_MB and not run.left_behind
        for run in runs
    )
    most = max(run.peaks.clips for run in runs)
    print(verdict(f"{pair.what}: peak memory", f"{ratio:.2f} times", f"{LIMIT}", met=ratio <= LIMIT))
    print(verdict(f"{pair.what}: clips at once, none left", f"{most}", f"{pair.most_clips}", met=bounded))
    return ratio <= LIMIT and bounded


def sounds(folder: Path) -> Pair:
    """Three hours of noise in AAC, and two minutes."""
    loop = folder / "loop.m4a"
    noise = ("-f", "lavfi", "-i", "anoisesrc=c=pink:a=0.2:r=44100", "-t", "60", "-c:a", "aac", "-b:a", "96k")
    subprocess.run([*FFMPEG, *noise, str(loop)], check=True)
    return Pair("sound", repeated(folder, loop, SHORT_S), repeated(folder, loop, 3 * 3600))


def videos(folder: Path) -> Pair:
    """An hour of a small picture with sound, and two minutes."""
    film = make(OTHERS[-1])
    return Pair("video", repeated(folder, film, SHORT_S), repeated(folder, film, 3600))


def short_recordings(folder: Path, many: int) -> Pair:
    """Recordings of a second; each file has bytes of its own."""
    return Pair("short recordings", of_a_second(folder, FEW), of_a_second(folder, many), 2 * MOST_CLIPS)


def of_a_second(folder: Path, count: int) -> tuple[str, Path]:
    recordings = folder / f"{count}-short"
    recordings.mkdir()
    for number in range(count):
        make_recording(recordings / f"{number:05d}.wav", number)
    return f"{count} short recordings", recordings


def repeated(folder: Path, source: Path, seconds: int) -> tuple[str, Path]:
    title = f"{source.suffix[1:]}, {seconds // 60} minutes"
    recordings = folder / f"{seconds}-{source.suffix[1:]}"
    recordings.mkdir()
    how = ("-stream_loop", "-1", "-i", str(source), "-t", str(seconds), "-c", "copy")
    subprocess.run([*FFMPEG, *how, str(recordings / f"recording{source.suffix}")], check=True)
    return title, recordings


def make_recording(path: Path, number: int) -> None:
    """A second of sound."""
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(b"".join(((i * (number + 7)) % 2000).to_bytes(2, "little") for i in range(8000)))


@contextmanager
def prefect_server(folder: Path) -> Iterator[dict[str, str]]:
    """An environment with a server of its own, so that its memory is not counted."""
    env = environment(PREFECT_HOME=str(folder / "prefect"))
    with ChildServer("Prefect server", [sys.executable, "-m", "flows.runtime.prefect_server"], env, 180) as server:
        yield {**env, "PREFECT_API_URL": server.url}


def measured(folder: Path, recordings: Path, env: dict[str, str]) -> Needed:
    """One run over a folder, in an empty dataset."""
    clips = folder / f"clips-{recordings.name}"
    clips.mkdir()
    words = command(
        "analyze", recordings, "--dataset", folder / f"dataset-{recordings.name}", "--settle", "0",
        "--concurrency", CONCURRENCY, "--workdir", clips,
    )  # fmt: skip
    started = time.monotonic()
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with watched(process.pid, clips) as peaks:
        _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: what the stand-in answers may be partial
        raise SystemExit(f"the run over {recordings.name} ended with status {os.waitstatus_to_exitcode(status)}")
    left = sum(1 for path in clips.rglob("*") if path.is_file())
    return Needed(peaks, left, time.monotonic() - started, used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""What a run needs at its peak, as the number of recordings grows: `python -m bench.memory [FEW] [MANY]`.

Short recordings through the real command line, against a stand-in service that answers at once. The ratio of the two
peaks (resident memory of the command's own process) is what counts, and that the clips never passed their bounds: in
number twice the concurrency, in size what REELSHEET_WORKDIR_MB allows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tasks.system.child_server import ChildServer
from tests.support.cli import command, environment
from tests.support.service import FakeService

LIMIT = 1.3
CONCURRENCY = 16
MOST_CLIPS = 2 * CONCURRENCY
MOST_CLIPS_MB = 2000


@dataclass(frozen=True, slots=True)
class Needed:
    """What one run took."""

    peak_mb: float
    clips: int  # at most, at once
    clips_mb: float
    left_behind: int  # files in the work folder after the run
    wall_s: float


def main(few: int = 20, many: int = 2000) -> int:
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as name, FakeService() as service:
        folder = Path(name)
        with prefect_server(folder) as env:
            env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": service.base_url, "NO_PROXY": "127.0.0.1"}
            env["REELSHEET_WORKDIR_MB"] = str(MOST_CLIPS_MB)
            runs = {count: measured(folder, count, env) for count in (few, many)}
    print(f"{'recordings':>10}{'peak MB':>10}{'clips':>7}{'clips MB':>10}{'left':>6}{'wall s':>8}")
    for count, needed in runs.items():
        print(f"{count:10}{needed.peak_mb:10.1f}{needed.clips:7}{needed.clips_mb:10.2f}", end="")
        print(f"{needed.left_behind:6}{needed.wall_s:8.1f}")
    ratio = runs[many].peak_mb / runs[few].peak_mb
    steady = ratio <= LIMIT and not runs[many].left_behind
    bounded = all(run.clips <= MOST_CLIPS and run.clips_mb <= MOST_CLIPS_MB for run in runs.values())
    print(f"\npeak with {many} over peak with {few}: {ratio:.2f} (limit {LIMIT}): {'met' if steady else 'MISSED'}")
    sentence = f"at most {MOST_CLIPS} clips and {MOST_CLIPS_MB} MB of them at once"
    print(f"{sentence}: {'met' if bounded else 'MISSED'}")
    return 0 if steady and bounded else 1


@contextmanager
def prefect_server(folder: Path) -> Iterator[dict[str, str]]:
    """An environment with a server of its own, so that its memory is not counted."""
    env = environment(PREFECT_HOME=str(folder / "prefect"))
    with ChildServer("Prefect server", [sys.executable, "-m", "flows.runtime.prefect_server"], env, 180) as server:
        yield {**env, "PREFECT_API_URL": server.url}


def measured(folder: Path, count: int, env: dict[str, str]) -> Needed:
    """One run over `count` recordings of a second each, in an empty dataset."""
    recordings, clips = folder / f"in-{count}", folder / f"clips-{count}"
    recordings.mkdir()
    clips.mkdir()
    for number in range(count):
        make_recording(recordings / f"{number:05d}.wav", number)
    words = command(
        "analyze", recordings, "--dataset", folder / f"dataset-{count}", "--settle", "0",
        "--concurrency", CONCURRENCY, "--workdir", clips,
    )  # fmt: skip
    started = time.monotonic()
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with watched(clips) as seen:
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the run over {count} recordings ended with status {os.waitstatus_to_exitcode(status)}")
    left = sum(1 for path in clips.rglob("*") if path.is_file())
    most, largest = max(map(len, seen), default=0), max(map(sum, seen), default=0) / 1e6
    return Needed(used.ru_maxrss / 1024, most, largest, left, time.monotonic() - started)


def make_recording(path: Path, number: int) -> None:
    """A second of sound; each file has bytes of its own."""
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(b"".join(((i * (number + 7)) % 2000).to_bytes(2, "little") for i in range(8000)))


@contextmanager
def watched(clips: Path) -> Iterator[list[list[int]]]:
    """The sizes of all clips, looked at ten times a second."""
    seen: list[list[int]] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            seen.append([size for path in clips.rglob("*") if (size := size_of(path))])  # the lock is empty

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # answered and deleted meanwhile
        return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

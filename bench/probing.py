"""What it takes to probe many short recordings: `python -m bench.probing [RECORDINGS]`.

Of each kind some recordings of about a second are probed in handfuls, as a run does, once by ffprobe alone and once
with PyAV. What counts is the processor time of all processes together, and how often ffprobe was started.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tasks.media import av_pool, ffmpeg, probing
from tasks.media.probing import probe_recording

HANDFUL = 16
KINDS = {
    "speech.flac": ("-ar", "16000"),
    "speech.mp3": ("-ar", "44100", "-b:a", "64k"),
    "speech.m4a": ("-c:a", "aac"),
    "speech.opus": ("-c:a", "libopus"),
    "film.mp4": ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    "film.mkv": ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    "film.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
}


def main(recordings: int = 64) -> int:
    print(f"{recordings} recordings of a kind: processor time of each, and starts of ffprobe")
    print(f"{'':16}{'ffprobe alone':>22}{'with PyAV':>22}")
    better = []
    with tempfile.TemporaryDirectory(prefix="bench-probing-") as name:
        for kind, words in KINDS.items():
            paths = [made(Path(name) / f"{number}-{kind}", number, words) for number in range(recordings)]
            alone, started_alone = probed(paths, ahead=False)
            both, started = probed(paths, ahead=True)
            better.append(both < alone)
            print(f"{kind:16}{alone:16.1f} ms{started_alone:3}{both:16.1f} ms{started:3}")
    return 0 if all(better) else 1


def made(path: Path, number: int, words: Sequence[str]) -> Path:
    seconds = str(0.8 + number % 16 / 20)
    film = ("-f", "lavfi", "-t", seconds, "-i", "testsrc2=s=320x240") if "film" in path.name else ()
    sound = ("-f", "lavfi", "-t", seconds, "-i", f"sine=f={300 + number}:r=48000")
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *film, *sound, *words, path], check=True)
    return path


def probed(paths: Sequence[Path], *, ahead: bool) -> tuple[float, int]:
    """Return the milliseconds of processor time for each, and how often ffprobe was started."""
    started = 0
    ffprobe = ffmpeg.ffprobe

    def counted(*words: object, **options: object) -> object:
        nonlocal started
        started += 1
        return ffprobe(*words, **options)  # type: ignore[arg-type]

    vars(probing)["ffprobe"] = counted
    began = processor_s()
    for start in range(0, len(paths), HANDFUL):
        some = paths[start : start + HANDFUL]
        readings = av_pool.read_ahead([*map(str, some)]) if ahead else (None,) * len(some)
        for path, reading in zip(some, readings, strict=True):
            probe_recording(path, path.name, reading=reading)
    av_pool.close()  # so that its processes are counted, and their start
    vars(probing)["ffprobe"] = ffprobe
    return 1000 * (processor_s() - began) / len(paths), started


def processor_s() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

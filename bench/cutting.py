"""What cutting costs, beside its two natural neighbours: `python -m bench.cutting [SECONDS]`.

Ten minutes of 720p are (a) decoded only, (b) cut into standard spans as for a model, at two frames per second,
(c) encoded again in full. The ratios within one run are what counts; processor seconds bear other work on the machine.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tasks.identity import segment_id
from tasks.media.cutting import cut_segment
from tasks.media.probing import probe_recording
from tasks.records import AnalysisPlan, Picture, PlannedSegment, Question, Recording, Span, Tokens

LOOP_S = 20  # made once, and repeated until it is long enough
SPAN_MS = 200_000  # ten minutes balanced below the four of the standard scenario
BUDGET = 7_300_000
FFMPEG = ["ffmpeg", "-nostdin", "-v", "error", "-y"]


@dataclass(frozen=True, slots=True)
class Cost:
    wall_s: float
    processor_s: float
    written_bytes: int


def main(seconds: int = 600) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-cutting-") as name:
        folder = Path(name)
        source = make_source(folder, seconds)
        recording = probe_recording(source, source.name)
        print(f"{seconds} s of 1280x720 at 25 fps, {source.stat().st_size / 1e6:.1f} MB\n")
        rows = [
            ("decode only", measured(lambda: decode(source))),
            ("cut into spans", measured(lambda: cut(recording, folder))),
            ("encode in full", measured(lambda: encode(source, folder / "full.mp4"))),
        ]
    base = rows[0][1]
    print(f"{'':16}{'wall s':>8}{'cpu s':>8}{'ratio':>8}{'x real time':>13}{'MB':>8}")
    for title, cost in rows:
        ratio, speed = cost.processor_s / base.processor_s, seconds / cost.wall_s
        size = cost.written_bytes / 1e6
        print(f"{title:16}{cost.wall_s:8.1f}{cost.processor_s:8.1f}{ratio:8.2f}{speed:13.1f}{size:8.1f}")


def make_source(folder: Path, seconds: int) -> Path:
    """A zoom into a fractal with pink noise: detail and motion everywhere, a key frame every ten seconds."""
    picture = "mandelbrot=s=640x360:r=25:end_scale=0.0001:end_pts=1500,scale=1280x720"
    sources = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "anoisesrc=c=pink:a=0.2:r=48000"]
    loop, source = folder / "loop.mp4", folder / "source.mp4"
    once = ["-t", str(LOOP_S), "-preset", "veryfast", "-pix_fmt", "yuv420p", str(loop)]
    subprocess.run([*FFMPEG, *sources, *once], check=True)
    again = ["-stream_loop", str(-(-seconds // LOOP_S) - 1), "-i", str(loop), "-t", str(seconds), "-c", "copy"]
    subprocess.run([*FFMPEG, *again, str(source)], check=True)
    return source


def decode(source: Path) -> int:
    subprocess.run([*FFMPEG, "-i", str(source), "-f", "null", "-"], check=True)
    return 0


def cut(recording: Recording, folder: Path) -> int:
    question = Question("standard", "", "", "sections", "auto")
    spans = [
        Span(start, min(start + SPAN_MS, recording.duration_ms)) for start in range(0, recording.duration_ms, SPAN_MS)
    ]
    segments = tuple(_segment(seq, span) for seq, span in enumerate(spans) if span.duration_ms >= 1000)
    plan = AnalysisPlan("bench", recording, "standard", question, "local", "model", "base64", segments, "{}")
    clips = [clip for segment in segments for clip in cut_segment(plan, segment, folder, BUDGET)]
    return sum(clip.size_bytes for clip in clips)


def _segment(seq: int, span: Span) -> PlannedSegment:
    picture = Picture(1152, 640, 2.0, span.duration_ms // 500, 921_600)
    return PlannedSegment(seq, segment_id("bench", span), span, "scenario", picture, True, Tokens())


def encode(source: Path, target: Path) -> int:
    subprocess.run(
        [*FFMPEG, "-i", str(source), "-preset", "veryfast", "-crf", "26", "-c:a", "aac", str(target)], check=True
    )
    return target.stat().st_size


def measured(work: Callable[[], int]) -> Cost:
    began, spent = time.monotonic(), _children_s()
    written = work()
    return Cost(time.monotonic() - began, _children_s() - spent, written)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))

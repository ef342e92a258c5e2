"""Make the recordings that `bench.cutting` cuts, once.

They stay in the system's folder for temporary files. Each is a fractal that is zoomed into, with a test card that moves
over it, grain, and pink noise in stereo. Half a minute or less is encoded, and repeated without encoding it again.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / "reelsheet-bench-media"
FFMPEG = ("ffmpeg", "-nostdin", "-v", "error", "-y")

_X264 = ("-c:v", "libx264", "-preset", "medium", "-crf", "23", "-pix_fmt", "yuv420p")
_X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p10le")
_X265_QUIET = ("-x265-params", "log-level=error:bframes=3")
_VP9 = (
    "-c:v",
    "libvpx-vp9",
    "-pix_fmt",
    "yuv420p",
    "-deadline",
    "realtime",
    "-cpu-used",
    "7",
    "-row-mt",
    "1",
    "-b:v",
    "2M",
)


@dataclass(frozen=True, slots=True)
class Source:
    """One recording: how it is encoded, and how often what is encoded is repeated."""

    title: str
    file: str
    size: tuple[int, int]
    seconds: int
    loop_s: int
    video: tuple[str, ...]
    audio: tuple[str, ...] = ("-c:a", "aac", "-b:a", "128k")

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.seconds}s-{self.file}"


FILM = Source("H.264 720p", "film.mp4", (1280, 720), 600, 30, _X264)
OTHERS = (
    Source("HEVC 10-bit 4K", "uhd.mkv", (3840, 2160), 30, 3, (*_X265, *_X265_QUIET)),
    Source("VP9 720p WebM", "web.webm", (1280, 720), 600, 15, _VP9, ("-c:a", "libopus", "-b:a", "96k")),
    Source("H.264 270p, 70 min", "long.mp4", (480, 270), 4200, 30, _X264),
)


def make(source: Source) -> Path:
    """Return the recording, made if there is none yet."""
    if not source.path.exists():
        FOLDER.mkdir(exist_ok=True)
        loop, unfinished = (source.path.with_stem(f"{source.path.stem}-{what}") for what in ("loop", "part"))
        subprocess.run([*FFMPEG, *_drawn(source), *source.video, *source.audio, str(loop)], check=True)
        again = ("-stream_loop", str(-(-source.seconds // source.loop_s) - 1), "-i", str(loop))
        subprocess.run([*FFMPEG, *again, "-t", str(source.seconds), "-c", "copy", str(unfinished)], check=True)
        unfinished.replace(source.path)
        loop.unlink()
    return source.path


def _drawn(source: Source) -> tuple[str, ...]:
    width, height = source.size
    fractal = f"mandelbrot=s=320x180:r=25:end_scale=0.001:end_pts=1500,scale={width}x{height}[back]"
    card = f"testsrc2=s={width // 4 * 2}x{height // 4 * 2}:r=25[card]"
    moved = f"[back][card]overlay=x='{width / 4}*(1+sin(t))':y='{height / 4}*(1+cos(t/2))',noise=alls=3:allf=t[v]"
    sound = "anoisesrc=c=pink:a=0.2:r=48000,aformat=channel_layouts=stereo,asetnsamples=960[a]"
    graph = ";".join((fractal, card, moved, sound))
    return "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-t", str(source.loop_s)

"""Clips of which only what is seen was decoded: byte for byte those of which everything was."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tasks.identity import segment_id
from tasks.media import cutting, disposable, thinned
from tasks.media.probing import probe_recording
from tasks.records import AnalysisPlan, Clip, Picture, PlannedSegment, Question, Recording, Span, Tokens
from tests.support import measuring, media

pytestmark = pytest.mark.usefixtures("asked_once")

MOVING = ["-f", "lavfi", "-i", "testsrc2=s=200x120:r={fps}:d=22", "-f", "lavfi", "-i", "sine=d=22"]
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-g", "120"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=3:keyint=120"]
PRORES = ["-c:v", "prores_ks", "-profile:v", "proxy", "-qscale:v", "12"]  # given, it is not sought for each slice
UNEVEN = ["-vf", "select='not(eq(mod(n,7),3))*not(between(mod(n,90),40,60))'", "-fps_mode", "vfr"]


def make(folder: Path, name: str, how: Sequence[str], fps: str = "25") -> Recording:
    words = [word.format(fps=fps) for word in MOVING]
    return probe_recording(media.ffmpeg(folder / name, [*words, *how, "-c:a", "aac"]), name)


SMALL = Picture(160, 96, 2.0, 20, 230_400)  # 10 s of it


def cut(recording: Recording, start_ms: int, end_ms: int, folder: Path, picture: Picture = SMALL) -> Clip:
    span = Span(start_ms, end_ms)
    segment = PlannedSegment(0, segment_id("analysis", span), span, "scenario", picture, True, Tokens())
    question = Question("standard", "", "", "sections", "auto")
    plan = AnalysisPlan("analysis", recording, "standard", question, "local", "model", "base64", (segment,), "{}")
    [clip] = cutting.cut_segment(plan, segment, folder, 7_000_000)
    return clip


@pytest.mark.parametrize(
    ("name", "how", "fps"),
    [
        ("film.mp4", X264, "25"),
        ("late.mp4", [*X264, "-output_ts_offset", "0.0203"], "25"),
        ("ntsc.mp4", X264, "30000/1001"),
        ("uneven.mp4", [*X264, *UNEVEN], "25"),
        ("interlaced.mp4", [*X264, "-flags", "+ilme+ildct"], "25"),
        ("uhd.mp4", X265, "25"),
        ("edited.mov", PRORES, "30000/1001"),
        ("fields.mov", [*PRORES, "-flags", "+ildct", "-output_ts_offset", "0.0803"], "25"),
    ],
)
def test_a_thinned_picture_gives_the_same_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: Sequence[str], fps: str
) -> None:
    recording = make(tmp_path, name, how, fps)
    left_out: list[int] = []
    thin_out = disposable.thin_out

    def counted(*args: object) -> int:
        left_out.append(thin_out(*args))  # type: ignore[arg-type]
        return left_out[-1]

    monkeypatch.setattr(thinned, "thin_out", counted)
    clips = [cut(recording, start, start + 10_000, tmp_path) for start in (0, 11_500)]
    fewer = [(Path(clip.path).read_bytes(), clip) for clip in clips]
    monkeypatch.setattr(cutting, "thinned", lambda *_: None)
    whole = [cut(recording, start, start + 10_000, tmp_path) for start in (0, 11_500)]
    assert [(Path(clip.path).read_bytes(), clip) for clip in whole] == fewer
    assert sum(left_out) > 40


def test_the_sound_of_a_thinned_matroska_stays_in_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = media.make_video(tmp_path, "film.mkv", seconds=26)
    recording = probe_recording(film, film.name)
    seen = []
    for thin in (thinned.thinned, lambda *_: None):
        monkeypatch.setattr(cutting, "thinned", thin)
        clip = Path(cut(recording, 12_500, 24_000, tmp_path, Picture(160, 128, 2.0, 23, 230_400)).path)
        seen.append((measuring.frame_numbers(clip), [round(at, -1) for at in measuring.beep_times(clip)]))
    assert seen[0] == seen[1]


def test_a_picture_that_is_turned_is_decoded_whole(tmp_path: Path) -> None:
    film = make(tmp_path, "film.mp4", X264)
    turned = tmp_path / "turned.mp4"
    how = ["-c", "copy", "-metadata:s:v", "rotate=90"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", film.path, *how, str(turned)], check=True)
    assert thinned.thinned(film, Span(0, 12_000), Picture(160, 96, 2.0, 24, 230_400)) is not None
    probed = probe_recording(turned, turned.name)
    assert thinned.thinned(probed, Span(0, 12_000), Picture(96, 160, 2.0, 24, 230_400)) is None

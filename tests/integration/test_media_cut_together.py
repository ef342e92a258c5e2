"""Several short recordings that are cut in one run are the bytes that each would be by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.media import cut_together as together
from tasks.media.cut_together import Cut, can_be_cut_together, cut_together
from tasks.media.hashing import sha256_of
from tasks.records import Clip, Span
from tests.support import media
from tests.support.whole_cuts import BUDGET, clip_alone, whole

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")


def sound(path: Path, source: str) -> Path:
    return media.ffmpeg(path, ["-f", "lavfi", "-i", source, "-ac", "2"])


def video(path: Path, picture: str, heard: str, *how: str) -> Path:
    sources = [word for source in (picture, heard) if source for word in ("-f", "lavfi", "-i", source)]
    return media.ffmpeg(path, [*sources, *how])


def sounds(folder: Path) -> list[Cut]:
    """Sounds of several containers, and one that is silent."""
    found = []
    for number, name in enumerate(("a.wav", "b.mp3", "c.flac", "d.ogg", "e.m4a", "silent.wav")):
        source = "anullsrc=r=44100:d=1.2" if "silent" in name else f"sine=f={300 + 100 * number}:d=1.{number}"
        found.append(whole(sound(folder / name, source)))
    return found


def videos(folder: Path) -> list[Cut]:
    """Short videos of several codecs, frame rates and sizes, with and without sound."""
    cards = ("testsrc2=s=320x240:r=25:d=1.2", "testsrc2=s=640x360:r=30000/1001:d=3", "testsrc2=s=128x96:r=5:d=0.6")
    made = (
        video(folder / "a.mp4", cards[0], "sine=d=1.2", *H264),
        video(folder / "b.mkv", cards[1], "sine=d=2.5", *HEVC, "-ac", "2"),
        video(folder / "c.mov", cards[1], "", *H264),
        video(folder / "d.webm", cards[0], "sine=d=1.2", "-c:v", "libvpx", "-deadline", "realtime"),
        video(folder / "e.mp4", cards[2], "anullsrc=d=0.6", "-c:v", "mpeg4"),
        media.make_video(folder, "late.mp4", seconds=2, audio_delay_ms=700),
        media.make_video(folder, "turned.mp4", seconds=2, rotate=90),
        media.make_vfr(folder, "vfr.mp4", seconds=2),
    )
    return [whole(path) for path in made]


def both(folder: Path, cuts: Sequence[Cut]) -> tuple[list[Clip | None], list[Clip]]:
    """The clips that one run makes, and those of a run for each, where the same paths stand for the same bytes."""
    (folder / "alone").mkdir()
    (folder / "together").mkdir()
    clips = cut_together(cuts, BUDGET, folder / "together")
    return [clip and by_bytes(clip) for clip in clips], [by_bytes(clip_alone(cut, folder / "alone")) for cut in cuts]


def by_bytes(clip: Clip) -> Clip:
    return replace(clip, path=sha256_of(Path(clip.path)))


def heard(folder: Path) -> list[Cut]:
    """The sounds alone of some videos."""
    cuts = [cut for cut in videos(folder) if cut[0].audio is not None]
    return [(recording, replace(segment, picture=None)) for recording, segment in cuts]


@pytest.mark.parametrize("made", [sounds, videos, heard, lambda folder: [*videos(folder)[:2], *sounds(folder)[:2]]])
def test_cut_together_they_are_what_each_is_alone(tmp_path: Path, made: Callable[[Path], list[Cut]]) -> None:
    cuts = made(tmp_path)
    assert [can_be_cut_together(*cut, BUDGET) for cut in cuts] == [True] * len(cuts)
    ours, theirs = both(tmp_path, cuts)
    assert ours == theirs


def test_what_is_silent_is_noticed(tmp_path: Path) -> None:
    clips = cut_together(sounds(tmp_path), BUDGET, tmp_path)
    assert [clip.audio_sent for clip in clips if clip] == ["sent"] * 5 + ["silent"]


def test_what_may_be_black_is_cut_by_itself(tmp_path: Path) -> None:
    card = video(tmp_path / "a.mp4", "testsrc2=s=128x96:r=5:d=4", "", *H264)
    black = video(tmp_path / "black.mp4", "color=black:s=128x96:r=5:d=2", "", *H264)
    dark_at_first = video(tmp_path / "b.mp4", "testsrc2=s=128x96:r=5:d=4,fade=st=1:d=1", "", *H264)
    clips = cut_together([whole(card), whole(black), whole(dark_at_first)], BUDGET, tmp_path)
    assert [clip and clip.video_sent for clip in clips] == ["sent", None, "sent"]


@pytest.mark.parametrize(("good", "bad"), [("a.mp3", "b.mp3"), ("a.mp4", "b.mp4"), ("a.mp3", "b.mp4")])
def test_beside_a_damaged_one_each_is_to_be_cut_by_itself(tmp_path: Path, good: str, bad: str) -> None:
    def made(name: str) -> Cut:
        path = tmp_path / name
        card = "testsrc2=s=320x240:r=25:d=2"
        return whole(sound(path, "sine=d=2") if path.suffix == ".mp3" else video(path, card, "sine=d=2", *H264))

    cuts = [made(good), made(bad)]
    data = bytearray((tmp_path / bad).read_bytes())
    data[4000:6000] = b"\xa5" * 2000
    (tmp_path / bad).write_bytes(data)
    assert cut_together(cuts, BUDGET, tmp_path) == [None, None]
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_what_does_not_fit_is_cut_by_itself(tmp_path: Path) -> None:
    assert cut_together(videos(tmp_path)[:2], 2000, tmp_path) == [None, None]


def test_only_whole_sounds_that_fit_a_wav_are_cut_together(tmp_path: Path) -> None:
    recording, segment = whole(sound(tmp_path / "a.wav", "sine=d=2"))
    later = replace(segment, span=Span(500, recording.duration_ms))
    assert [
        can_be_cut_together(recording, segment, BUDGET),
        can_be_cut_together(recording, segment, 1000),
        can_be_cut_together(recording, later, BUDGET),
    ] == [True, False, False]


def test_only_short_videos_with_one_clock_are_cut_together(tmp_path: Path) -> None:
    made = (
        media.make_video(tmp_path, "short.mp4", seconds=9),
        media.make_video(tmp_path, "long.mp4", seconds=10),
        media.make_video(tmp_path, "broadcast.ts", seconds=2),
        media.make_two_audio_streams(tmp_path, "two.mp4", seconds=2),
    )
    assert [can_be_cut_together(*whole(path), BUDGET) for path in made] == [True, False, False, True]


def test_a_run_decodes_few_pixels_side_by_side() -> None:
    clips = [(number, 320 * 240) for number in range(20)]
    films = [(number, 1920 * 1080) for number in range(3)]
    assert [[len(run) for run in together.in_runs(some)] for some in (clips, films)] == [[8, 8, 4], [1, 1, 1]]

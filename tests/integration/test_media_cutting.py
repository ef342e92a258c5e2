"""What clips hold: pixels that say their frame number, and beeps that say the second."""

from __future__ import annotations

import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.errors import FfmpegFailed, TooLarge
from tasks.identity import segment_id
from tasks.media.cutting import cut_segment, halves, processors_for, take_processors
from tasks.media.probing import probe_recording
from tasks.media.silences import find_silences
from tasks.records import AnalysisPlan, Clip, Picture, PlannedSegment, Question, Recording, Span, Tokens
from tests.support import measuring, media

pytestmark = pytest.mark.usefixtures("asked_once")

BUDGET = 7_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cutting")


def planned(span: Span, picture: Picture | None, *, sound: bool = True) -> PlannedSegment:
    return PlannedSegment(
        0, segment_id("analysis", span), span, "scenario", picture, sound, Tokens(video=100, audio=10)
    )


def plan_for(recording: Recording, segment: PlannedSegment) -> AnalysisPlan:
    question = Question("standard", "", "", "sections", "auto")
    return AnalysisPlan("analysis", recording, "standard", question, "local", "model", "base64", (segment,), "{}")


def cut(path: Path, start_ms: int, end_ms: int, *, fps: float = 2.0, budget: int = BUDGET) -> Clip:
    (clip,) = cut_all(path, start_ms, end_ms, fps=fps, budget=budget)
    return clip


def cut_all(path: Path, start_ms: int, end_ms: int, *, fps: float = 2.0, budget: int = BUDGET) -> tuple[Clip, ...]:
    recording = probe_recording(path, path.name)
    picture = None
    if recording.video:
        picture = Picture(160, 128, fps, max(2, round((end_ms - start_ms) * fps / 1000)), 230_400)
    segment = planned(Span(start_ms, end_ms), picture, sound=recording.audio is not None)
    return cut_segment(plan_for(recording, segment), segment, path.parent, budget)


def shown(clip: Clip) -> list[tuple[int, int]]:
    return measuring.frame_numbers(Path(clip.path))


# --- pictures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start_ms", [0, 1500, 9500, 10_000, 12_500])
def test_frame_k_shows_what_the_source_shows_at_start_plus_k_over_fps(folder: Path, start_ms: int) -> None:
    clip = cut(media.make_video(folder, "long.mp4", seconds=15), start_ms, start_ms + 2500)
    assert shown(clip) == [(k * 500, (start_ms + k * 500) * 25 // 1000) for k in range(5)]


@pytest.mark.parametrize("name", ["stream.ts", "film.mkv", "flash.flv"])
def test_other_containers_cut_within_a_frame_of_their_own_clock(folder: Path, name: str) -> None:
    path = media.make_video(folder, name, seconds=15)  # sound may start 21 ms before the picture: see the beeps
    clip = cut(path, 12_500, 14_500)
    (first_beep, *_) = measuring.beep_times(Path(clip.path))
    for at_ms, number in shown(clip):
        assert abs(number * 40 - (12_500 + at_ms - (first_beep - 500))) <= 40


def test_the_size_is_exactly_the_planned_one(folder: Path) -> None:
    clip = cut(media.make_video(folder, "long.mp4", seconds=15), 0, 1000)
    assert measuring.picture_size(Path(clip.path)) == (160, 128)


def test_a_slow_frame_rate_of_the_model_is_met(folder: Path) -> None:
    clip = cut(media.make_video(folder, "long.mp4", seconds=15), 1000, 13_000, fps=0.25)
    assert shown(clip) == [(0, 25), (4000, 125), (8000, 225)]


def test_a_slide_stays_until_the_next_one_comes(folder: Path) -> None:
    slides = ["-f", "lavfi", "-i", "color=gray:s=160x128:r=1/5:d=20,geq=lum='40*floor(N)+40':cb=128:cr=128"]
    path = folder / "slides.mp4"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *slides, "-g", "2", str(path)], check=True)
    clip = Path(cut(path, 8000, 12_000).path)
    before, after = measuring.grey_level(path, 5000), measuring.grey_level(path, 10_000)
    assert [round(measuring.grey_level(clip, at) - before) for at in (0, 1500)] == [0, 0]
    assert [round(measuring.grey_level(clip, at) - after) for at in (2000, 3500)] == [0, 0]


def test_a_variable_frame_rate_follows_the_containers_times(folder: Path) -> None:
    clip = cut(media.make_vfr(folder, seconds=12), 6500, 10_500)
    assert [abs(number * 40 - (6500 + at_ms)) <= 200 for at_ms, number in shown(clip)] == [True] * 8


def test_a_clip_of_less_than_two_frames_repeats_its_last(folder: Path) -> None:
    clip = cut(media.make_video(folder, "blink.mp4", seconds=0.3), 0, 300)
    assert [number for _, number in shown(clip)] == [0, 0]


def test_a_source_that_ends_early_repeats_the_last_kept_frame(folder: Path) -> None:
    clip = cut(media.make_video(folder, "short.mp4", seconds=2), 1000, 4000)
    assert [number for _, number in shown(clip)] == [25, 37, 37, 37, 37, 37]


def test_a_bare_stream_is_cut_by_counting_from_its_start(folder: Path) -> None:
    clip = cut(media.make_no_duration(folder, "bare.h264", seconds=8), 4000, 6000)
    assert [abs(number - (4000 + at_ms) // 40) <= 1 for at_ms, number in shown(clip)] == [True] * 4


# The eight ways in which a stored picture can lie, as display matrices (a b; c d).
ORIENTATIONS = [
    *((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)),
    *((-1, 0, 0, 1), (1, 0, 0, -1), (0, 1, 1, 0), (0, -1, -1, 0)),
]


@pytest.mark.parametrize("matrix", ORIENTATIONS)
def test_turned_and_mirrored_pictures_look_as_ffmpeg_shows_them(folder: Path, matrix: tuple[int, ...]) -> None:
    plain = media.make_video(folder, "plain.mp4", seconds=1, sound=False).read_bytes()
    path = folder / f"turned{'_'.join(map(str, matrix))}.mp4"
    path.write_bytes(_with_matrix(plain, matrix))
    expected = path.with_suffix(".png")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", path, "-frames:v", "1", "-s", "160x128", expected], check=True)
    seen, wanted = (_first_frame(Path(name)) for name in (cut(path, 0, 1000).path, str(expected)))
    assert float(np.abs(seen - wanted).mean()) < 4


def _with_matrix(mp4: bytes, matrix: tuple[int, ...]) -> bytes:
    (a, b, c, d), one = matrix, 1 << 16
    upright, turned = (
        struct.pack(">9i", w * one, x * one, 0, y * one, z * one, 0, 0, 0, 1 << 30)
        for w, x, y, z in ((1, 0, 0, 1), (a, b, c, d))
    )
    at = mp4.index(b"tkhd")
    return mp4[:at] + mp4[at:].replace(upright, turned, 1)


def _first_frame(path: Path) -> np.ndarray:
    frame = cv2.VideoCapture(str(path)).read()[1] if path.suffix == ".mp4" else cv2.imread(str(path))
    return np.asarray(frame, float)


def test_a_picture_that_starts_late_is_held_from_the_first_instant_and_costs_no_sound(folder: Path) -> None:
    clip = cut(_joined(folder, "late-picture.mp4", picture_at_s=3), 2000, 5000)
    assert [number for _, number in shown(clip)] == [0, 0, 0, 12, 25, 37]
    assert [round(beep, -1) for beep in measuring.beep_times(Path(clip.path))] == [0, 1000, 2000]


def test_a_span_after_the_pictures_end_keeps_its_last_frame(folder: Path) -> None:
    clip = cut(_joined(folder, "early-end.mp4", picture_at_s=0), 6000, 8000)
    assert len({number for _, number in shown(clip)}) == 1
    assert [round(beep, -1) for beep in measuring.beep_times(Path(clip.path))] == [0, 1000]


def _joined(folder: Path, name: str, *, picture_at_s: int) -> Path:
    """Two seconds of picture beside eight of sound."""
    picture = media.make_video(folder, "mute.mp4", seconds=2, sound=False)
    sound = media.make_audio(folder, "eight.wav", seconds=8)
    inputs = ["-itsoffset", str(picture_at_s), "-i", str(picture), "-i", str(sound)]
    path = folder / name
    subprocess.run(["ffmpeg", "-v", "error", *inputs, "-c:v", "copy", "-c:a", "aac", str(path)], check=True)
    return path


# --- sound -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start_ms", [0, 500, 4500])
def test_beeps_stay_on_their_seconds(folder: Path, start_ms: int) -> None:
    clip = cut(media.make_video(folder, "long.mp4", seconds=15), start_ms, start_ms + 3000)
    expected = [at - start_ms for at in range(0, 20_000, 1000) if start_ms <= at < start_ms + 3000]
    assert [abs(beep - at) <= 5 for beep, at in zip(measuring.beep_times(Path(clip.path)), expected, strict=True)]


def test_sound_that_starts_late_is_late_in_the_clip(folder: Path) -> None:
    path = media.make_video(folder, "late.mp4", seconds=5, audio_delay_ms=1700)
    assert [round(beep, -1) for beep in measuring.beep_times(Path(cut(path, 0, 5000).path))] == [2000, 3000, 4000]
    assert [round(beep, -1) for beep in measuring.beep_times(Path(cut(path, 1500, 4500).path))] == [500, 1500, 2500]


@pytest.mark.parametrize("name", ["late.ts", "late.mkv"])
@pytest.mark.parametrize(("start_ms", "beeps"), [(0, [4000, 5000]), (2500, [1500, 2500]), (4500, [500])])
def test_late_sound_stays_late_without_its_picture(folder: Path, name: str, start_ms: int, beeps: list[int]) -> None:
    """In a transport stream ffmpeg lets time begin with the first stream that it reads."""
    path = media.make_video(folder, name, seconds=7, audio_delay_ms=3700)
    recording = probe_recording(path, name)
    segment = planned(Span(start_ms, 5500), None)
    [clip] = cut_segment(plan_for(recording, segment), segment, folder, BUDGET)
    found = measuring.beep_times(Path(clip.path))
    assert [abs(beep - at) <= 25 for beep, at in zip(found, beeps, strict=True)] == [True] * len(beeps)
    silences = find_silences(recording) or ()
    assert abs(silences[0].end_ms - 3700) <= 30


def test_a_span_before_the_sound_starts_is_silent(folder: Path) -> None:
    path = media.make_video(folder, "late.mp4", seconds=5, audio_delay_ms=1700)
    assert cut(path, 0, 1500).audio_sent == "silent"


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.ogg", "a.m4a"])
def test_sound_alone_becomes_a_wav_of_exactly_the_span(folder: Path, name: str) -> None:
    clip = cut(media.make_audio(folder, name, seconds=12), 7500, 10_500)
    assert clip.media_format == "wav"
    assert [round(beep, -1) for beep in measuring.beep_times(Path(clip.path))] == [500, 1500, 2500]
    assert len(measuring.samples(Path(clip.path))) == 3 * 16_000


def test_sound_too_large_for_a_wav_becomes_an_mp3_without_delay(folder: Path) -> None:
    clip = cut(media.make_audio(folder, "a.wav", seconds=12), 7500, 10_500, budget=20_000)
    assert clip.media_format == "mp3"
    assert clip.size_bytes <= 20_000
    assert [round(beep, -1) for beep in measuring.beep_times(Path(clip.path))] == [500, 1500, 2500]
    assert len(measuring.samples(Path(clip.path))) == 3 * 16_000


@pytest.mark.parametrize("channels", [6, 16])
def test_many_channels_are_mixed_down(folder: Path, channels: int) -> None:
    clip = cut(media.make_audio(folder, f"surround{channels}.wav", seconds=1, channels=channels), 0, 1000)
    assert measuring.beep_times(Path(clip.path)) == [0]


def test_of_two_tracks_the_probed_one_is_heard(folder: Path) -> None:
    clip = cut(media.make_two_audio_streams(folder, seconds=2), 0, 2000)
    assert abs(measuring.loudest_hz(Path(clip.path)) - 1320) < 5


# --- what was sent ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("picture", "sound", "sent"),
    [
        ("counter", "beeps", ("sent", "sent")),
        ("counter", "none", ("sent", "absent")),
        ("counter", "silence", ("sent", "silent")),
        ("black", "beeps", ("black", "sent")),
        ("frozen", "silence", ("sent", "silent")),
    ],
)
def test_what_the_model_is_shown_is_recorded(
    folder: Path, picture: media.Picture, sound: media.Sound, sent: tuple[str, str]
) -> None:
    path = media.make_video(folder, f"{picture}-{sound}.mp4", seconds=2, picture=picture, sound=sound)
    clip = cut(path, 0, 2000)
    assert (clip.video_sent, clip.audio_sent) == sent


def test_of_a_song_with_cover_art_only_the_sound_is_sent(folder: Path) -> None:
    clip = cut(media.make_audio_with_cover(folder), 0, 3000)
    assert (clip.media_format, clip.video_sent, clip.audio_sent) == ("wav", "absent", "sent")


# --- sizes -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grainy(folder: Path) -> Path:
    """Eight seconds that no encoder makes small: noise that changes with every frame."""
    noise = ["-f", "lavfi", "-i", "nullsrc=s=160x128:r=4:d=8,geq=lum='random(1)*255':cb=128:cr=128"]
    path = folder / "grainy.mp4"
    subprocess.run(["ffmpeg", "-v", "error", *noise, "-preset", "ultrafast", "-crf", "10", path], check=True)
    return path


def test_the_bit_rate_follows_the_budget(grainy: Path) -> None:
    free, tight = cut(grainy, 0, 8000), cut(grainy, 0, 8000, budget=110_000)
    assert tight.size_bytes <= 110_000 < free.size_bytes
    assert tight.segment == free.segment


def test_what_is_too_large_at_the_floors_is_halved_on_the_grid(grainy: Path) -> None:
    clips = cut_all(grainy, 0, 7500, budget=40_000)
    assert all(clip.size_bytes <= 40_000 for clip in clips)
    spans = [clip.segment.span for clip in clips]
    assert len(spans) > 1
    assert (spans[0].start_ms, spans[-1].end_ms) == (0, 7500)
    assert all(left.end_ms == right.start_ms for left, right in pairwise(spans))
    assert all(span.start_ms % 500 == 0 for span in spans)
    assert {clip.segment.cut_reason for clip in clips} == {"size"}
    assert [clip.segment.segment_id for clip in clips] == [segment_id("analysis", span) for span in spans]
    assert all(len(shown(clip)) == 2 * clip.segment.span.duration_ms // 1000 for clip in clips)


def test_what_cannot_be_halved_any_more_is_an_error_that_says_so(grainy: Path) -> None:
    with pytest.raises(TooLarge, match="fewer pixels"):
        cut_all(grainy, 0, 3000, budget=3000)


def test_sound_too_long_for_the_lowest_rate_is_halved(folder: Path) -> None:
    clips = cut_all(media.make_audio(folder, "a.wav", seconds=12), 0, 12_000, budget=20_000)
    assert [clip.segment.span for clip in clips] == [Span(0, 6000), Span(6000, 12_000)]


def test_the_expected_tokens_are_shared_by_the_halves() -> None:
    segment = planned(Span(0, 6000), Picture(64, 64, 2.0, 12, 230_400))
    first, second = halves("analysis", replace(segment, seq=3))
    assert (first.tokens.video, second.tokens.audio, first.seq, second.seq) == (50, 5, 3, 3)


# --- files -----------------------------------------------------------------------------------------------------


def test_the_same_span_gives_the_same_bytes(folder: Path) -> None:
    path = media.make_video(folder, "long.mp4", seconds=15)
    first, second = (Path(cut(path, 1000, 3000).path).read_bytes() for _ in range(2))
    assert first == second


def test_nothing_about_the_origin_is_in_the_clip(folder: Path) -> None:
    path = media.make_audio(folder, "titled.mp3", seconds=1, title="The Secret Title")
    assert b"Secret" not in Path(cut(path, 0, 1000).path).read_bytes()


def test_only_whole_files_bear_the_final_name(folder: Path, tmp_path: Path) -> None:
    path = media.make_video(folder, "long.mp4", seconds=15)
    recording = probe_recording(path, "long.mp4")
    segment = planned(Span(0, 2000), Picture(160, 128, 2.0, 4, 230_400))
    impossible = replace(segment, picture=Picture(7, 7, 2.0, 4, 230_400))  # yuv420p needs even sides
    with pytest.raises(FfmpegFailed, match=r"cutting 00:00\.000-00:02\.000 out of long\.mp4"):
        cut_segment(plan_for(recording, impossible), impossible, tmp_path, BUDGET)
    assert list(tmp_path.iterdir()) == []
    (clip,) = cut_segment(plan_for(recording, segment), segment, tmp_path, BUDGET)
    assert [Path(clip.path)] == list(tmp_path.iterdir())
    assert clip.path.endswith(f"{segment.segment_id}.mp4")
    assert clip.size_bytes == Path(clip.path).stat().st_size


def test_of_a_truncated_recording_the_readable_part_is_cut_with_a_note(folder: Path) -> None:
    path = media.make_truncated(folder, kind="index_first")
    clip = cut(path, 2000, 8000)
    numbers = [number for _, number in shown(clip)]
    assert numbers[:2] == [50, 62]
    assert len(numbers) == 12
    assert "broken data" in clip.notes[0]


def test_a_span_of_which_nothing_can_be_decoded_is_an_error(folder: Path) -> None:
    path = media.make_video(folder, "spoilt.mp4", seconds=2, sound=False)
    recording = probe_recording(path, "spoilt.mp4")
    data = path.read_bytes()
    first, last = data.index(b"mdat") + 4, data.index(b"moov") - 4
    path.write_bytes(data[:first] + bytes(last - first) + data[last:])
    segment = planned(Span(0, 2000), Picture(160, 128, 2.0, 4, 230_400))
    with pytest.raises(FfmpegFailed, match=r"failed while cutting .* it said: "):
        cut_segment(plan_for(recording, segment), segment, folder, BUDGET)


def test_a_name_that_is_no_utf8_is_cut(folder: Path) -> None:
    path = folder / "caf\udce9 -it's.wav"
    path.write_bytes(media.make_audio(folder).read_bytes())
    assert cut(path, 0, 1000).audio_sent == "sent"


@pytest.mark.parametrize(
    ("picture", "end_ms", "hours", "count"),
    [
        *((True, 120_000, 0, 2), (True, 10_000, 0, 2), (True, 9_500, 0, 1)),
        *((False, 120_000, 0, 1), (False, 120_000, 3, 2), (False, 1_000, 3, 1)),
    ],
)
def test_what_takes_memory_is_cut_on_two_processors(
    folder: Path, picture: bool, end_ms: int, hours: int, count: int
) -> None:
    sound = media.make_audio(folder, "a.mp3", seconds=12)
    recording = replace(probe_recording(sound, sound.name), duration_ms=hours * 3_600_001)
    shown = Picture(64, 32, 2.0, end_ms // 500, 2048) if picture else None
    assert processors_for(recording, planned(Span(0, end_ms), shown)) == count


def test_a_short_cut_does_not_wait_for_long_ones(folder: Path) -> None:
    sound = media.make_audio(folder, "a.mp3", seconds=12)
    recording, film = probe_recording(sound, sound.name), Picture(64, 32, 2.0, 240, 2048)

    def short() -> str:
        with take_processors(recording, planned(Span(0, 1_000), None)):
            return "cut"

    with ThreadPoolExecutor(1) as other, take_processors(recording, planned(Span(0, 120_000), film)):
        assert other.submit(short).result(timeout=10) == "cut"


def test_a_wav_is_checked_without_ffprobe(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = media.make_audio(folder, "a.mp3", seconds=12)
    recording, segment = probe_recording(path, path.name), planned(Span(0, 2_000), None)
    monkeypatch.setattr("tasks.media.checking.ffprobe", None)
    [clip] = cut_segment(plan_for(recording, segment), segment, tmp_path, BUDGET)
    assert (clip.media_format, clip.size_bytes) == ("wav", 64_044)

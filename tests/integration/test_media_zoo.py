"""Strange recordings: every second of their story is where a player would show it, in what is sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.errors import NotMedia
from tasks.media.cutting import cut_segment
from tasks.media.images import image_clip
from tasks.media.probing import probe_recording
from tasks.records import AnalysisPlan, Clip, Picture, PlannedSegment, Question, Recording, Span, Tokens
from tests.support import image_zoo
from tests.support import media_zoo as zoo

pytestmark = pytest.mark.usefixtures("asked_once")

Maker = Callable[[Path], Path]
HOLE = None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zoo")


def cut(recording: Recording, start_ms: int, end_ms: int, folder: Path) -> Clip:
    length = end_ms - start_ms
    picture = Picture(160, 128, 2.0, max(2, length // 500), 230_400) if recording.video else None
    segment = PlannedSegment(
        0, f"{start_ms}", Span(start_ms, end_ms), "scenario", picture, recording.audio is not None, Tokens()
    )
    question = Question("standard", "", "", "sections", "auto")
    plan = AnalysisPlan("a", recording, "standard", question, "local", "model", "base64", (segment,), "{}")
    (clip,) = cut_segment(plan, segment, folder, 7_000_000)
    return clip


def assert_tells(clip: Clip, told: list[int | None], *, seen: bool = True, heard: bool = True) -> None:
    """The clip shows and sounds these seconds, half a second each; the picture may be one sent frame late."""
    if heard:
        assert zoo.seconds_heard(Path(clip.path))[: len(told)] == told
    if seen and clip.video_sent == "sent":
        frames = zoo.seconds_seen(Path(clip.path))
        late = [None, *told[:-1]]
        assert len(frames) == len(told)
        assert [
            frame
            for frame, now, before in zip(frames[1:], told[1:], late[1:], strict=True)
            if frame not in (now, before)
        ] == []


def halves(start: int, end: int) -> list[int | None]:
    return [second % zoo.LEVELS for second in range(start, end) for _ in range(2)]


# --- files that were joined --------------------------------------------------------------------------------------

# transport streams, too: test_media_received
SAME = ("c.vob", "c.mpg", "c.ogg", "c.opus", "c.mp3", "c.aac")
OTHER = ("d.ogg", "d.mp3", "d.aac")


@pytest.mark.parametrize("name", [*SAME, *OTHER])
def test_joined_files_are_read_to_their_end(folder: Path, name: str) -> None:
    recording = probe_recording(zoo.joint(folder / name, other=name in OTHER), name)
    assert abs(recording.duration_ms - 20_000) <= 120
    for start, end in ((8, 14), (15, 19)):
        clip = cut(recording, start * 1000, end * 1000, folder)
        assert_tells(clip, halves(start, end))


def test_streams_that_change_their_ids_are_read_on(folder: Path) -> None:
    recording = probe_recording(zoo.other_ids(folder / "ids.ts"), "ids.ts")
    assert abs(recording.duration_ms - 20_000) <= 120
    assert "put together of 2 files" in recording.notes[0]
    assert_tells(cut(recording, 8000, 14_000, folder), halves(8, 14))


@pytest.mark.parametrize("start", [0, 5])
def test_a_film_that_changes_amid_one_clock_keeps_its_length(folder: Path, start: int) -> None:
    recording = probe_recording(zoo.changing(folder / "changing.ts"), "changing.ts")
    assert_tells(cut(recording, start * 1000, 8000, folder), halves(start, 8))


# --- clocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gap.ts", "gap.mkv"])
def test_a_gap_in_the_clock_stays(folder: Path, name: str) -> None:
    recording = probe_recording(zoo.clock_gap(folder / name), name)
    assert abs(recording.duration_ms - 32_000) <= 60
    assert [(part.what, part.reason) for part in recording.missing] == [("all", "hole")]
    before, silent = halves(0, 5), [HOLE] * 10
    assert_tells(cut(recording, 0, 10_000, folder), [*before, *silent], seen=False)
    clip = cut(recording, 20_000, 28_000, folder)
    assert_tells(clip, [*silent, *halves(5, 8)], seen=False)
    assert zoo.seconds_seen(Path(clip.path)) == [*[4] * 11, 5, 5, 6, 6, 7]


def test_small_gaps_in_the_sound_add_up(folder: Path) -> None:
    recording = probe_recording(zoo.small_gaps(folder / "small.mkv"), "small.mkv")
    clip = cut(recording, 0, 8500, folder)
    middles = [second * 1.08 + 0.5 for second in range(8)]
    heard = zoo.seconds_heard(Path(clip.path), step_ms=20)
    assert [heard[round((at - 0.2) / 0.02)] for at in middles] == list(range(8))


def test_a_wrong_byte_rate_leads_no_seek_astray(folder: Path) -> None:
    recording = probe_recording(zoo.adpcm(folder / "adpcm.wav"), "adpcm.wav")
    assert_tells(cut(recording, 30_000, 38_000, folder), halves(30, 38))


@pytest.mark.parametrize("name", ["slides.mp4", "slides.mkv", "slides.webm"])
def test_the_last_slide_is_shown_as_long_as_it_stays(folder: Path, name: str) -> None:
    recording = probe_recording(zoo.slides(folder / name), name)
    assert (recording.duration_ms, recording.notes) == (60_000, ())
    assert zoo.seconds_seen(Path(cut(recording, 40_000, 60_000, folder).path)) == [40 % 24] * 20 + [50 % 24] * 20


# --- channels ----------------------------------------------------------------------------------------------------

CHANNELS: dict[str, Maker] = {
    "opposed.wav": zoo.anti_phase,
    "opposed.mp4": zoo.anti_phase,
    "six.wav": partial(zoo.microphones, count=6, talks=3),
    "nine.wav": partial(zoo.microphones, count=9, talks=8),
    "sixty.wav": partial(zoo.microphones, count=60, talks=31),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_no_channel_vanishes_in_the_mix(folder: Path, name: str) -> None:
    recording = probe_recording(CHANNELS[name](folder / name), name)
    clip = cut(recording, 0, 6000, folder)
    assert clip.audio_sent == "sent"
    assert_tells(clip, halves(0, 6))


# --- headers that lie --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", [0, 123_456, 0xFFFFFFFF])
def test_a_wav_is_read_to_its_real_end(folder: Path, claimed: int) -> None:
    path = zoo.lying_wav(folder / f"claims{claimed}.wav", claimed)
    recording = probe_recording(path, path.name)
    assert (recording.duration_ms, recording.missing) == (12_000, ())
    assert bool(recording.notes) == (claimed != 0xFFFFFFFF)
    assert_tells(cut(recording, 8000, 12_000, folder), halves(8, 12))


@pytest.mark.parametrize("name", ["lying.caf", "lying.aiff"])
def test_a_sound_that_ffmpeg_reads_only_in_part_is_missing_the_rest(folder: Path, name: str) -> None:
    recording = probe_recording(zoo.lying(folder / name, 64_000), name)
    assert "claims 64,0" in recording.notes[0]
    [lost] = recording.missing
    assert (lost.reason, lost.start_ms, abs(lost.end_ms - 12_000) < 60) == ("cut_short", 2000, True)


# --- streams -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["unknown.mp4", "unknown.mkv"])
def test_a_picture_that_cannot_be_decoded_is_unreadable(folder: Path, name: str) -> None:
    recording = probe_recording(zoo.undecodable(folder / name), name)
    assert (recording.kind, recording.asked_as, recording.video) == ("video", "audio", None)
    assert [(part.what, part.reason) for part in recording.missing] == [("picture", "undecodable")]
    clip = cut(recording, 0, 6000, folder)
    assert (clip.video_sent, clip.audio_sent) == ("unreadable", "sent")
    assert_tells(clip, halves(0, 6))


def test_an_encrypted_film_is_called_encrypted(folder: Path) -> None:
    with pytest.raises(NotMedia, match="is encrypted"):
        probe_recording(zoo.encrypted(folder / "encrypted.mp4"), "encrypted.mp4")


def test_a_scrambled_transport_stream_is_called_encrypted(folder: Path) -> None:
    with pytest.raises(NotMedia, match="is encrypted"):
        probe_recording(zoo.scrambled(folder / "scrambled.ts"), "scrambled.ts")
    recording = probe_recording(zoo.scrambled(folder / "unseen.ts", ids=(0x100,)), "unseen.ts")
    assert [(part.what, part.reason) for part in recording.missing] == [("picture", "encrypted")]
    assert_tells(cut(recording, 0, 6000, folder), halves(0, 6))


def test_a_silent_default_gives_way_to_a_track_with_sound(folder: Path) -> None:
    recording = probe_recording(zoo.silent_default(folder / "tracks.mkv"), "tracks.mkv")
    assert recording.notes == ("of its 3 sounds #1 (eng) is analysed, and not #0, #2 (deu)",)
    assert_tells(cut(recording, 0, 6000, folder), halves(0, 6))


def test_picture_and_sound_are_of_one_programme(folder: Path) -> None:
    recording = probe_recording(zoo.two_programmes(folder / "two.ts"), "two.ts")
    assert_tells(cut(recording, 0, 5000, folder), halves(0, 5))
    assert len(recording.notes) == 2


# --- images ------------------------------------------------------------------------------------------------------


def sent_image(path: Path, folder: Path) -> NDArray[np.uint8]:
    recording = probe_recording(path, path.name)
    assert recording.video is not None
    picture = Picture(recording.video.width, recording.video.height, 0.0, 1, 1_000_000)
    segment = PlannedSegment(0, path.name, Span(0, 0), "whole", None, False, Tokens())
    clip = image_clip((recording,), (picture,), segment, folder, 1_000_000, 1_000_000)
    return np.asarray(cv2.imread(clip.path, cv2.IMREAD_GRAYSCALE), np.uint8)


@pytest.mark.parametrize("name", ["clear.png", "clear.webp", "clear.tiff"])
def test_transparency_is_laid_on_white(folder: Path, name: str) -> None:
    image = sent_image(image_zoo.black_on_clear(folder / name), folder)
    assert (image[5, 5] > 250, image[48, 48] < 5) == (True, True)


@pytest.mark.parametrize("name", ["vp9.webm", "vp8.webm", "prores.mov", "rle.mov", "clear.gif"])
def test_a_moving_picture_is_laid_on_white(folder: Path, name: str) -> None:
    clip = cut(probe_recording(image_zoo.half_clear(folder / name), name), 1000, 3000, folder)
    film = cv2.VideoCapture(clip.path)
    frames = [frame for there, frame in iter(film.read, (False, None)) if there]
    levels = [(int(frame[64, 20].mean()) > 250, abs(int(frame[64, 140].mean()) - 120) < 6) for frame in frames]
    assert levels == [(True, True)] * 4


@pytest.mark.parametrize("name", ["side.png", "side.webp", "side.tiff"])
def test_an_image_is_sent_upright(folder: Path, name: str) -> None:
    image = sent_image(image_zoo.lying_on_its_side(folder / name), folder)
    assert (image.shape, image[10, 30] > 250, image[90, 30] < 5) == ((100, 60), True, True)


@pytest.mark.parametrize("name", ["moving.png", "pages.tiff"])
def test_further_pictures_of_an_image_are_named(folder: Path, name: str) -> None:
    recording = probe_recording(image_zoo.several_pictures(folder / name), name)
    assert recording.notes == ("it holds 3 pictures, of which the first alone is analysed",)


def test_an_animated_webp_is_refused_with_a_way_out(folder: Path) -> None:
    with pytest.raises(NotMedia, match="animated image that this ffmpeg cannot read; convert it to GIF, MP4 or PNG"):
        probe_recording(image_zoo.several_pictures(folder / "moving.webp"), "moving.webp")

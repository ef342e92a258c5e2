"""What is found in real files, good and bad."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from tasks.errors import EmptyFile, FfmpegFailed, FileChanged, NotFound, NotMedia, NotReadable
from tasks.inputs.probe_input import probe_source
from tasks.inputs.scan import Source
from tasks.media.hashing import Stamp
from tasks.media.probing import probe_recording
from tasks.records import Recording
from tests.support import media
from tests.support.disks import POWERLESS, given_away, needs_root

pytestmark = pytest.mark.usefixtures("asked_once")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("probing")


def probe(path: Path) -> Recording:
    return probe_recording(path, path.name)


def made(path: Path, *argv: str) -> Path:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *argv, f"file:{path}"], check=True)
    return path


def meddling(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Let a shell command run just before each ffprobe."""
    tool = folder / "bin" / "ffprobe"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\n{command}\nexec {shutil.which("ffprobe")} "$@"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")


def found_as(path: Path) -> Source:
    found = path.stat()
    return Source(path.name, str(path), found.st_size, found.st_mtime_ns)


# --- good files ------------------------------------------------------------------------------------------------


def test_a_video_is_described_in_full(folder: Path) -> None:
    path = media.make_video(folder, "ntsc.mp4", fps="30000/1001")
    found = probe(path)
    assert found.media_id == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.kind, found.uri, found.path) == ("video", "ntsc.mp4", str(path))
    assert found.size_bytes == path.stat().st_size
    assert abs(found.duration_ms - 4000) <= 40
    assert found.video is not None
    assert (found.video.codec, found.video.fps_num, found.video.fps_den) == ("h264", 30000, 1001)
    assert (found.video.variable_fps, found.video.rotation, found.video.start_ms) == (False, 0, 0)
    assert found.audio is not None
    assert (found.audio.codec, found.audio.sample_rate, found.audio.start_ms) == ("aac", 48_000, 0)
    assert found.notes == ()


def test_the_answer_of_ffprobe_is_kept_without_the_place_on_this_machine(folder: Path) -> None:
    found = probe(media.make_video(folder))
    kept = json.loads(found.probe_json)
    assert kept["format"]["format_name"] == found.container
    assert [stream["codec_type"] for stream in kept["streams"]] == ["video", "audio"]
    assert str(folder) not in found.probe_json


def test_a_video_without_sound_has_no_audio(folder: Path) -> None:
    found = probe(media.make_video(folder, "mute.mp4", sound=False))
    assert (found.kind, found.audio) == ("video", None)


@pytest.mark.parametrize("name", ["song.mp3", "song.m4a", "song.flac"])
def test_a_song_with_cover_art_is_audio(folder: Path, name: str) -> None:
    found = probe(media.make_audio_with_cover(folder, name))
    assert (found.kind, found.video) == ("audio", None)


def test_of_two_tracks_the_default_one_is_chosen(folder: Path) -> None:
    audio = probe(media.make_two_audio_streams(folder)).audio
    assert audio is not None
    assert audio.index == 2


@pytest.mark.parametrize(("rotate", "size"), [(90, (90, 160)), (180, (160, 90)), (270, (90, 160))])
def test_rotation_is_applied_to_width_and_height(folder: Path, rotate: int, size: tuple[int, int]) -> None:
    plain = made(folder / "plain.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:d=1", "-pix_fmt", "yuv420p")
    turned = folder / f"turned{rotate}.mp4"
    turned.write_bytes(media._turned(plain.read_bytes(), rotate))
    video = probe(turned).video
    assert video is not None
    assert (video.rotation, (video.width, video.height)) == (rotate, size)


def test_width_is_counted_in_square_pixels(folder: Path) -> None:
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x120:d=1,setsar=4/3", "-pix_fmt", "yuv420p"]
    video = probe(made(folder / "anamorphic.mp4", *source)).video
    assert video is not None
    assert (video.width, video.height) == (213, 120)


def test_a_variable_frame_rate_is_noticed(folder: Path) -> None:
    video = probe(media.make_vfr(folder)).video
    assert video is not None
    assert video.variable_fps


def test_sound_that_starts_late_keeps_its_delay(folder: Path) -> None:
    audio = probe(media.make_video(folder, "late.mp4", audio_delay_ms=700)).audio
    assert audio is not None
    assert abs(audio.start_ms - 700) <= 25


def test_starts_count_from_the_containers_own_start(folder: Path) -> None:
    found = probe(media.make_video(folder, "stream.ts"))  # its clock starts at 1.4 s
    assert found.video is not None
    assert found.video.start_ms < 100
    assert abs(found.duration_ms - 4000) < 100


@pytest.mark.parametrize("name", ["live.mkv", "bare.h264", "guessed.aac"])
def test_a_length_that_nobody_states_is_measured(folder: Path, name: str) -> None:
    found = probe(media.make_no_duration(folder, name))
    assert abs(found.duration_ms - 4000) <= 150


# --- files that were seen before -------------------------------------------------------------------------------


def test_a_remembered_identity_is_taken_over(folder: Path) -> None:
    path = media.make_audio(folder)
    found = probe_recording(path, "sound.wav", Stamp.of(path.stat()), "ab" * 32)
    assert (found.media_id, found.duration_ms) == ("ab" * 32, 4000)


def test_a_file_that_is_not_what_it_was_when_it_was_found_is_left_for_the_next_run(folder: Path) -> None:
    path = media.make_audio(folder)
    before = path.stat()
    with pytest.raises(FileChanged, match=r"sound\.wav was changed"):
        probe_recording(path, "sound.wav", Stamp(before.st_size, before.st_mtime_ns - 1), "ab" * 32)


def test_a_file_that_changes_while_ffmpeg_looks_at_it_is_noticed_without_a_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media.make_audio(tmp_path, "sound.flac")  # a plain WAV needs no ffprobe
    meddling(tmp_path, monkeypatch, f"touch '{path}'")
    with pytest.raises(FileChanged):
        probe_recording(path, "sound.flac", Stamp.of(path.stat()), "ab" * 32)


@pytest.mark.parametrize("spoilt", [b"", b"fLaC", b"no sound"])
def test_a_file_that_was_spoilt_since_it_was_found_is_no_broken_one(tmp_path: Path, spoilt: bytes) -> None:
    """Its media_id is of the bytes that it had, which are not to be remembered as unreadable."""
    path = media.make_audio(tmp_path, "sound.flac")
    source = found_as(path)
    path.write_bytes(spoilt)
    with pytest.raises(FileChanged):
        probe_source(source, "ab" * 32)


def test_a_file_that_is_spoilt_while_ffmpeg_looks_at_it_is_no_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media.make_audio(tmp_path, "sound.flac")
    meddling(tmp_path, monkeypatch, f"echo spoilt > '{path}'")
    with pytest.raises(FileChanged):
        probe_source(found_as(path), "ab" * 32)


def test_a_file_that_goes_away_while_ffmpeg_looks_at_it_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media.make_audio(tmp_path, "sound.flac")
    meddling(tmp_path, monkeypatch, f"rm -f '{path}'")
    with pytest.raises(NotFound, match=r"sound\.flac went away while it was read"):
        probe_source(found_as(path), "ab" * 32)


# --- bad files -------------------------------------------------------------------------------------------------


def test_a_header_with_nothing_behind_it_is_empty(folder: Path) -> None:
    path = media.make_audio(folder, "header.wav")
    with path.open("rb+") as file:
        file.truncate(44)
    with pytest.raises(EmptyFile, match=r"^header\.wav has a header and nothing behind it"):
        probe(path)


def test_a_missing_file(folder: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.mp4 does not exist"):
        probe(folder / "gone.mp4")


def test_a_link_to_nowhere(folder: Path) -> None:
    link = folder / "broken.mp4"
    link.symlink_to("gone.mp4")
    with pytest.raises(NotFound, match="a link to a file that does not exist"):
        probe(link)


def test_a_link_to_itself(folder: Path) -> None:
    link = folder / "loop.mp4"
    link.symlink_to("loop.mp4")
    with pytest.raises(NotFound, match="leads back to itself"):
        probe(link)


def test_a_zero_byte_file(folder: Path) -> None:
    path = folder / "zero.mp4"
    path.touch()
    with pytest.raises(EmptyFile, match=r"zero\.mp4 is empty"):
        probe(path)


def test_a_folder_with_a_videos_name(folder: Path) -> None:
    path = folder / "x.mp4"
    path.mkdir()
    with pytest.raises(NotMedia, match="is a folder"):
        probe(path)


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    path = folder / "pipe.mp4"
    os.mkfifo(path)
    with pytest.raises(NotMedia, match="no regular file"):
        probe(path)


@pytest.mark.parametrize("name", ["text.mp4", "text.mp3", "text.ts", "text.wav", "text.h264"])
def test_a_text_file(folder: Path, name: str) -> None:
    path = folder / name
    path.write_text("The minutes of the meeting.\n" * 300)
    with pytest.raises(NotMedia, match=name):
        probe(path)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("ending", ["wav", "mp4", "mp3", "aac", "h264"])
def test_random_bytes(folder: Path, ending: str, seed: int) -> None:
    path = folder / f"noise{seed}.{ending}"
    block = hashlib.sha512(bytes([seed])).digest()
    path.write_bytes(b"".join(block := hashlib.sha512(block).digest() for _ in range(2000)))
    with pytest.raises(NotMedia, match="noise"):
        probe(path)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nneighbour.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile neighbour.ts\n",
    ],
)
def test_a_playlist_with_a_videos_name_opens_nothing_else(folder: Path, playlist: str) -> None:
    media.make_video(folder, "neighbour.ts")
    path = folder / "list.mp4"
    path.write_text(playlist)
    with pytest.raises(NotMedia, match="which is not read here"):
        probe(path)


def test_a_truncated_mp4_without_its_index_fails_with_ffmpegs_words(folder: Path) -> None:
    with pytest.raises(FfmpegFailed, match=r"broken or incomplete.*moov atom not found"):
        probe(media.make_truncated(folder, "headless.mp4", kind="index_last"))


@pytest.mark.parametrize("kind", ["index_first", "fragmented"])
def test_of_another_truncated_mp4_the_readable_part_counts(
    folder: Path, kind: Literal["index_first", "fragmented"]
) -> None:
    found = probe(media.make_truncated(folder, f"{kind}.mp4", kind=kind))
    assert 2500 < found.duration_ms < 5500
    assert found.notes[0].startswith("readable only up to 00:0")
    assert " of 00:08." in found.notes[0]


@needs_root
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = media.make_audio(tmp_path)
    path.chmod(0o600)
    given_away(tmp_path)
    script = (
        "import pathlib, sys; from tasks.media.probing import probe_recording\n"
        "try: probe_recording(pathlib.Path(sys.argv[1]), 'sound.wav')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [*POWERLESS, sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"{NotReadable.__name__} sound.wav may not be read by this user")


@pytest.mark.parametrize("name", [b"-dash.wav", b'it\'s "so".wav', "🎬 día.wav".encode(), b"a\nb.wav", b"caf\xe9.wav"])
def test_odd_names_are_read(folder: Path, name: bytes) -> None:
    path = folder / os.fsdecode(name)
    path.write_bytes(media.make_audio(folder).read_bytes())
    assert probe_recording(path, "odd").duration_ms == 4000

"""Copies of videos with their subtitles: as a track next to untouched streams, or drawn into the picture."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Ran, reelsheet
from tests.support.loaded import loaded_by
from tests.support.media import make_audio, make_video
from tests.support.service import FakeService
from tests.support.service_specs import KEY
from tests.support.talking import talk

Env = dict[str, str]


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY, answer=talk) as running:
        yield running


def copied(env: Env, talks: Path, *options: object) -> Ran:
    where = ("--settle", "0", "--dataset", talks.parent / "dataset", "--out", talks.parent / "out", "--json")
    return reelsheet("subtitle", talks, *where, *options, env=env)


def stream_hashes(video: Path) -> list[str]:
    streams = ("-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "streamhash", "-")
    ran = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(video), *streams], capture_output=True, text=True, check=True
    )
    return ran.stdout.splitlines()


def streams(video: Path) -> list[dict[str, Any]]:
    argv = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(video)]
    found: list[dict[str, Any]] = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)["streams"]
    return found


def test_a_track_is_added_and_all_else_is_untouched(env: Env, tmp_path: Path) -> None:
    talks, out = tmp_path / "talks", tmp_path / "out"
    talks.mkdir()
    codecs = {"film.mkv": "subrip", "talk.mp4": "mov_text"}
    for name in codecs:
        make_video(talks, name, seconds=6, size="96x96")
    make_audio(talks, "tea.mp3", seconds=2)
    ran = copied(env, talks, "--mux")
    assert (ran.status, sorted(file["format"] for file in ran.json["files"])) == (0, ["mkv", "mp4", *["srt"] * 3])
    for name, codec in codecs.items():
        copy = out / name.replace(".", ".subtitled.")
        assert stream_hashes(copy) == stream_hashes(talks / name)
        added = streams(copy)[-1]
        assert (added["codec_name"], added["tags"]["language"]) == (codec, "eng")
    again = copied(env, talks, "--mux")
    assert {file["status"] for file in again.json["files"]} == {"unchanged"}
    for recording in talks.iterdir():
        os.utime(recording, (1_600_000_000, 1_600_000_000))  # a young file may still change, and is read again
    copied(env, talks, "--mux")
    words = ("subtitle", talks, "--dataset", tmp_path / "dataset", "--out", out, "--mux", "--json")
    known = loaded_by(*words, env={name: value for name, value in env.items() if name != "PREFECT_API_URL"})
    assert (known.status, "prefect" in known.libraries) == (0, False)
    assert json.loads(known.out)["files"] == again.json["files"], "also without Prefect"


def test_subtitles_are_drawn_into_the_picture(env: Env, tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    film = make_video(tmp_path / "talks", "film.mp4", seconds=3, size="320x240", picture="black")
    assert copied(env, tmp_path / "talks", "--burn").status == 0
    copy = tmp_path / "out" / "film.en.burned.mp4"
    assert [stream["codec_type"] for stream in streams(copy)] == ["video", "audio"]
    assert brightest(film) < 40 < brightest(copy)


def brightest(video: Path) -> int:
    """The brightest sample of the picture one second after the start."""
    shown = ("-ss", "1", "-i", str(video), "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    return max(subprocess.run(["ffmpeg", "-v", "error", *shown], capture_output=True, check=True).stdout)


def test_copies_need_a_folder(env: Env, tmp_path: Path) -> None:
    ran = reelsheet("subtitle", tmp_path, "--mux", "--dataset", tmp_path / "dataset", env=env)
    assert (ran.status, "name one with --out" in ran.err) == (2, True)

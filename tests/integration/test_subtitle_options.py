"""What options of `reelsheet subtitle` change: what is sent, what is shown, and what is left out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from prompts.reader import read_prompt
from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import Asked, FakeService
from tests.support.service_specs import KEY
from tests.support.talking import NOBODY, PROFILES

Env = dict[str, str]

SAID = """\
00:01.000 - 00:02.000
Speaker: Ann
Content: “[door slams] Who is there?”

00:03.000 - 00:04.500
Speaker: Ann
Content: “*whispers* It is the wind.”

00:06.000 - 00:07.000
Speaker: Ann
Content: “[thunder]”
"""
# The sound beeps at each full second: an edge in a silence would be moved to the beep.
SUNG = """\
[00:00:01,020 --> 00:00:03,085] Oh, the ferry is late tonight,
[00:00:04,000 --> 00:00:05,100] : and nobody knows why.
[00:00:06,000 --> 00:00:07,100] Oh, the ferry is late tonight.
[00:00:07,100 --> 00:00:08,000] (End)
"""


def spoken_or_sung(asked: Asked) -> str:
    """Words to what is asked: lines in brackets for lyrics, a transcript else."""
    if asked.is_follow_up or not asked.is_heard:
        return NOBODY
    if asked.instruction.startswith(read_prompt("lyrics").text[:60]):
        return SUNG
    return f"{PROFILES}Ann - warm\n\n{SAID}"


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY, answer=spoken_or_sung) as running:
        yield running


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "talks").mkdir()
    return make_video(tmp_path / "talks", "film.mp4", seconds=8, size="96x96")


def subtitled(env: Env, film: Path, *options: object) -> Ran:
    where = ("--settle", "0", "--dataset", film.parent.parent / "dataset", "--language", "en", "--json")
    ran = reelsheet("subtitle", film, *where, *options, env=env)
    assert ran.status == 0, ran.err
    return ran


def texts(path: Path) -> list[str]:
    return [block.split("\n", 2)[2] for block in path.read_text().strip().split("\n\n")]


def test_sounds_are_shown_in_brackets_to_the_hard_of_hearing(env: Env, service: FakeService, film: Path) -> None:
    subtitled(env, film)
    assert texts(film.with_name("film.en.srt")) == ["Who is there?", "It is the wind."]
    asked = len(service.requests)
    [shown] = subtitled(env, film, "--sdh").json["files"]
    assert shown["path"].endswith("film.en.sdh.srt")
    assert texts(Path(shown["path"])) == ["[door slams] Who is there?", "[whispers] It is the wind.", "[thunder]"]
    assert len(service.requests) == asked


def test_sound_alone_is_sent_unless_the_picture_is_wanted(env: Env, service: FakeService, film: Path) -> None:
    subtitled(env, film)
    subtitled(env, film, "--with-picture")
    heard, shown = (request.body["messages"][-1]["content"] for request in service.requests)
    assert [part["type"] for part in heard] == ["input_audio", "text"]
    assert [part["type"] for part in shown] == ["video_url", "text"]
    assert "fps" in shown[0]
    assert shown[-1]["text"].startswith(read_prompt("subtitle-picture").text)
    assert ask(film.parent.parent / "dataset", "SELECT prompt FROM analyses ORDER BY prompt") == [
        ("subtitle",),
        ("subtitle-picture",),
    ]
    sent = ask(film.parent.parent / "dataset", "SELECT video_sent, audio_sent FROM segments ORDER BY bytes_sent")
    assert ("sent", "sent") in sent


def test_a_film_with_a_subtitle_track_is_left_out_on_request(env: Env, service: FakeService, film: Path) -> None:
    words = film.with_name("words.srt")
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\nBy hand.\n")
    own = film.with_name("own.mkv")
    tracks = ("-map", "0", "-map", "1", "-c", "copy", "-c:s", "srt", "-metadata:s:s:0", "language=ger")
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(film), "-i", str(words), *tracks, str(own)], check=True)
    words.unlink()
    ran = subtitled(env, film.parent, "--skip-existing", "--dataset", film.parent.parent / "dataset")
    assert [Path(file["path"]).name for file in ran.json["files"]] == ["film.en.srt"]
    assert len(service.requests) == 1
    assert "Files left out: 1 with subtitles already." in ran.json["warnings"]
    left = ask(film.parent.parent / "dataset", "SELECT uri FROM inputs WHERE reason = 'with subtitles already'")
    assert [Path(uri).name for (uri,) in left] == ["own.mkv"]
    assert {Path(file["path"]).name for file in subtitled(env, own).json["files"]} == {"own.en.srt"}


def test_the_embedded_engine_writes_no_lyrics(env: Env, tmp_path: Path) -> None:
    """Its detectors' sentences would be lines of the song."""
    song = make_audio(tmp_path, "ferry.mp3", seconds=1)
    where = ("--provider", "local", "--dataset", tmp_path / "dataset")
    ran = reelsheet("subtitle", song, "--lyrics", *where, env=env)
    assert (ran.status, song.with_suffix(".lrc").exists()) == (2, False)
    assert "writes down speech and no songs: choose another provider" in ran.err


def test_songs_become_lrc_with_a_time_a_line(env: Env, tmp_path: Path) -> None:
    (tmp_path / "songs").mkdir()
    song = make_audio(tmp_path / "songs", "ferry.mp3", seconds=8)
    [written] = subtitled(env, song, "--lyrics").json["files"]
    assert (written["format"], Path(written["path"])) == ("lrc", song.with_suffix(".lrc"))
    assert song.with_suffix(".lrc").read_text().splitlines() == [
        "[ti:ferry]",
        "[00:01.02]Oh, the ferry is late tonight,",
        "[00:04.00]and nobody knows why.",
        "[00:06.00]Oh, the ferry is late tonight.",
        "[00:07.10]",
    ]

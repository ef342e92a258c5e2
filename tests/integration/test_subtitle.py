"""`reelsheet subtitle`: files next to recordings, asked for once, never over a human's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, reelsheet
from tests.support.loaded import loaded_by
from tests.support.media import make_audio, make_video
from tests.support.service import DOCUMENTED, FakeService, Say, Write
from tests.support.service_specs import KEY
from tests.support.subtitling import statuses, subtitled
from tests.support.talking import NOBODY, talk

Env = dict[str, str]
LONG_AGO = (1_600_000_000, 1_600_000_000)  # a young file may still change, and is read again

SRT = """\
1
00:00:00,000 --> 00:00:01,550
Bob: This is said at 0 seconds.

2
00:00:04,000 --> 00:00:05,550
Ann: This is said at 4 seconds.

"""


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService(api_key=KEY, answer=talk) as running:
        yield running


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    return made_talks(tmp_path)


def made_talks(folder: Path) -> Path:
    """A folder with a film of eight seconds and, in a folder of its own, two seconds of sound."""
    (folder / "talks" / "short").mkdir(parents=True)
    make_video(folder / "talks", "film.mp4", seconds=8, size="96x96")
    make_audio(folder / "talks" / "short", "tea.mp3", seconds=2)
    return folder / "talks"


@dataclass(frozen=True)
class Heard:
    """Talks that have their subtitles; tests that share them write into folders of their own."""

    talks: Path
    env: Env
    service: FakeService
    ran: Ran

    def again(self, *options: object) -> Ran:
        """Another run, which has nothing to ask; recordings among the options are looked at, too."""
        asked = len(self.service.requests)
        ran = subtitled(self.env, self.talks, *options)
        assert len(self.service.requests) == asked
        return ran

    def count(self, rows: str) -> int:
        [(count,)] = ask(self.talks.parent / "dataset", f"SELECT count(*) FROM {rows}")
        return int(count)


@pytest.fixture(scope="module")
def heard(session_env: Env, media: Path) -> Iterator[Heard]:
    talks = made_talks(media)
    (talks / "poster.jpg").write_bytes(b"\xff\xd8\xff")
    for path in talks.rglob("*.*"):
        os.utime(path, LONG_AGO)
    with FakeService(api_key=KEY, answer=talk) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        yield Heard(talks, env, service, subtitled(env, talks))


def test_each_recording_gets_a_file_next_to_it(heard: Heard) -> None:
    assert (heard.ran.status, statuses(heard.ran)) == (0, {"film.en.srt": "written", "tea.en.srt": "written"})
    assert (heard.talks / "film.en.srt").read_text() == SRT


def test_a_file_is_told_with_all_that_json_promises(heard: Heard) -> None:
    [film, _] = heard.ran.json["files"]
    assert film == {
        "uri": str(heard.talks / "film.mp4"),
        "path": str(heard.talks / "film.en.srt"),
        "format": "srt",
        "language": "en",
        "cues": 2,
        "violations": 0,
        "status": "written",
        "reason": "",
    }


def test_a_second_run_asks_and_writes_nothing(heard: Heard) -> None:
    written = (heard.talks / "film.en.srt").stat()
    again = heard.again()
    assert (again.status, set(statuses(again).values())) == (0, {"unchanged"})
    now = (heard.talks / "film.en.srt").stat()
    assert (now.st_mtime_ns, now.st_ino) == (written.st_mtime_ns, written.st_ino)
    assert heard.count(f"subtitles WHERE path LIKE '{heard.talks}/%'") == 2


def test_another_choice_renders_anew_without_asking(heard: Heard, tmp_path: Path) -> None:
    shown = []
    for options in ((), ("--speakers", "none"), ("--style", "bbc"), ("--crlf",), ("--bom",)):
        assert heard.again("--out", tmp_path, *options).status == 0
        shown.append((tmp_path / "film.en.srt").read_bytes().decode())
    plain, nameless, bbc, crlf, bom = shown
    assert plain == SRT
    assert "\nThis is said at 0 seconds.\n" in nameless
    assert "Bob: This is said at 0 seconds." in bbc
    assert "\r\nBob: This is said at 0 seconds.\r\n" in crlf
    assert bom.startswith("\ufeff1\n")


def test_several_formats_go_below_a_folder_that_keeps_the_tree(heard: Heard, tmp_path: Path) -> None:
    there = set(heard.talks.rglob("*"))
    assert heard.again("--format", "srt,vtt,json", "--out", tmp_path).status == 0
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == [
        *("film.en.json", "film.en.srt", "film.en.vtt"),
        *("short/tea.en.json", "short/tea.en.srt", "short/tea.en.vtt"),
    ]
    assert set(heard.talks.rglob("*")) == there


@pytest.mark.long
def test_what_a_human_edited_is_kept_unless_forced(env: Env, talks: Path) -> None:
    subtitled(env, talks)
    (talks / "film.en.srt").write_text(SRT.replace("seconds", "o'clock"))
    kept = subtitled(env, talks, "--style", "bbc")
    assert (kept.status, statuses(kept)["film.en.srt"]) == (0, "kept")
    assert "o'clock" in (talks / "film.en.srt").read_text()
    assert statuses(subtitled(env, talks, "--force"))["film.en.srt"] == "written"
    assert (talks / "film.en.srt").read_text() == SRT


def test_what_others_wrote_is_kept(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "film.en.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nBy hand.\n")
    ran = heard.again("--out", tmp_path)
    assert (ran.status, statuses(ran)) == (0, {"film.en.srt": "kept", "tea.en.srt": "written"})
    assert "By hand." in (tmp_path / "film.en.srt").read_text()


def test_recordings_with_subtitles_are_left_out_on_request(env: Env, service: FakeService, talks: Path) -> None:
    (talks / "film.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nBy hand.\n")
    ran = subtitled(env, talks, "--skip-existing")
    assert (ran.status, statuses(ran), len(service.requests)) == (0, {"tea.en.srt": "written"}, 1)
    again = subtitled(env, talks, "--skip-existing")
    assert statuses(again) == {"tea.en.srt": "unchanged"}


def test_a_recording_without_sound_is_one_failure(heard: Heard, tmp_path: Path) -> None:
    mute = make_video(tmp_path, "mute.mp4", seconds=2, size="96x96", sound=False)
    ran = heard.again(mute, "--out", tmp_path / "subs")
    assert (ran.status, ran.json["recordings"]["failed"]) == (1, 1)
    assert [failure["error"] for failure in ran.json["failures"]] == ["NotMedia"]
    assert statuses(ran) == {"film.en.srt": "written", "tea.en.srt": "written"}


def test_a_recording_in_which_nobody_speaks_has_an_empty_file_that_says_so(
    env: Env, tmp_path: Path, service: FakeService
) -> None:
    (tmp_path / "talks").mkdir()
    make_audio(tmp_path / "talks", "wind.mp3", seconds=2)
    service.next(Write(lambda asked: Say(NOBODY)))
    [file] = subtitled(env, tmp_path / "talks").json["files"]
    assert (Path(file["path"]).name, file["status"], file["cues"]) == ("wind.srt", "written", 0)
    assert file["reason"] == "it has no cue, since nobody speaks or sings"


def test_the_summary_names_files_from_the_current_folder(heard: Heard, tmp_path: Path) -> None:
    where = ("--settle", "0", "--dataset", heard.talks.parent / "dataset", "--out", tmp_path / "subs")
    assert "subs/film.en.srt" in reelsheet("subtitle", heard.talks, *where, env=heard.env, cwd=tmp_path).out


def test_a_recording_at_an_address_is_listened_to_and_needs_a_folder(
    env: Env, service: FakeService, talks: Path
) -> None:
    address = service.publish(talks / "film.mp4")
    where = ("--dataset", talks.parent / "dataset", "--json")
    env = {**env, "REELSHEET_PRIVATE_URLS": "true"}
    lost = reelsheet("subtitle", address, *where, env=env)
    assert (lost.status, "name one with --out" in lost.json["failures"][0]["message"]) == (1, True)
    ran = reelsheet("subtitle", address, *where, "--out", talks.parent / "subs", env=env)
    assert (ran.status, [file["status"] for file in ran.json["files"]]) == (0, ["written"])
    [made] = (talks.parent / "subs").iterdir()
    assert made.read_text() == SRT


def without_a_server(env: Env) -> Env:
    """An environment that names no Prefect server."""
    return {name: value for name, value in env.items() if name != "PREFECT_API_URL"}


def test_another_format_does_not_load_prefect(heard: Heard, tmp_path: Path) -> None:
    where = ("--settle", 0, "--dataset", heard.talks.parent / "dataset", "--out", tmp_path)
    ran = loaded_by("subtitle", heard.talks, *where, "--format", "vtt", env=without_a_server(heard.env))
    assert (ran.status, {"prefect", "openai"} & {*ran.libraries}) == (0, set())
    assert (tmp_path / "film.en.vtt").is_file()


@pytest.mark.parametrize(("named", "status", "lost"), [((), 0, []), ((".",), 1, ["new.wav"])], ids=["all", "named"])
def test_files_from_the_dataset_do_not_load_prefect(
    env: Env, service: FakeService, talks: Path, named: tuple[str, ...], status: int, lost: list[str]
) -> None:
    for path in (talks / "film.mp4", talks / "short" / "tea.mp3"):
        os.utime(path, LONG_AGO)
    assert subtitled(env, talks).status == 0
    asked = len(service.requests)
    os.utime(make_audio(talks, "new.wav", seconds=1), LONG_AGO)
    options = ("--from-dataset", "--dataset", talks.parent / "dataset", "--json", "--format", "srt,vtt")
    if named:  # hashed by a first run, and so remembered
        assert reelsheet("subtitle", *named, *options, env=env, cwd=talks).status == status
        (talks / "film.en.vtt").unlink()
    ran = loaded_by("subtitle", *named, *options, env=without_a_server(env), cwd=talks)
    assert (ran.status, {"prefect", "openai"} & {*ran.libraries}) == (status, set())
    summary = json.loads(ran.out)
    assert [Path(failure["uri"]).name for failure in summary["failures"]] == lost
    assert (talks / "film.en.vtt").is_file()
    assert len(service.requests) == asked


def test_pictures_in_a_folder_are_left_out(heard: Heard) -> None:
    assert (heard.talks / "poster.jpg").is_file()
    assert (heard.ran.json["recordings"]["seen"], heard.ran.json["failures"]) == (2, [])


def test_a_retry_writes_the_files_as_the_run_would_have(env: Env, service: FakeService, talks: Path) -> None:
    service.next(*[DOCUMENTED["data_inspection_failed"]] * 4)
    out = ("--out", talks.parent / "subs", "--format", "vtt")
    assert subtitled(env, talks, *out).status == 1
    again = reelsheet("retry", "--outcome", "refused", "--dataset", talks.parent / "dataset", "--json", env=env)
    [run] = again.json["runs"]
    assert (again.status, {file["status"] for file in run["files"]}) == (0, {"written"})
    made = {path.relative_to(talks.parent / "subs").as_posix() for path in (talks.parent / "subs").rglob("*.vtt")}
    assert made == {"film.en.vtt", "short/tea.en.vtt"}


def test_two_recordings_of_one_name_have_files_of_their_own(env: Env, talks: Path) -> None:
    make_audio(talks, "film.mp3", seconds=3)
    ran = subtitled(env, talks)
    assert set(statuses(ran)) == {"film.mp3.en.srt", "film.mp4.en.srt", "tea.en.srt"}


def test_what_analyze_has_found_is_rendered_without_asking(env: Env, service: FakeService, talks: Path) -> None:
    where = ("--settle", "0", "--dataset", talks.parent / "dataset")
    assert reelsheet("analyze", talks / "film.mp4", "--prompt", "dialects", *where, env=env).status == 0
    asked = len(service.requests)
    ran = subtitled(env, talks, "--from-dataset")
    assert (ran.status, statuses(ran)) == (1, {"film.en.srt": "written"})
    assert [Path(failure["uri"]).name for failure in ran.json["failures"]] == ["tea.mp3"]
    everything = reelsheet("subtitle", "--from-dataset", "--dataset", talks.parent / "dataset", "--json", env=env)
    assert (everything.status, statuses(everything)) == (0, {"film.en.srt": "unchanged"})
    assert len(service.requests) == asked


def test_a_language_that_was_declared_names_the_file(env: Env, talks: Path) -> None:
    assert set(statuses(subtitled(env, talks, "--language", "de"))) == {"film.de.srt", "tea.de.srt"}


@pytest.mark.long
def test_songs_become_lrc(env: Env, talks: Path) -> None:
    ran = subtitled(env, talks, "--lyrics", "--speakers", "none")
    assert set(statuses(ran)) == {"film.lrc", "tea.lrc"}
    assert (talks / "film.lrc").read_text().splitlines()[:2] == ["[ti:film]", "[00:00.00]This is said at 0 seconds."]


def test_violations_are_rows_and_lines_of_a_report(heard: Heard, tmp_path: Path) -> None:
    style, report = tmp_path / "tiny.toml", tmp_path / "report.csv"
    ours = (Path(__file__).parents[2] / "config" / "styles" / "youtube.toml").read_text()
    style.write_text(re.sub(r"characters_per_line = \d+", "characters_per_line = 4", ours))
    before = heard.count("subtitle_qc")
    [film, tea] = heard.again("--style", style, "--report", report, "--out", tmp_path).json["files"]
    assert film["violations"] > 0
    assert heard.count("subtitle_qc") - before == film["violations"] + tea["violations"]
    assert len(report.read_text().splitlines()) == 1 + film["violations"] + tea["violations"]


def test_a_folder_that_cannot_be_written_fails_its_files_alone(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("no folder")
    ran = heard.again("--out", tmp_path / "out")
    assert (ran.status, set(statuses(ran).values())) == (1, {"failed"})
    assert "cannot be" in ran.json["files"][0]["reason"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "sub"), '--format: there is no format "sub"; known: srt, vtt'),
        (("--style", "hbo"), 'There is no style "hbo"'),
        (("--speakers", "loud"), "speakers"),
    ],
)
def test_a_wrong_option_is_one_sentence(env: Env, talks: Path, options: tuple[str, str], words: str) -> None:
    ran = subtitled(env, talks, *options)
    assert ran.status == 2
    assert words in ran.err


def test_one_name_a_speaker_over_all_segments_is_kept(env: Env, service: FakeService, tmp_path: Path) -> None:
    talks = tmp_path / "talks"
    talks.mkdir()
    make_audio(talks, "long.wav", seconds=130, rate=8000, channels=1)
    subtitled(env, talks, "--scenario", "fine")
    found: list[tuple[Any, ...]] = ask(tmp_path / "dataset", "SELECT speaker FROM current_speakers ORDER BY speaker")
    assert found == [("Ann",), ("Bob",)]
    assert len(service.requests) == 3

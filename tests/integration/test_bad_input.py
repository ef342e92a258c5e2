"""Bad input gets one clear sentence and the documented exit status, and the rest of the batch is finished."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.asking import ask
from tests.support.cli import Ran, command, environment, reelsheet
from tests.support.disks import POWERLESS, mounted, needs_root
from tests.support.media import make_audio, make_truncated, make_video
from tests.support.service import FakeService

Env = dict[str, str]


def analyze(env: Env, dataset: Path, *words: object) -> Ran:
    return reelsheet("analyze", "--dataset", dataset, "--settle", "0", *words, env=env)


@pytest.fixture
def plain(session_env: Env) -> Env:
    """No provider: for words that are refused before anything starts."""
    return {name: value for name, value in session_env.items() if not name.startswith("DASHSCOPE_")}


# --- recordings --------------------------------------------------------------------------------------------------


def bad_recordings(folder: Path) -> dict[Path, str]:
    """Each with the class of error that it ends in."""
    text = folder / "text.mp4"
    text.write_text("this is no film")
    noise = folder / "noise.wav"
    noise.write_bytes(os.urandom(20_000))
    empty = folder / "empty.mp4"
    empty.touch()
    loop = folder / "loop.mp4"
    loop.symlink_to(loop)
    lost = folder / "lost.mp4"
    lost.symlink_to(folder / "nowhere")
    neighbour = folder / "playlist.mp4"
    neighbour.write_text("#EXTM3U\n#EXTINF:4,\ngood.mp4\n")
    cut = make_truncated(folder, "cut.mp4", kind="index_last")
    return {
        text: "NotMedia",
        noise: "NotMedia",
        empty: "EmptyFile",
        loop: "NotFound",
        lost: "NotFound",
        neighbour: "NotMedia",
        cut: "FfmpegFailed",
        folder / "missing.mp4": "NotFound",
    }


def test_each_bad_recording_is_a_failure_row_and_the_good_ones_are_finished(env: Env, tmp_path: Path) -> None:
    folder, dataset = tmp_path / "in", tmp_path / "dataset"
    folder.mkdir()
    bad = bad_recordings(folder)
    good = [
        make_video(folder, "good.mp4", seconds=3),
        make_audio(folder, '-it\'s a "name" \U0001f600\nwith a newline.wav', seconds=3),
    ]

    ran = analyze(env, dataset, "--json", "--", *bad, *good)

    assert ran.status == 1
    assert ran.json["recordings"]["ok"] == len(good)
    rows = ask(dataset, "SELECT uri, error_class, message, retryable FROM failures")
    assert {Path(row["uri"]): row["error_class"] for row in rows} == bad
    assert all(row["message"].endswith((".", ")")) and "\n" not in row["message"] for row in rows)
    assert not any(row["retryable"] for row in rows)


def test_a_list_that_is_named_as_a_recording_says_how_to_name_it(env: Env, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("talk.mp4\n")
    ran = reelsheet("plan", "list.txt", env=env, cwd=tmp_path)
    assert (ran.status, ran.out.splitlines()) == (1, [
        "There is nothing to ask about.",
        "Failed: list.txt is no recording: ffmpeg finds neither picture nor sound in it "
        "(a list of recordings is named @list.txt).",
    ])  # fmt: skip


def test_a_folder_named_like_a_film_is_searched(env: Env, tmp_path: Path) -> None:
    folder = tmp_path / "x.mp4"
    folder.mkdir()
    make_audio(folder, "inside.wav", seconds=3)

    assert analyze(env, tmp_path / "dataset", folder, "--json").json["recordings"]["ok"] == 1


def test_an_empty_folder_is_a_warning(env: Env, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()

    ran = analyze(env, tmp_path / "dataset", tmp_path / "in", "--json")

    assert ran.status == 0
    assert "in" in ran.json["warnings"][0]


@needs_root
def test_a_file_without_read_permission_says_so(tmp_path: Path) -> None:
    secret = make_audio(tmp_path, "secret.wav", seconds=1)
    secret.chmod(0)

    done = subprocess.run(
        [*POWERLESS, *command("probe", secret)],
        env=environment(HOME="/tmp"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "secret.wav" in done.stdout
    assert "may not be read by this user" in done.stdout


def test_in_a_folder_what_changed_just_now_waits_for_the_next_run(env: Env, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    make_audio(tmp_path / "in", "young.wav", seconds=2)

    ran = reelsheet("analyze", tmp_path / "in", "--dataset", tmp_path / "d", "--json", env=env)

    assert ran.status == 0
    assert ran.json["recordings"]["seen"] == 0
    assert any("still changing" in warning for warning in ran.json["warnings"])


# --- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--scenario", "long"), ["scenario", "extract, fine, quick, standard"]),
        (("--model", "gpt"), ["model", "qwen3.5-omni-plus"]),
        (("--prompt", "poem"), ["prompt", "structured-video"]),
        (("--provider", "aws"), ["provider", "dashscope-cn"]),
        (("--language", "xx"), ["language", "auto"]),
        (("--colour", "red"), ["--colour", "--scenario", "--language"]),
        (("--concurrency", "0"), ["--concurrency", "1"]),
        (("--config", "/nowhere.toml"), ["/nowhere.toml"]),
        (("--base-url", "no address", "--provider", "dashscope"), ["no address"]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_wrong_word_is_answered_with_the_known_ones(
    plain: Env, tmp_path: Path, words: tuple[str, ...], expected: list[str]
) -> None:
    ran = reelsheet("analyze", tmp_path, "--dataset", tmp_path / "d", *words, env=plain)

    assert ran.status == 2
    assert all(word in ran.complaint for word in expected), ran.complaint


def test_an_unknown_command_is_answered_with_the_known_ones(plain: Env) -> None:
    ran = reelsheet("analyse", env=plain)

    assert ran.status == 2
    assert "analyze" in ran.complaint


def test_json_prints_an_object_for_a_wrong_word_too(plain: Env, tmp_path: Path) -> None:
    ran = reelsheet("analyze", tmp_path, "--scenario", "long", "--json", env=plain)

    assert ran.status == 2
    assert "scenario" in ran.json["error"]


# --- the machine -------------------------------------------------------------------------------------------------


def test_without_ffmpeg_one_sentence_says_what_to_type(tmp_path: Path) -> None:
    ran = reelsheet("analyze", tmp_path, "--dataset", tmp_path / "d", env=environment(PATH="/nowhere"))

    assert ran.status == 2
    assert "apt install ffmpeg" in ran.complaint


def test_a_file_in_the_place_of_the_dataset_says_so(plain: Env, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("")

    ran = reelsheet("analyze", tmp_path, "--dataset", tmp_path / "d", env=plain)

    assert ran.status == 2
    assert "--dataset" in ran.complaint


@needs_root
def test_a_dataset_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o555)
    words = command("analyze", tmp_path, "--dataset", tmp_path / "d")

    done = subprocess.run(
        [*POWERLESS, *words], env=environment(HOME="/tmp"), capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--dataset" in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    with mounted(tmp_path / "disk", megabytes=2) as disk:
        yield disk


def test_a_disk_that_is_full_already_ends_the_run_with_one_sentence_and_keeps_the_tables_readable(
    env: Env, small_disk: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    make_audio(tmp_path / "in", "a.wav", seconds=3)
    dataset = small_disk / "dataset"
    analyze(env, dataset, tmp_path / "in")
    make_audio(tmp_path / "in", "b.wav", seconds=4)
    free = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize))

    ran = analyze(env, dataset, tmp_path / "in")

    assert ran.status == 2, ran.err + ran.out
    assert "full" in ran.complaint
    [row] = ask(dataset, "SELECT count(*) AS n FROM analyses")
    assert row["n"] == 1


# --- the provider ------------------------------------------------------------------------------------------------


def test_a_wrong_key_stops_the_run_and_names_the_other_region(env: Env, service: FakeService, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for seconds in (1, 2, 3, 4):
        make_audio(tmp_path / "in", f"{seconds}.wav", seconds=seconds)

    ran = analyze({**env, "DASHSCOPE_API_KEY": "wrong-key"}, tmp_path / "d", tmp_path / "in", "--concurrency", "1")

    assert ran.status == 3
    assert "dashscope-cn" in ran.complaint
    assert "wrong-key" not in ran.out + ran.err
    assert len(service.requests) == 1


def test_a_wrong_key_stops_a_long_recording_too(env: Env, service: FakeService, tmp_path: Path) -> None:
    sound = make_audio(tmp_path, "long.wav", seconds=600, rate=8000, channels=1)
    wrong = {**env, "DASHSCOPE_API_KEY": "wrong-key"}

    ran = analyze(wrong, tmp_path / "d", sound, "--scenario", "fine", "--concurrency", "2", "--json")

    assert ran.status == 3
    assert "dashscope-cn" in ran.json["error"]
    assert len(service.requests) <= 2


def test_a_name_that_is_no_text_is_named_by_its_folder(env: Env, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    odd = tmp_path / "in" / os.fsdecode(b"bad\xff.wav")
    make_audio(tmp_path / "in", "a.wav", seconds=2).rename(odd)

    by_name = analyze(env, tmp_path / "d", odd)
    by_folder = analyze(env, tmp_path / "d", tmp_path / "in")

    assert by_name.status == 2
    assert "folder" in by_name.complaint
    assert by_folder.status == 0


def test_a_full_work_disk_is_not_the_recordings_fault(
    env: Env, small_disk: Path, service: FakeService, tmp_path: Path
) -> None:
    sound = make_audio(tmp_path, "a.wav", seconds=100)  # 3.2 MB as it is sent, and the disk holds 2
    assert analyze(env, tmp_path / "d", sound, "--workdir", small_disk).status == 1

    again = analyze(env, tmp_path / "d", sound, "--json")

    assert (again.status, again.json["recordings"]["ok"]) == (0, 1)


def test_a_server_that_is_not_there_is_named(env: Env, tmp_path: Path) -> None:
    sound = make_audio(tmp_path, "a.wav", seconds=2)

    ran = analyze(env, tmp_path / "d", sound, "--base-url", "http://127.0.0.1:9/v1")

    assert ran.status == 3
    assert "http://127.0.0.1:9/v1" in ran.complaint


def test_a_prefect_server_that_is_not_there_is_named(env: Env, tmp_path: Path) -> None:
    other = {**env, "PREFECT_API_URL": "http://127.0.0.1:9/api"}

    ran = reelsheet("analyze", "--dataset", tmp_path / "d", tmp_path, env=other, from_nothing=True)

    assert ran.status == 2
    assert "http://127.0.0.1:9/api" in ran.complaint


@pytest.mark.parametrize("words", [("models",), ("models", "--json"), ("scenarios",)])
def test_words_that_find_no_space_are_one_sentence(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command(*words), env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "reelsheet: The output has no space left where it is written to. What was done is saved.\n"

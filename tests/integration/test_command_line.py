"""The command line around its commands: help, version, what a wrong command is told, and completion in a real shell."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from flows.cli import app
from tests.support.cli import environment


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return with_command(tmp_path)


def with_command(folder: Path) -> Path:
    """Put the command `reelsheet` into a folder."""
    script = folder / "bin" / "reelsheet"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m flows.entrypoint "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return folder


def run(argv: list[str], folder: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    plain = {**environment(PATH=path, HOME=str(folder), COLUMNS="80"), **(env or {})}
    return subprocess.run(argv, cwd=folder, env=plain, text=True, capture_output=True, timeout=60, check=False)


def ours(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(["reelsheet", *words], folder)


@pytest.fixture(scope="module")
def completion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What bash is to read before it completes."""
    folder = with_command(tmp_path_factory.mktemp("completion"))
    done = run(["bash", "-c", "reelsheet --show-completion > shown.sh; exit $?"], folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "shown.sh"


def completed(folder: Path, line: str, source: Path) -> list[str]:
    """Return what bash offers behind a line, as when Tab is pressed there."""
    words = line.split(" ")
    script = f"""
    source {source}
    COMP_WORDS=({" ".join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}
    $(complete -p reelsheet | sed 's/.*-F \\([^ ]*\\).*/\\1/') reelsheet
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = run(["bash", "-c", script], folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.split()


# --- help and version --------------------------------------------------------------------------------------------


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a command prints on 80 columns that only prints."""
    monkeypatch.setenv("COLUMNS", "80")

    def run_here(*words: str) -> str:
        assert app(args=list(words), prog_name="reelsheet", standalone_mode=False) == 0
        return capsys.readouterr().out

    return run_here


@pytest.mark.parametrize("command", [[], ["analyze"], ["engine"], ["engine", "serve"]], ids=" ".join)
def test_short_option_for_help_is_the_long_one(printed: Callable[..., str], command: list[str]) -> None:
    page = printed(*command, "-h")
    assert "Usage: reelsheet" in page
    assert page == printed(*command, "--help")


def test_help_at_80_columns_cuts_no_option_off(printed: Callable[..., str]) -> None:
    assert [
        command for command in ("analyze", "plan", "retry") if "…" in printed(command, "-h").partition("Options")[2]
    ] == []


def test_help_turns_no_words_into_pictures(printed: Callable[..., str]) -> None:
    found = [printed(command, "-h") for command in ("analyze", "moderate", "subtitle", "query")]
    assert [sign for text in found for sign in text if unicodedata.category(sign) == "So" and sign > "\u2fff"] == []


def test_version_is_printed(here: Path) -> None:
    done = ours(here, "--version")
    assert (done.returncode, done.stdout) == (0, f"reelsheet {version('reelsheet')}\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "A command is expected after reelsheet, such as: reelsheet analyze --help"),
        (["engine"], "A command is expected after reelsheet engine, such as: reelsheet engine serve --help"),
    ],
)
def test_no_command_gets_the_help_and_a_sentence(here: Path, words: list[str], sentence: str) -> None:
    done = ours(here, *words)
    assert (done.returncode, done.stderr) == (2, f"reelsheet: {sentence}\n")
    assert "Commands" in done.stdout


def test_plan_is_named_as_the_dry_run(printed: Callable[..., str]) -> None:
    assert "Dry run" in printed("--help")


def test_wrong_value_is_told_in_one_sentence(here: Path) -> None:
    done = ours(here, "analyze", "talk.wav", "--frames", "0")
    assert (done.returncode, done.stderr) == (2, "reelsheet: --frames: expected a number greater than 0, found 0.0.\n")


# --- completion --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("reelsheet re", ["retry", "reparse", "review"]),
        ("reelsheet engine ", ["serve"]),
        ("reelsheet analyze --scen", ["--scenario"]),
        ("reelsheet analyze talk.mp4 --scenario ", ["quick", "extract", "standard", "fine"]),
        ("reelsheet analyze --provider dashscope-c", ["dashscope-cn"]),
        ("reelsheet plan --prompt structured-", ["structured-audio", "structured-image", "structured-video"]),
        ("reelsheet analyze --model embed", ["embedded"]),
        ("reelsheet analyze --language au", ["auto"]),
        ("reelsheet analyze --transport u", ["upload"]),
        ("reelsheet retry --outcome f", ["failed"]),
        ("reelsheet retry --stage p", ["probe", "plan"]),
    ],
)
def test_bash_completes(here: Path, completion: Path, line: str, words: list[str]) -> None:
    assert completed(here, line, completion) == words


def test_bash_completes_the_names_of_a_file_of_settings(here: Path, completion: Path) -> None:
    (here / "mine.toml").write_text('[scenarios.night]\nlike = "quick"\n', encoding="utf-8")
    assert completed(here, "reelsheet analyze --config mine.toml --scenario n", completion) == ["night"]


def test_installed_completion_is_there_in_the_next_shell(here: Path) -> None:
    done = run(["bash", "-c", "reelsheet --install-completion; exit $?"], here)
    assert done.returncode == 0, done.stderr
    assert completed(here, "reelsheet comp", here / ".bashrc") == ["compact"]

"""The command line around its commands: help, version, what a wrong command is told, and completion in a real shell."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.cli import environment


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make a folder with the command `reelsheet`."""
    script = tmp_path / "bin" / "reelsheet"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m flows.entrypoint "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return tmp_path


def run(argv: list[str], folder: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    plain = {**environment(PATH=path, HOME=str(folder), COLUMNS="80"), **(env or {})}
    return subprocess.run(argv, cwd=folder, env=plain, text=True, capture_output=True, timeout=60, check=False)


def ours(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(["reelsheet", *words], folder)


def completed(folder: Path, line: str, source: str = 'eval "$(reelsheet --show-completion)"') -> list[str]:
    """Return what bash offers behind a line, as when Tab is pressed there."""
    words = line.split(" ")
    script = f"""
    {source}
    COMP_WORDS=({" ".join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}
    $(complete -p reelsheet | sed 's/.*-F \\([^ ]*\\).*/\\1/') reelsheet
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = run(["bash", "-c", script], folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.split()


# --- help and version --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [[], ["analyze"], ["engine"], ["engine", "serve"]], ids=" ".join)
def test_short_option_for_help_is_the_long_one(here: Path, command: list[str]) -> None:
    short, long = (ours(here, *command, option) for option in ("-h", "--help"))
    assert (short.returncode, short.stdout) == (0, long.stdout)


def test_help_at_80_columns_cuts_no_option_off(here: Path) -> None:
    assert [
        command
        for command in ("analyze", "plan", "retry")
        if "…" in ours(here, command, "-h").stdout.partition("Options")[2]
    ] == []


def test_help_turns_no_words_into_pictures(here: Path) -> None:
    found = [ours(here, *command, "-h").stdout for command in (["analyze"], ["moderate"], ["subtitle"], ["query"])]
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


def test_plan_is_named_as_the_dry_run(here: Path) -> None:
    assert "Dry run" in ours(here, "--help").stdout


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
def test_bash_completes(here: Path, line: str, words: list[str]) -> None:
    assert completed(here, line) == words


def test_bash_completes_the_names_of_a_file_of_settings(here: Path) -> None:
    (here / "mine.toml").write_text('[scenarios.night]\nlike = "quick"\n', encoding="utf-8")
    assert completed(here, "reelsheet analyze --config mine.toml --scenario n") == ["night"]


def test_installed_completion_is_there_in_the_next_shell(here: Path) -> None:
    done = run(["bash", "-c", "reelsheet --install-completion; exit $?"], here)
    assert done.returncode == 0, done.stderr
    assert completed(here, "reelsheet comp", source=f"source {here / '.bashrc'}") == ["compact"]

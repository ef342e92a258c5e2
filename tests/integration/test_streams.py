"""Whatever became of its standard streams, a command ends with the exit status of its work, and without a traceback."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import command, environment


def in_shell(words: str, *given: object) -> tuple[str, str]:
    """The exit status that the shell saw, and the words on standard error."""
    line = words.format(shlex.join(str(word) for word in command(*given)))
    done = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, text=True, check=False)
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("given", [("models",), ("query", "SELECT 1 AS one"), ("--version",)])
def test_with_its_output_closed_a_command_ends_well_in_silence(given: tuple[str, ...], tmp_path: Path) -> None:
    words = (*given, "--dataset", tmp_path) if given[0] == "query" else given
    status, err = in_shell("cd " + shlex.quote(str(tmp_path)) + "; {} >&-; echo $?", *words)
    assert "Traceback" not in err
    assert status == ("2" if given[0] == "query" else "0")  # there is no dataset to ask


@pytest.mark.parametrize(
    "closed",
    [
        "{} --json | true; echo ${{PIPESTATUS[0]}}",
        "{} --json >&-; echo $?",
        "{} --json 2> >(true) >/dev/null; echo $?",
        "{} -v --json 2> >(true) | true; echo ${{PIPESTATUS[0]}}",
    ],
)
def test_a_job_nobody_reads_ends_with_the_status_of_its_work(closed: str, tmp_path: Path) -> None:
    missing = ("analyze", tmp_path / "missing.wav", "--dataset", tmp_path / "dataset")
    status, err = in_shell(closed, *missing)
    assert "Traceback" not in err
    assert status == "1"

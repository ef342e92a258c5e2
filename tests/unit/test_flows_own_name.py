"""Commands that we print work as they stand: the environment need not be active."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flows.commands.own_name import own_name


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command in an environment of its own, where nothing is on the PATH."""
    path = tmp_path / ".venv" / "bin" / "reelsheet"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setenv("PATH", "/nowhere")
    return path


def test_in_an_active_environment_its_name_is_enough(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(script.parent))
    assert own_name() == "reelsheet"


def test_in_the_folder_of_the_environment_the_path_is_short(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(script.parents[2])
    assert own_name() == ".venv/bin/reelsheet"


def test_elsewhere_the_path_is_whole(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert own_name() == str(script).lstrip("/")

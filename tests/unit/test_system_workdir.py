"""The folder of a run's clips."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tasks.errors import UsageError
from tasks.system.workdir import remove_abandoned, work_folder

ABANDON = """
import os, sys
from pathlib import Path
from tasks.system.workdir import work_folder
with work_folder(Path(sys.argv[1])) as folder:
    (folder / "clip.mp4").touch()
    os._exit(1)
"""


def test_it_is_there_while_it_is_used_and_gone_afterwards(tmp_path: Path) -> None:
    with work_folder(tmp_path) as folder:
        (folder / "clip.mp4").touch()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", ABANDON, str(tmp_path)], cwd=root, check=False)
    assert len(list(tmp_path.iterdir())) == 1
    with work_folder(tmp_path):
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_it_goes_too_with_a_run_that_needs_no_folder(tmp_path: Path) -> None:
    (tmp_path / "reelsheet-clips-left").mkdir()
    with work_folder(tmp_path) as in_use:
        remove_abandoned(tmp_path)
        assert list(tmp_path.iterdir()) == [in_use]
    remove_abandoned(tmp_path / "missing")


def test_what_was_left_by_one_killed_before_it_had_its_lock_goes_too(tmp_path: Path) -> None:
    (tmp_path / "reelsheet-clips-unlocked").mkdir()
    with work_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_is_in_use_stays(tmp_path: Path) -> None:
    with work_folder(tmp_path) as first, work_folder(tmp_path):
        assert first.exists()


def test_other_files_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with work_folder(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_place_where_no_folder_can_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--workdir"), work_folder(tmp_path / "missing"):
        pass

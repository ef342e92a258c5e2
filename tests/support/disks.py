"""Small disks that tests fill up, and users without rights."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
"""What runs a command as a user without any rights."""

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which(NOBODY[0]) is None, reason="becoming another user needs root and setpriv"
)


@contextmanager
def mounted(disk: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of that size at a new folder; the test is skipped where that is not allowed."""
    disk.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)]
    if subprocess.run(argv, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small disk is not allowed here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def open_to_all(folder: Path) -> Path:
    """Let any user look into a test's folder."""
    for each in (folder, *folder.parents):
        each.chmod(0o755)
        if each.name.startswith("pytest-of-"):
            break
    return folder

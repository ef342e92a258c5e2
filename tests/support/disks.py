"""Small disks that tests fill up, and users without rights."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_ANOTHER = 65534  # a user, and a group
_POWERS = "-dac_override,-dac_read_search"
POWERLESS = ("setpriv", f"--inh-caps={_POWERS}", f"--bounding-set={_POWERS}")
"""What runs a command as root without its power over permissions: so it reads the project wherever that lies."""

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which(POWERLESS[0]) is None,
    reason="giving files away needs root, and obeying permissions then setpriv",
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


def given_away(folder: Path) -> Path:
    """Give a folder, and all in it, to another user. Any user may look into the folder itself."""
    folder.chmod(0o755)
    for each in (folder, *folder.rglob("*")):
        os.chown(each, _ANOTHER, _ANOTHER)
    return folder

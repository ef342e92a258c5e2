"""What lies on this machine for a dataset that lies elsewhere: caches and locks, none of them needed by anybody else.

A folder for each address, under the user's caches. It may be removed while nothing runs.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upath import UPath

_folder = Path("~/.cache/reelsheet")


def use_caches(folder: Path) -> None:
    """Where caches of this user lie. Said once, by the composition root."""
    global _folder  # noqa: PLW0603 - one process, one user
    _folder = folder
    local_cache_dir.cache_clear()


@cache
def local_cache_dir(root: UPath) -> Path:
    """The folder on this machine for the dataset at `root`, made where it is missing. Raises OSError."""
    name = hashlib.sha256(str(root).encode()).hexdigest()[:24]
    try:
        return _made(_folder.expanduser() / "datasets" / name)
    except OSError:  # a home that cannot be written, as in some containers
        return _made(Path(tempfile.gettempdir()) / f"reelsheet-{os.getuid()}" / name)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder

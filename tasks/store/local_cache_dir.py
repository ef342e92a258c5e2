"""Keep caches and locks on this machine for a dataset that lies elsewhere.

None of them is needed by anybody else. A folder for each address, under the user's caches. It may be removed while
nothing runs.
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
    """Set where caches of this user lie; the composition root does, once."""
    global _folder  # noqa: PLW0603 - one process, one user
    _folder = folder
    local_cache_dir.cache_clear()


@cache
def local_cache_dir(root: UPath) -> Path:
    """Return the folder on this machine for the dataset at `root`.

    It is made where it is missing. Raises OSError.
    """
    name = hashlib.sha256(str(root).encode()).hexdigest()[:24]
    try:
        return _made(_folder.expanduser() / "datasets" / name)
    except OSError:  # a home that cannot be written, as in some containers
        return _made(Path(tempfile.gettempdir()) / f"reelsheet-{os.getuid()}" / name)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder

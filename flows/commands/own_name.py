"""Name this command as it can be typed, its environment active or not."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

_NAME = "reelsheet"


def own_name() -> str:
    """Return `reelsheet` where the shell finds it, else its path."""
    script = Path(sys.prefix) / "bin" / _NAME
    found = shutil.which(_NAME)
    if not script.exists() or (found is not None and Path(found).resolve() == script.resolve()):
        return _NAME
    here = Path.cwd()
    return str(script.relative_to(here)) if script.is_relative_to(here) else str(script)

"""Find our packages before anything else of their names.

A folder `tasks/` or `config/` beside a script is not ours.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = ("config", "prompts", "tasks", "flows", "engine")


def ensure_ours() -> None:
    """Import our top-level packages from where this one lies.

    Their modules follow them, whatever `sys.path` says.

    Raises ImportError where another package of such a name was imported before.
    """
    sys.path.insert(0, str(_ROOT))
    try:
        for name in _PACKAGES:
            found = Path(str(import_module(name).__file__)).resolve().parent
            if found != _ROOT / name:
                raise ImportError(
                    f"reelsheet needs its own package {name!r}, and another one was imported before from {found}: "
                    "import reelsheet first, or give the other one another name."
                )
    finally:
        sys.path.remove(str(_ROOT))

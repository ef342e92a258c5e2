"""Which large libraries a command has loaded by its end, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LARGE = (
    *("prefect", "openai", "aiohttp", "httpx", "httpx2", "fsspec", "botocore"),
    *("pyarrow", "pandas", "duckdb", "numpy", "cv2", "av", "onnxruntime"),
)
_RUN = """
import sys
from flows import entrypoint
from flows.cli import main
sys.argv[0] = "reelsheet"
status = 2
try:
    sys.meta_path.insert(0, entrypoint._NoPandas())
    status = main()
finally:
    sys.stdout.flush()
    print("loaded:", *(name for name in {large} if name in sys.modules), file=sys.stderr)
sys.exit(status)
"""


@dataclass(frozen=True)
class Loaded:
    """A command that has ended, and what it had loaded of `LARGE`."""

    status: int
    out: str
    libraries: tuple[str, ...]


def loaded_by(*words: object, env: Mapping[str, str], cwd: Path | None = None) -> Loaded:
    """Run a command to its end."""
    argv = [sys.executable, "-P", "-c", _RUN.format(large=LARGE), *map(str, words)]
    done = subprocess.run(argv, cwd=cwd, env=dict(env), capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    [names] = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("loaded:")]
    return Loaded(done.returncode, done.stdout, tuple(names))

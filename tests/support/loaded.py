"""Which large libraries a command has loaded by its end, in a process of its own.

It is forked from one that has loaded the command line, which loads nothing large, and most of what each would cost.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.cli import environment

LARGE = (
    *("prefect", "openai", "aiohttp", "httpx", "httpx2", "fsspec", "botocore"),
    *("pyarrow", "pandas", "duckdb", "numpy", "cv2", "av", "onnxruntime"),
)
_RUN = """
import json, os, sys
from flows import entrypoint
from flows.cli import main

def run(words, cwd, env, folder):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(os.open(f"{folder}/{stream}", os.O_WRONLY | os.O_CREAT), stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["reelsheet", *words]
    status = 2
    try:
        sys.meta_path.insert(0, entrypoint._NoPandas())
        status = main()
    finally:
        sys.stdout.flush()
        print("loaded:", *(name for name in LARGE if name in sys.modules), file=sys.stderr)
    sys.exit(status)

while line := sys.stdin.readline():
    child = os.fork()
    if child == 0:
        run(**json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Loaded:
    """A command that has ended, and what it had loaded of `LARGE`."""

    status: int
    out: str
    libraries: tuple[str, ...]


def loaded_by(*words: object, env: Mapping[str, str], cwd: Path | None = None) -> Loaded:
    """Run a command to its end."""
    command_line = _command_line()
    assert command_line.stdin is not None
    assert command_line.stdout is not None
    with tempfile.TemporaryDirectory(prefix="words-") as folder:
        asked = {"words": list(map(str, words)), "cwd": str(cwd or Path.cwd()), "env": dict(env), "folder": folder}
        command_line.stdin.write(f"{json.dumps(asked)}\n")
        command_line.stdin.flush()
        status = int(command_line.stdout.readline())
        out, err = ((Path(folder) / stream).read_text() for stream in "12")
    assert "Traceback" not in err, err
    [names] = [line.split()[1:] for line in err.splitlines() if line.startswith("loaded:")]
    return Loaded(status, out, tuple(names))


@cache
def _command_line() -> subprocess.Popen[str]:
    """The process that commands are forked from; it ends with this one."""
    argv = [sys.executable, "-P", "-c", _RUN.replace("LARGE", repr(LARGE))]
    process = subprocess.Popen(argv, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)
    return process

"""The command line as a user runs it: a process of its own, with its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OURS = ("REELSHEET_", "DASHSCOPE_", "PREFECT_", "OPENAI_")


@dataclass(frozen=True)
class Ran:
    """What a command left: exit status and words."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one sentence that the command ended with."""
        lines = [line for line in self.err.splitlines() if line.startswith("reelsheet: ")]
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("reelsheet: ")


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would steer reelsheet or Prefect, plus `more`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**plain, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **more}


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "flows.cli", *map(str, words)]


def reelsheet(*words: object, env: Mapping[str, str], cwd: Path | None = None, within_s: float = 180) -> Ran:
    """Run a command to its end."""
    done = subprocess.run(
        command(*words),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)

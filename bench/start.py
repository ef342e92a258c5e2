"""How long commands take to start: `python -m bench.start`.

From the command to its first question, with a Prefect server that runs already and with one of the command's own, in
seconds beyond `python -c "import prefect"`; and commands that need no Prefect, whole. The best of some runs each: what
else runs on the machine makes them longer, never shorter. The processor seconds beside them tell the two apart.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.memory import prefect_server
from bench.slots import times_at, write_tone
from tasks.system.child_server import ChildServer
from tests.support.cli import command, environment

RUNS = 3
FIRST_S = {"with a running server": 4.0, "with a server of its own": 10.0}  # beyond importing Prefect
WHOLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Took:
    """What a command took, or what it took until its first question."""

    wall_s: float
    spent_s: float  # of the processor, to its end


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bench-start-") as name, service() as asked:
        folder = Path(name)
        write_tone(folder / "a.wav", 1)
        own = environment(
            PREFECT_HOME=str(folder / "own"),
            DASHSCOPE_API_KEY="sk-bench",
            DASHSCOPE_BASE_URL=f"{asked.url}/compatible-mode/v1",
            NO_PROXY="127.0.0.1",
        )
        imports = best(lambda: whole([sys.executable, "-c", "import prefect"], own))
        with prefect_server(folder) as env:
            running = best(lambda: until_asked(folder, {**own, **env}, asked.url))
        first = {"with a running server": running}
        first["with a server of its own"] = best(lambda: until_asked(folder, own, asked.url))
        sql = "SELECT count(*) FROM transcript"
        words = {
            "--help": ["--help"],
            "plan": ["plan", folder / "a.wav"],
            "probe": ["probe", folder / "a.wav"],
            "query": ["query", sql, "--dataset", folder / "dataset-1"],
        }
        plain = {name: best(lambda some=some: whole(command(*some), own)) for name, some in words.items()}  # type: ignore[misc]
    print(f"{'':28}{'wall s':>8}{'processor s':>13}{'limit':>8}{'':3}")
    print(f"{'import prefect':28}{imports.wall_s:8.2f}{imports.spent_s:13.2f}")
    met = True
    for title, took in first.items():
        limit, beyond = FIRST_S[title], took.wall_s - imports.wall_s
        met &= beyond <= limit
        print(
            f"{'first question, beyond that,':28}\n{'  ' + title:28}{beyond:8.2f}{took.spent_s:13.2f}{limit:8.1f}",
            end="",
        )
        print("   met" if beyond <= limit else "   MISSED")
    for title, took in plain.items():
        met &= took.wall_s <= WHOLE_S
        print(f"{title:28}{took.wall_s:8.2f}{took.spent_s:13.2f}{WHOLE_S:8.1f}", end="")
        print("   met" if took.wall_s <= WHOLE_S else "   MISSED")
    return 0 if met else 1


def service() -> ChildServer:
    return ChildServer("service", [sys.executable, "-m", "bench.slow_service", "0"], os.environ, 600)


def best(run: Callable[[], Took]) -> Took:
    """The shortest of some runs."""
    return min((run() for _ in range(RUNS)), key=lambda took: took.wall_s)


def whole(words: Sequence[str], env: dict[str, str]) -> Took:
    began = time.monotonic()
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, words[:5]))} ended with status {status}")
    return Took(time.monotonic() - began, used.ru_utime + used.ru_stime)


def until_asked(folder: Path, env: dict[str, str], url: str) -> Took:
    """A run over a recording that nobody has asked about: how long until its question comes."""
    dataset = folder / f"dataset-{len([*folder.glob('dataset-*')]) + 1}"
    times_at(f"{url}/times")
    began = time.monotonic()
    took = whole(command("analyze", folder / "a.wav", "--dataset", dataset, "--settle", "0"), env)
    [[came, _]] = times_at(f"{url}/times")
    return Took(came - began, took.spent_s)


if __name__ == "__main__":
    sys.exit(main())

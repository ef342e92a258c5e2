"""Run benches and keep what they print in RESULTS.md: `python -m bench.results [NAME…]`, without names all.

A bench prints, for each thing that has a limit, a line that ends with "met" or "MISSED" (`verdict` writes it). Each
section says when it was measured, on which versions, and how much of the processors others used meanwhile.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHES = (
    *(
        "cutting",
        "slots",
        "rates",
        "parsing",
        "parsing_speed",
        "saving",
        "start",
        "incremental",
        "memory",
        "engine_quality",
    ),
    *("subtitles", "subtitle_engine", "moderation", "compaction", "merge", "probing", "segments", "jobs"),
)
PACKAGES = ("prefect", "openai", "pyarrow", "duckdb", "pandas", "opencv-python-headless", "onnxruntime", "daft")
BUSY = 0.1  # of the processors in others' use: more than that is said to be load

_VERDICT = re.compile(r"^(?P<what>.+?)(?: \(limit (?P<limit>.+)\))?: (?P<verdict>met|MISSED)$")
_SUMMARY = re.compile(r"^(?:all limits(?: are)? (?P<met>met)|A LIMIT IS MISSED|missed: (?P<missed>.+))$")
_FIGURE = re.compile(r"^(?P<what>.+): (?P<figure>[^:]+)$")
_HEAD = re.compile(r"^## bench\.(\w+)$", re.MULTILINE)
_TITLE = """# Results

What `make bench` measured, or `python -m bench.results NAME…`; each run of a bench replaces its section. The machine
and the other work on it make more of a difference than most changes do: what counts are ratios within one run.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a bench printed, and what the machine did meanwhile."""

    name: str
    output: str
    status: int
    wall_s: float
    others: float  # the share of the processors that was in others' use
    ended: datetime


def verdict(what: str, figure: str, limit: str, *, met: bool) -> str:
    """Return the line that a bench prints about what has a limit.

    >>> verdict("slots full", "90 %", "85 %", met=True)
    'slots full: 90 % (limit 85 %): met'
    """
    return f"{what}: {figure} (limit {limit}): {'met' if met else 'MISSED'}"


def verdicts(output: str) -> list[tuple[str, str, str, str]]:
    """Find what has a limit among the lines of a bench.

    Gives what, figure, limit, and "met" or "MISSED".

    >>> verdicts("a table\\nrows: 5 s (limit 4 s): MISSED\\nall of them: met")
    [('rows', '5 s', '4 s', 'MISSED'), ('all of them', '', '', 'met')]
    """
    found = []
    for line in output.splitlines():
        if match := _VERDICT.match(line.strip()):
            figure = _FIGURE.match(match["what"])
            what, value = (figure["what"], figure["figure"]) if figure else (match["what"], "")
            found.append((what, value, match["limit"] or "", match["verdict"]))
        elif match := _SUMMARY.match(line.strip()):
            found.append(("all limits", match["missed"] or "", "", match["met"] or "MISSED"))
    return found


def main(names: Sequence[str]) -> int:
    if unknown := set(names) - set(BENCHES):
        raise SystemExit(f"no bench is named {', '.join(sorted(unknown))}; there are: {', '.join(BENCHES)}")
    failed = []
    for name in names or [name for name in BENCHES if path_of(name).exists()]:
        print(f"\n=== bench.{name}\n", flush=True)
        outcome = run(name)
        before = RESULTS.read_text() if RESULTS.exists() else ""
        RESULTS.write_text(with_section(before, name, section(outcome)))
        failed += [name] if outcome.status else []
    print(f"\nwritten: {RESULTS}" + (f"; limits missed or failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def path_of(name: str) -> Path:
    return Path(__file__).with_name(f"{name}.py")


def run(name: str) -> Outcome:
    """Run a bench, show what it prints, and keep it."""
    before, own, began, lines = busy_s(), children_s(), time.monotonic(), []
    command = [sys.executable, "-u", "-m", f"bench.{name}"]
    environment = {**os.environ, "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    wall_s = time.monotonic() - began
    others = (busy_s() - before) - (children_s() - own)
    share = max(0.0, others) / (wall_s * (os.cpu_count() or 1))
    return Outcome(name, "".join(lines), process.returncode, wall_s, share, datetime.now(UTC))


def section(outcome: Outcome) -> str:
    load = f"{outcome.others:.0%} of the processors in other use" if outcome.others > BUSY else "nothing beside it"
    when = f"{outcome.ended:%Y-%m-%d %H:%M} UTC, {outcome.wall_s:.0f} s, {load}"
    missed = f", exit status {outcome.status}" if outcome.status else ""
    rows = [f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n" for cells in verdicts(outcome.output)]
    table = ["\n| what | figure | limit | |\n|---|---|---|---|\n", *rows] if rows else []
    printed = outcome.output.strip("\n")
    head = f"## bench.{outcome.name}\n\n{when}{missed}. {machine()}\n"
    return "".join((head, *table, f"\n```\n{printed}\n```\n"))


def with_section(results: str, name: str, text: str) -> str:
    """Put a section in the place of the older one of that name.

    Sections stand in the order of `BENCHES`.
    """
    heads = [*_HEAD.finditer(results)]
    bounds = pairwise([*(head.start() for head in heads), len(results)])
    sections = {head[1]: results[start:end].strip("\n") for head, (start, end) in zip(heads, bounds, strict=True)}
    sections[name] = text.strip("\n")
    return "\n\n".join((_TITLE.strip("\n"), *(sections[each] for each in BENCHES if each in sections))) + "\n"


def machine() -> str:
    """Return one line about the processor, the memory and the versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    ffmpeg = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=False).stdout
    words = (f"{os.cpu_count()} × {_processor()}", f"{memory:.0f} GiB", f"{platform.system()} {platform.release()}")
    versions = (f"Python {platform.python_version()}", " ".join(ffmpeg.split()[:3:2]), *_packages(PACKAGES))
    return f"{', '.join(words)}; {', '.join(versions)}."


def _packages(names: Iterable[str]) -> list[str]:
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return str(names[0]) if names else platform.machine()


def busy_s() -> float:
    """Return the seconds that all processors have worked since the machine started.

    0 where nobody tells.
    """
    try:
        user, nice, system, _, _, irq, soft, *_ = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    except OSError:
        return 0.0
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

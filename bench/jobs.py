"""How the other jobs keep the slots, beside analyze: `python -m bench.jobs [RECORDINGS] [AT_ONCE] [KIND]`.

The recordings, the service and the measures are those of bench.slots. Each job goes through the same portions, so its
first question leaves about as soon, and as many slots are full. `moderate` finds nothing, so that one pass asks all.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.memory import prefect_server
from bench.results import verdict
from bench.slots import LATENCY_S, Case, Timed, analyzed, make_recordings, slow_service

JOBS = (("analyze",), ("subtitle",), ("moderate",))
LATER_S = 0.5  # than analyze's first question
FULL = 0.95  # of analyze's share of the slots
SPENT = 1.2  # times analyze's processor time


def main(case: Case) -> int:
    found = measured(case)
    print(f"{case}, answers after {LATENCY_S:g} s\n")
    print(f"{'':12}{'wall s':>9}{'first question s':>18}{'slots full':>12}{'processor s':>13}{'peak MB':>10}")
    for name, (one, ready_s) in found.items():
        spent = sum(one.spent.values())
        print(
            f"{name:12}{one.wall_s:9.1f}{one.first_s - ready_s:18.1f}{one.full:12.0%}{spent:13.1f}{one.peak_mb:10.0f}"
        )
    print()
    lines = [line for name in found if name != "analyze" for line in compared(name, found)]
    print("\n".join(lines), flush=True)
    return 1 if any(line.endswith("MISSED") for line in lines) else 0


def measured(case: Case) -> dict[str, tuple[Timed, float]]:
    """What each job took, and the seconds until Prefect began its flow."""
    with tempfile.TemporaryDirectory(prefix="bench-jobs-") as name, slow_service() as service:
        folder, times, url = Path(name), f"{service.url}/times", f"{service.url}/compatible-mode/v1"
        make_recordings(folder / "in", case.recordings, case.kind)
        with prefect_server(folder) as env:
            env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": url, "NO_PROXY": "127.0.0.1"}
            return {job[0]: analyzed(folder, "in", env, times, case.at_once, job) for job in JOBS}


def compared(name: str, found: dict[str, tuple[Timed, float]]) -> list[str]:
    """The verdicts on a job beside analyze."""
    (ours, ready_s), (analyze, its_ready_s) = found[name], found["analyze"]
    later_s = (ours.first_s - ready_s) - (analyze.first_s - its_ready_s)
    full, spent = ours.full / analyze.full, sum(ours.spent.values()) / sum(analyze.spent.values())
    return [
        verdict(f"{name}: first question later", f"{later_s:.1f} s", f"{LATER_S:g} s", met=later_s <= LATER_S),
        verdict(f"{name}: slots full", f"{full:.2f}", f"{FULL:g} x analyze", met=full >= FULL),
        verdict(f"{name}: processor time", f"{spent:.2f}", f"{SPENT:g} x analyze", met=spent <= SPENT),
    ]


if __name__ == "__main__":
    _recordings, _at_once, _kind = (*sys.argv[1:], *("256", "32", "wav")[len(sys.argv) - 1 :])
    sys.exit(main(Case(int(_recordings), int(_at_once), _kind)))

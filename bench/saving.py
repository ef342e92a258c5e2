"""How fast rows are saved and recordings are planned: `python -m bench.saving [ROWS] [RECORDINGS]`.

Rows of the transcript, in the order in which answers give them, made into a table and published with their commit. Then
the plans of recordings as they are probed: 2 s to 40 minutes, picture and sound. Then what planning and saving cost for
one recording of 100, 1,000 and 10,000 segments, and the exponent by which that grows: 1 is linear. Processor time of
this process, the best of three. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.scale_rows import recording_rows, run_of
from config.catalog import load_catalog
from tasks.media_records import AudioStream, VideoStream
from tasks.planning.plan import AnalysisSpec, plan_analysis
from tasks.records import Question, Recording
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.tables.rows import Rows

ROWS_PER_S = 200_000
PLANNED_WITHIN_S = 2.0
ROUNDS = 3
SEGMENTS = (100, 1_000, 10_000)
SEGMENT_MS = 240_000
ROWS_A_SEGMENT = 20
MOST_GROWTH = 1.1


def main(rows: int = 200_000, recordings: int = 10_000) -> int:
    attempt = attempt_with(rows)
    saved_s = min(processor_s(lambda: publish(attempt)) for _ in range(ROUNDS))
    probed = [recording(number) for number in range(recordings)]
    planned_s = min(processor_s(lambda: plan(probed)) for _ in range(ROUNDS))
    fast, soon = rows / saved_s >= ROWS_PER_S, planned_s <= PLANNED_WITHIN_S * recordings / 10_000
    print(f"saved: {rows / saved_s:,.0f} rows/s (limit {ROWS_PER_S:,}): {'met' if fast else 'MISSED'}")
    print(f"planned: {recordings} in {planned_s:.2f} s (limit {PLANNED_WITHIN_S:g} s for 10,000): ", end="")
    print("met" if soon else "MISSED")
    linear = grows_linearly()
    return 0 if fast and soon and linear else 1


def grows_linearly() -> bool:
    """Print what segments cost, and say whether the cost grows no faster than their number."""
    costs = [min(cost_of(segments) for _ in range(ROUNDS)) for segments in SEGMENTS]
    for segments, seconds in zip(SEGMENTS, costs, strict=True):
        print(f"{segments:6,} segments: {seconds:.2f} s, {1000 * seconds / segments:.2f} ms each")
    growth = math.log(costs[-1] / costs[0], SEGMENTS[-1] / SEGMENTS[0])
    is_linear = growth <= MOST_GROWTH
    print(f"cost grows by the power of {growth:.2f} (limit {MOST_GROWTH:g}): {'met' if is_linear else 'MISSED'}")
    return is_linear


def cost_of(segments: int) -> float:
    """Return the seconds for planning a recording of so many segments and for saving its rows."""
    long = replace(recording(0), duration_ms=segments * SEGMENT_MS)
    attempt = attempt_with(segments * ROWS_A_SEGMENT)
    return processor_s(lambda: plan([long])) + processor_s(lambda: publish(attempt))


def processor_s(function: Callable[[], object]) -> float:
    began = time.process_time()
    function()
    return time.process_time() - began


def attempt_with(rows: int) -> Rows:
    made = recording_rows(1, run_of(1))
    said = made["transcript"]
    made["transcript"] = [
        {**said[n % len(said)], "seq": n, "start_ms": n * 100, "end_ms": n * 100 + 90} for n in range(rows)
    ]
    return made


def publish(attempt: Rows) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-saving-") as folder:
        publish_attempts(Dataset.open(Path(folder)), [attempt], run_of(1), "bench-00001")


def recording(number: int) -> Recording:
    chance = random.Random(number)
    height = chance.choice((360, 720, 1080, 2160))
    fps = chance.choice((24, 25, 30))
    return Recording(
        media_id=f"{number:064x}",
        id_basis="bytes",
        uri=f"talks/{number:05d}.mp4",
        path=f"/talks/{number:05d}.mp4",
        kind="video",
        container="mov,mp4",
        size_bytes=1_000_000,
        duration_ms=chance.randint(2_000, 2_400_000),
        video=VideoStream(0, "h264", height * 16 // 9, height, 0, fps, 1, False, 0),
        audio=AudioStream(1, "aac", 44_100, 2, 0),
        probe_json="{}",
    )


def plan(recordings: list[Recording]) -> None:
    catalog = load_catalog()
    question = Question("standard", "aa", "Say what happens.", "text", "auto")
    model, provider = catalog.models["qwen3.5-omni-flash"], catalog.providers["dashscope"]
    spec = AnalysisSpec(catalog.scenarios["standard"], model, provider, question)
    for one in recordings:
        plan_analysis(one, spec)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""What `reelsheet compact` is worth and what it needs: `python -m bench.compaction [FEW] [MANY]`.

A month of MANY commits (5,000) of four recordings each, before and after: files, bytes, the commonest five questions,
and the look-up of single analyses, as `retry` does it. And a month of FEW commits, to see that the peak memory of the
command does not grow with the dataset. Ratios count; exit status 1 where memory grows by more than the limit.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tasks.query.sql import run_sql
from tasks.store.commit import parquet
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.store.index import Index
from tasks.tables.rows import Row, Rows
from tasks.tables.schemas import TABLES
from tests.support.cli import command, environment
from tests.support.dataset_rows import START, row

LIMIT = 1.3
RECORDINGS = 4  # of a commit
SEGMENTS = 3  # of a recording
COMMITS = 50  # of a run
MONTH = "2026-09"
BEGAN = START.replace(month=9, day=1)
ROUNDS = 3
LOOK_UPS = 100
WORDS = [f"{a}{b}{c}" for a in "bdfklmnprst" for b in ("a", "ei", "o", "u") for c in ("ling", "ter", "m", "nd", "sk")]

QUESTIONS = {
    "find words": "SELECT m.uri, t.start_ms, t.text FROM current_transcript AS t JOIN media AS m USING (media_id) "
    "WHERE t.text ILIKE '%balling batter%'",
    "timeline of one": "SELECT start_ms, kind, text FROM timeline WHERE media_id = '{media}'",
    "open failures": "SELECT * FROM open_failures",
    "cost by day": "SELECT * FROM cost_by_day",
    "coverage": "SELECT * FROM coverage",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one compaction took."""

    peak_mb: float
    wall_s: float
    processor_s: float


def main(few: int = 1000, many: int = 5000) -> int:
    with tempfile.TemporaryDirectory(prefix="bench-compaction-") as name:
        small, large = Path(name) / "few", Path(name) / "many"
        make(small, few)
        make(large, many)
        # Each look in a process of its own: what this one holds would count as the peak of those that it starts.
        with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            before = pool.apply(look, (large,))
            taken = {few: compacted(small), many: compacted(large)}
            after = pool.apply(look, (large,))
    print(f"{'':26}{'before':>12}{'after':>12}{'ratio':>10}")
    for what, value in before.items():
        print(f"{what:26}{value:12,.1f}{after[what]:12,.1f}{value / after[what]:10.1f}")
    print(f"\n{'commits':>10}{'peak MB':>10}{'wall s':>10}{'cpu s':>10}")
    for count, needed in taken.items():
        print(f"{count:10}{needed.peak_mb:10.1f}{needed.wall_s:10.1f}{needed.processor_s:10.1f}")
    ratio = taken[many].peak_mb / taken[few].peak_mb
    print(
        f"\npeak with {many} over peak with {few}: {ratio:.2f} (limit {LIMIT}): {'met' if ratio <= LIMIT else 'MISSED'}"
    )
    return 0 if ratio <= LIMIT else 1


def compacted(folder: Path) -> Taken:
    """The command in a process of its own."""
    began = time.monotonic()
    words = command("compact", "--dataset", folder, "--json")
    process = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"compact ended with status {os.waitstatus_to_exitcode(status)}")
    return Taken(used.ru_maxrss / 1024, time.monotonic() - began, used.ru_utime + used.ru_stime)


def look(folder: Path) -> dict[str, float]:
    """Files, megabytes, and milliseconds of each question."""
    dataset = Dataset.existing(folder)
    files = [file for table in TABLES for file in dataset.files(table)]
    found: dict[str, float] = {"files": len(files), "MB": sum(file.stat().st_size for file in files) / 1e6}
    [known] = run_sql(dataset, "SELECT analysis_id, media_id FROM analyses LIMIT 1").to_pylist()
    for name, sql in QUESTIONS.items():
        found[f"{name}, ms"] = best(partial(run_sql, dataset, sql.format(media=known["media_id"])))
    with closing(Index(dataset)) as index:  # the first time it is made, later it follows
        found["index, ms"] = best(index.refresh, rounds=1)
    names = [f"{n:064x}" for n in range(0, RECORDINGS * LOOK_UPS, RECORDINGS)]
    with History(dataset) as history:
        history.refresh()
        found[f"{LOOK_UPS} look-ups, ms"] = best(lambda: [history.answers(name) for name in names])
    return found


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The shortest of a few times, in milliseconds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


# --- the dataset -----------------------------------------------------------------------------------------------------


def make(folder: Path, commits: int) -> None:
    """What so many commits leave, written by the same function, without waiting for the disk."""
    dataset = Dataset.open(folder)
    for table in TABLES:
        (dataset.table(table) / f"month={MONTH}").mkdir(parents=True)
    with get_context("spawn").Pool() as pool:
        pool.starmap(write, ((folder, number) for number in range(commits)), chunksize=50)


def write(folder: Path, number: int) -> None:
    """One commit; with every fiftieth the rows of its run."""
    rng = random.Random(number)
    run_id = f"20260901T{number // COMMITS:06}Z-{number // COMMITS:06x}"
    rows: dict[str, list[Row]] = {table: [] for table in TABLES}
    for recording in range(RECORDINGS):
        for table, made in recording_rows(rng, number * RECORDINGS + recording, run_id):
            rows[table].append(made)
    _put(folder, rows, f"{run_id}-{number % COMMITS:05d}")
    if number % COMMITS == 0:
        _put(folder, run_rows(run_id, number), run_id)


def _put(folder: Path, rows: Rows, name: str) -> None:
    for table, some in rows.items():
        if some:
            (folder / table / f"month={MONTH}" / f"{name}.parquet").write_bytes(parquet(table, some))


def run_rows(run_id: str, number: int) -> dict[str, list[Row]]:
    inputs = [row("inputs", run_id=run_id, uri=uri(number + n), status="new") for n in range(COMMITS * RECORDINGS)]
    failures = [row("failures", run_id=run_id, uri=f"{uri(number)}.{n}", stage="probe", message="x") for n in range(3)]
    return {"runs": [row("runs", run_id=run_id, started_at=BEGAN)], "inputs": inputs, "failures": failures}


def recording_rows(rng: random.Random, number: int, run_id: str) -> Iterator[tuple[str, Row]]:
    media_id = f"{rng.getrandbits(256):064x}"
    of = {"run_id": run_id, "analysis_id": f"{number:064x}", "attempt": 1, "media_id": media_id}
    yield "media", row("media", media_id=media_id, uri=uri(number), kind="video", duration_ms=180_000, probe_json="{}")
    yield "speakers", row("speakers", **of, speaker="Ann", talk_ms=90_000, profile=words(rng, 6))
    yield "analyses", row("analyses", **of, scenario="standard", prompt="structured_video", provider="dashscope",
                          model="qwen3-omni-flash", params_json='{"fps": 2}', outcome="ok", coverage=1.0,
                          completed_at=moment(number))  # fmt: skip
    for segment in range(SEGMENTS):
        yield from segment_rows(rng, {**of, "segment_id": f"{number:058x}{segment:06x}"}, number, segment)


def segment_rows(rng: random.Random, of: Row, number: int, segment: int) -> Iterator[tuple[str, Row]]:
    start = 60_000 * segment
    yield "segments", row("segments", **of, seq=segment, start_ms=start, end_ms=start + 60_000, outcome="ok",
                          raw_answer=words(rng, 250), request_id=f"{rng.getrandbits(128):032x}")  # fmt: skip
    yield "calls", row("calls", **of, call_id=f"{rng.getrandbits(128):032x}", **{"try": 1}, model="qwen3-omni-flash",
                       http_status=200, started_at=moment(number), latency_ms=rng.randrange(9000), video_tokens=9000,
                       audio_tokens=420, image_tokens=0, text_tokens=900, output_tokens=700,
                       cost_nano=rng.randrange(10**7), currency="CNY")  # fmt: skip
    for seq in range(6):
        at = {"seq": 6 * segment + seq, "start_ms": start + 9000 * seq, "end_ms": start + 9000 * seq + 8000}
        said = row("transcript", **of, **at, speaker="Ann", state="calm", text=words(rng, 12), time_quality="model")
        yield "transcript", said
        if seq % 2:
            yield "storyline", row("storyline", **of, **at, description=words(rng, 20), time_quality="model")
            yield "visible_text", row("visible_text", **of, **at, text=words(rng, 4), time_quality="model")


def words(rng: random.Random, count: int) -> str:
    return " ".join(rng.choices(WORDS, k=count))


def uri(number: int) -> str:
    return f"/recordings/{number // 1000:04}/film-{number:07}.mp4"


def moment(number: int) -> datetime:
    return BEGAN + timedelta(seconds=number * 60)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

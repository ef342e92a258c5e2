"""What a dataset costs as it grows: `python -m bench.scale [UTTERANCES] [FOLDER]`, by default a million.

Synthetic recordings of ten minutes and a hundred utterances are published by the real code in commits of twenty, as a
run at the default concurrency makes them. At an eighth, a quarter, half and all of it are measured: commits, files,
bytes, the writer's memory, the index; and the commonest questions, each in a process of its own. At the end the files
of each month are merged, in a copy, and the questions are asked of that, and of ten times as much of it. Then, with a
real run, what Prefect's own database grows by. docs/scale.md says what follows. What counts is how each column grows.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from bench import scale_rows
from bench.memory import measured, of_a_second, prefect_server
from tasks.query.sql import run_sql
from tasks.records import Tokens
from tasks.store.commit import publish_attempts, publish_run
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.tables.arrow import SORTED_BY
from tasks.tables.rows import RunTotals, input_row, run_row
from tasks.tables.schemas import TABLES
from tests.support.service import FakeService

PER_COMMIT = 20  # recordings
COMMITS_A_RUN = 10
PARTS = (8, 4, 2, 1)
TIMES = 10
_WRITTEN: dict[str, Any] = {"compression": "zstd", "row_group_size": 131_072}
_NAMES = ("run_id", "media_id", "analysis_id", "segment_id", "call_id", "uri")
_PREFECTS = ("task_run", "task_run_state", "events", "event_resources", "log")  # the tables that grow most

QUESTIONS = {
    "word": f"SELECT uri, start_ms, before, hit, after FROM around('{scale_rows.RARE}', 8)",
    "timeline": f"SELECT start_ms, kind, speaker, text FROM timeline WHERE media_id = '{scale_rows.id_of('media', 7)}'",
    "by name": f"SELECT start_ms, kind, speaker, text FROM timeline WHERE uri = '{scale_rows.uri_of(7)}'",
    "gaps": "SELECT uri, coverage FROM coverage WHERE coverage < 1",
    "failures": "SELECT uri, stage, message FROM open_failures",
    "cost": "SELECT day, model, requests, cost FROM cost_by_day",
    "talk": "SELECT speaker, sum(talk_ms), sum(utterances) FROM talk_time GROUP BY ALL",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, in a process of its own: with the time to look into the files, without the start of Python."""

    seconds: float
    peak_mb: float
    rows: int


@dataclass(frozen=True, slots=True)
class State:
    """A dataset at one size."""

    utterances: int
    files: int
    data_mb: float
    commit_ms: float  # of the processor's time, median of the last fifty commits
    waited_ms: float  # by the clock, likewise
    writer_mb: float
    index_mb: float
    index_s: float  # to make the index anew
    asked: dict[str, Asked]


def main(utterances: int = 1_000_000, folder: str | None = None) -> int:
    recordings = utterances // scale_rows.UTTERANCES
    with tempfile.TemporaryDirectory(prefix="bench-scale-", dir=folder) as name:
        print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        states = list(grow(Path(name) / "dataset", recordings))
        states.append(merge(Path(name) / "dataset", Path(name) / "merged"))
        states.append(multiply(Path(name) / "merged", Path(name) / "larger"))
        report(states)
    with tempfile.TemporaryDirectory(prefix="bench-scale-", dir=folder) as name:
        few, many = 20, 60
        grown_by, rows = prefect_growth(Path(name), few, many)
        listed = ", ".join(f"{count:.1f} in {table}" for table, count in rows.items())
        print(f"\nPrefect's database, for each recording of one segment (of {many}): {grown_by / 1000:.1f} kB")
        print(f"rows: {listed}")
    print(f"load after: {os.getloadavg()[0]:.1f}")
    return 0


def grow(folder: Path, recordings: int) -> Iterator[State]:
    """Publish recordings up to that number, and measure on the way."""
    dataset = Dataset.open(folder)
    stops = {recordings // part for part in PARTS}
    took: list[tuple[float, float]] = []
    for first in range(0, recordings, PER_COMMIT):
        number = first // PER_COMMIT
        run = scale_rows.run_of(number // COMMITS_A_RUN)
        batch = range(first, min(first + PER_COMMIT, recordings))
        attempts = [scale_rows.recording_rows(n, run) for n in batch]
        began = time.process_time(), time.perf_counter()
        publish_attempts(dataset, attempts, run, f"{run.run_id}-{number % COMMITS_A_RUN:05d}")
        took.append((time.process_time() - began[0], time.perf_counter() - began[1]))
        if number % COMMITS_A_RUN == COMMITS_A_RUN - 1:
            _end_run(dataset, number // COMMITS_A_RUN)
        if any(n + 1 in stops for n in batch):
            yield state(dataset, batch[-1] + 1, took)


def _end_run(dataset: Dataset, number: int) -> None:
    run = scale_rows.run_of(number)
    first = number * COMMITS_A_RUN * PER_COMMIT
    seen = range(first, first + COMMITS_A_RUN * PER_COMMIT)
    totals = RunTotals({"new": len(seen)}, {}, len(seen), Tokens(), 0, "CNY")
    inputs = [input_row(run.run_id, scale_rows.uri_of(n), scale_rows.id_of("media", n), "new") for n in seen]
    publish_run(dataset, {"runs": [run_row(run, "completed", totals, run.started_at)], "inputs": inputs}, run)


def state(dataset: Dataset, recordings: int, took: list[tuple[float, float]]) -> State:
    files = [file for table in TABLES for file in dataset.files(table)]
    index_mb = dataset.index.stat().st_size / 1e6 if dataset.index.exists() else 0.0
    dataset.index.unlink(missing_ok=True)
    began = time.perf_counter()
    with History(dataset) as history:
        history.refresh()
    return State(
        utterances=recordings * scale_rows.UTTERANCES,
        files=len(files),
        data_mb=sum(file.stat().st_size for file in files) / 1e6,
        commit_ms=1000 * statistics.median([processor for processor, _ in took[-50:]] or [0.0]),
        waited_ms=1000 * statistics.median([waited for _, waited in took[-50:]] or [0.0]),
        writer_mb=_peak_mb(),
        index_mb=index_mb,
        index_s=time.perf_counter() - began,
        asked={name: ask_apart(dataset.root, name) for name in QUESTIONS},
    )


def ask_apart(folder: Path, question: str) -> Asked:
    """The better of two askings, each in a process of its own."""
    words = [sys.executable, "-m", "bench.scale", "ask", str(folder), question]
    found = [json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout) for _ in range(2)]
    return min((Asked(**one) for one in found), key=lambda asked: asked.seconds)


def ask(folder: str, question: str) -> int:
    began = time.perf_counter()
    answer = run_sql(Dataset.existing(folder), QUESTIONS[question])
    took = time.perf_counter() - began
    peak_mb = _peak_mb()
    print(json.dumps(asdict(Asked(took, peak_mb, answer.num_rows))))
    return 0


def _peak_mb() -> float:
    """Of this process alone; what getrusage tells counts the parent's, too, from before it became this program."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def merge(source: Path, target: Path) -> State:
    """A copy with one sorted file a table and month, as merging closed months leaves it."""
    dataset, merged = Dataset.existing(source), Dataset.open(target)
    for table, schema in TABLES.items():
        for month in sorted(dataset.table(table).glob("month=*")):
            rows = pads.dataset(sorted(map(str, month.glob("*.parquet"))), schema=schema).to_table()
            keys = [(key, "ascending") for key in SORTED_BY if key in schema.names]
            place = merged.table(table) / month.name
            place.mkdir(parents=True)
            rows = rows.sort_by(keys) if keys else rows
            pq.write_table(rows, place / "merged.parquet", **_WRITTEN)
    with merged.publishing():
        merged.write_views()
    return state(merged, sum(pq.read_metadata(f).num_rows for f in merged.files("analyses")), [])


def multiply(source: Path, target: Path) -> State:
    """The merged dataset `TIMES` over, each time in other months, with other ids and names."""
    dataset, larger = Dataset.existing(source), Dataset.open(target)
    for table in TABLES:
        for file in dataset.files(table):
            rows = pq.ParquetFile(file).read()
            for number in range(TIMES):
                month = file.parent.name.replace("2026", str(2026 + number))
                place = larger.table(table) / month
                place.mkdir(parents=True)
                pq.write_table(_renamed(rows, str(number or "")), place / file.name, **_WRITTEN)
    with larger.publishing():
        larger.write_views()
    return state(larger, sum(pq.read_metadata(f).num_rows for f in larger.files("analyses")), [])


def _renamed(rows: pa.Table, prefix: str) -> pa.Table:
    for place, field in enumerate(rows.schema):
        if field.name in _NAMES:
            named = pc.binary_join_element_wise(pa.scalar(prefix), rows.column(place), "")
            rows = rows.set_column(place, field, named)
    return rows


def report(states: list[State]) -> None:
    heads = ("utterances", "files", "data MB", "commit ms", "waited ms", "writer MB", "index MB", "index s")
    print("\n" + "".join(f"{head:>11}" for head in heads))
    for at in states:
        values = (at.data_mb, at.commit_ms, at.waited_ms, at.writer_mb, at.index_mb, at.index_s)
        print(f"{at.utterances:11,}{at.files:11,}" + "".join(f"{value:11.1f}" for value in values))
    print(f"(the last two: merged, and {TIMES} times that)\n\nseconds, and peak MB of the process that asks")
    print(f"{'utterances':>11}" + "".join(f"{name:>15}" for name in QUESTIONS))
    for at in states:
        cells = (f"{asked.seconds:8.2f} {asked.peak_mb:6.0f}" for asked in at.asked.values())
        print(f"{at.utterances:11,}" + "".join(cells))
    print("rows".rjust(11) + "".join(f"{asked.rows:15,}" for asked in states[-1].asked.values()))


def prefect_growth(folder: Path, few: int, many: int) -> tuple[float, dict[str, float]]:
    """What Prefect's database grows by for each recording of a real run: bytes, and rows by table."""
    database = folder / "prefect" / "prefect.db"
    with FakeService() as service, prefect_server(folder) as env:
        env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": service.base_url, "NO_PROXY": "127.0.0.1"}
        measured(folder, of_a_second(folder, few)[1], env)
        bytes_before, rows_before = _size(database)
        measured(folder, of_a_second(folder, many)[1], env)
        bytes_after, rows_after = _size(database)
    return (bytes_after - bytes_before) / many, {t: (rows_after[t] - rows_before[t]) / many for t in rows_after}


def _size(database: Path) -> tuple[int, dict[str, int]]:
    time.sleep(5)  # events are written some seconds later
    with closing(sqlite3.connect(database)) as connection:
        rows = {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in _PREFECTS}
    return sum(file.stat().st_size for file in database.parent.glob(f"{database.name}*")), rows


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        sys.exit(ask(*sys.argv[2:]))
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, *sys.argv[2:3]))

"""Measure how rows are merged: `python -m bench.merge [ROWS]`.

ROWS (2 million) utterances of 400 bytes in files of 1,000, and a hundredth of them as answers of 25 kB in files of 50:
seconds, processor time, and the peak memory of a process that does nothing else. Ratios count; exit status 1 where the
peak of a merge grows by more than the limit from a quarter of the rows to all of them.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.compaction import WORDS
from tasks.maintenance.merge import Sizes, found_in, merge
from tasks.tables.schemas import TABLES
from tests.support.dataset_rows import row

LIMIT = 1.3
ROWS_OF_A_RECORDING = 18


@dataclass(frozen=True, slots=True)
class Case:
    """Rows of one table, as commits leave them."""

    table: str
    text: str  # its longest column
    words: int  # in that column
    rows: int  # of a file
    sizes: Sizes


NARROW = Case("transcript", "text", 12, 1000, Sizes())
WIDE = Case("segments", "raw_answer", 3600, 50, Sizes(group_bytes=8 << 20))  # row groups as compact.py has them


@dataclass(frozen=True, slots=True)
class Taken:
    rows: int
    wall_s: float
    processor_s: float
    peak_mb: float


def main(rows: int = 2_000_000) -> int:
    missed = 0
    print(f"{'table':14}{'rows':>12}{'wall s':>10}{'cpu s':>10}{'peak MB':>10}")
    for case, total in ((NARROW, rows), (WIDE, rows // 100)):
        with tempfile.TemporaryDirectory(prefix="bench-merge-") as folder:
            few, many = (taken(case, Path(folder) / f"{part}", part) for part in (total // 4, total))
        for one in (few, many):
            print(f"{case.table:14}{one.rows:12,}{one.wall_s:10.1f}{one.processor_s:10.1f}{one.peak_mb:10.0f}")
        missed += many.peak_mb > LIMIT * few.peak_mb
    print(f"peak with all rows over that with a quarter (limit {LIMIT}): {'MISSED' if missed else 'met'}")
    return min(missed, 1)


def taken(case: Case, folder: Path, rows: int) -> Taken:
    """Make the files and merge them, each in processes of their own."""
    (folder / "in").mkdir(parents=True)
    with get_context("spawn").Pool(2) as pool:
        pool.map(partial(make, case, folder / "in"), range(rows // case.rows))
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(merged, (case, folder))


def make(case: Case, folder: Path, number: int) -> None:
    """One file, as a commit leaves it."""
    rng = random.Random(number)
    plain, count = row(case.table), case.rows
    media = sorted(f"{rng.getrandbits(256):064x}" for _ in range(count // ROWS_OF_A_RECORDING + 1))
    columns = {name: [value] * count for name, value in plain.items()}
    columns["media_id"] = [media[n // ROWS_OF_A_RECORDING] for n in range(count)]
    columns["segment_id"] = [f"{rng.getrandbits(256):064x}" for _ in range(count)]
    columns["start_ms"] = [9000 * (n % ROWS_OF_A_RECORDING) for n in range(count)]
    columns["seq"] = list(range(count))
    columns[case.text] = [" ".join(rng.choices(WORDS, k=case.words)) for _ in range(count)]
    pq.write_table(pa.table(columns, schema=TABLES[case.table]), folder / f"{number:05}.parquet", compression="zstd")


def merged(case: Case, folder: Path) -> Taken:
    files = sorted((folder / "in").iterdir())
    for name in ("scratch", "out"):
        (folder / name).mkdir()
    wall, processor = time.perf_counter(), time.process_time()
    written = merge(
        found_in(case.table, files), files, folder / "scratch", lambda n: folder / "out" / f"{n}.parquet", case.sizes
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Taken(written.rows, time.perf_counter() - wall, time.process_time() - processor, peak)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

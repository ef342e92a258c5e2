"""What a run over unchanged files costs: `python -m bench.incremental [FILES]`.

Ten thousand small sound files, all of them analysed before. The flow looks at them again, and beside it at one such
file: the difference is what the files cost, besides the start. It is held against one `find` with `stat` over the same
files. Both take turns, and the best of each counts, since other work on the machine only ever adds. The flow's own
functions are what is held against the limit: the whole command, which is shown too, takes seconds to start, and these
vary by more than the files cost.

Where no Prefect server is configured and nothing is to be asked, none is started and Prefect is not loaded: the whole
command over 600 of the files is held against `reelsheet --help`. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from flows.pipeline import inputs
from flows.pipeline.portions import plan_in_portions
from flows.pipeline.run import open_run
from flows.pipeline.setup import ResolvedRun, resolve
from tasks.inputs.changes import InputFacts, judge_inputs, unfinished
from tasks.inputs.file_cache import FileCache
from tasks.inputs.find import find_inputs
from tasks.inputs.hashes import identify
from tasks.media.probing import probe_recording
from tasks.records import Answer, Call, Clip, PlannedSegment, Recording, Tokens
from tasks.run.fingerprint import fingerprint_of
from tasks.run.job import Job
from tasks.run.request import AnalyzeRequest
from tasks.store.commit import parquet, publish_attempts, publish_run
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.system.child_server import ChildServer
from tasks.tables.analysis import Attempt, analysis_rows
from tasks.tables.rows import Rows, RunTotals, input_row, media_row, run_row

LIMIT = 3.0  # times find plus stat
HELP_LIMIT = 2.5  # times `reelsheet --help`, for the whole command over a small folder
SMALL = 600  # files of that folder
FILES = 10_000
PER_FOLDER = 300
ROUNDS = 7
BATCH = 64  # attempts in one commit, as the flow has them at its default concurrency
ANSWER = "## Storyline\n00:00.000 - 00:00.100\nA short tone.\n\n## Speakers and Transcript\nThere is no speech.\n"


@dataclass(frozen=True, slots=True)
class Cost:
    wall_s: float
    processor_s: float

    @classmethod
    def best(cls, costs: Iterable[Cost]) -> Cost:
        wall, processor = zip(*((cost.wall_s, cost.processor_s) for cost in costs), strict=True)
        return cls(min(wall), min(processor))


def main(files: int = FILES) -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-incremental-")))
        env = environment(folder)
        many, one = folder / "many", folder / "one"
        make_files(many, range(files))
        make_files(one, range(files, files + 1))
        # The key and address are no one's: nothing may be asked.
        os.environ.update({name: value for name, value in env.items() if name.startswith("DASHSCOPE_")})
        resolved = resolve(AnalyzeRequest(inputs=(str(many), str(one)), dataset=str(folder / "dataset")))
        began = time.monotonic()
        fill(resolved, [many, one])
        print(f"{files} files, analysed before: their dataset took {time.monotonic() - began:.0f} s to make\n")
        print(f"{'best of ' + str(ROUNDS):24}{'wall ms':>10}")
        besides_s = show_steps(resolved, many, one)
        home = str(folder / "prefect")
        argv = [sys.executable, "-m", "flows.runtime.prefect_server"]
        server = stack.enter_context(ChildServer("Prefect server", argv, {**env, "PREFECT_HOME": home}, 180))
        env |= {"PREFECT_HOME": home, "PREFECT_API_URL": server.url}
        base_s = compare(env, resolved.job.dataset, many, one, files)
        small = [str(path) for path in sorted(many.iterdir())[: -(-SMALL // PER_FOLDER)]]
        known = min(files, len(small) * PER_FOLDER)
        alone = {name: value for name, value in env.items() if name != "PREFECT_API_URL"}
        start = compare_with_help(alone, resolved.job.dataset, small, known)
    ratio = besides_s / base_s
    print(f"\nthe flow, besides the start, over find with stat: {ratio:.2f} (limit {LIMIT:g}): ", end="")
    print("met" if ratio <= LIMIT else "MISSED")
    print(f"analyze without Prefect, {known} files, over --help: {start:.2f} (limit {HELP_LIMIT:g}): ", end="")
    print("met" if start <= HELP_LIMIT else "MISSED")
    return 0 if ratio <= LIMIT and start <= HELP_LIMIT else 1


def compare_with_help(env: Mapping[str, str], dataset: str, folders: Sequence[str], files: int) -> float:
    """Print what the command costs where nothing is to be asked, and return it as a multiple of `--help`."""
    words = ["analyze", *folders, "--dataset", dataset, "--json"]

    def known() -> None:
        found = json.loads(command(env, *words))["recordings"]["skipped"]
        if found != files:
            raise SystemExit(f"Expected {files} known files, found {found}.")

    rounds = [(measured(lambda: command(env, "--help")), measured(known)) for _ in range(ROUNDS)]
    helped, analyzed = (Cost.best(costs) for costs in zip(*rounds, strict=True))
    for name, cost in (("--help", helped), (f"analyze, {files} files", analyzed)):
        print(f"{name:24}{1000 * cost.wall_s:10.0f}{1000 * cost.processor_s:10.0f}")
    return analyzed.wall_s / helped.wall_s


def command(env: Mapping[str, str], *words: str) -> str:
    argv = [sys.executable, "-m", "flows.entrypoint", *words]
    return subprocess.run(argv, env=dict(env), capture_output=True, text=True, check=True).stdout


def compare(env: Mapping[str, str], dataset: str, many: Path, one: Path, files: int) -> float:
    """Print the commands' times; the seconds of `find` with `stat`."""
    analyze(env, dataset, one, 1)  # warms up what only the first run has to do
    commands: dict[str, Callable[[], None]] = {
        "find with stat": lambda: find_and_stat(many),
        "analyze, one file": lambda: analyze(env, dataset, one, 1),
        f"analyze, {files} files": lambda: analyze(env, dataset, many, files),
    }
    rounds = [[measured(work) for work in commands.values()] for _ in range(ROUNDS)]
    best = [
        Cost(min(c.wall_s for c in costs), min(c.processor_s for c in costs)) for costs in zip(*rounds, strict=True)
    ]
    print(f"\n{'':24}{'wall ms':>10}{'cpu ms':>10}")
    for name, cost in zip(commands, best, strict=True):
        print(f"{name:24}{1000 * cost.wall_s:10.0f}{1000 * cost.processor_s:10.0f}")
    return best[0].wall_s


def environment(folder: Path) -> dict[str, str]:
    ours = ("REELSHEET_", "DASHSCOPE_", "PREFECT_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    nobody = {"DASHSCOPE_API_KEY": "sk-none", "DASHSCOPE_BASE_URL": "http://127.0.0.1:9/v1"}
    return {**plain, **nobody, "TMPDIR": str(folder), "NO_PROXY": "127.0.0.1"}


def find_and_stat(folder: Path) -> None:
    argv = ["find", str(folder), "-type", "f", "-exec", "stat", "{}", "+"]
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)


def analyze(env: Mapping[str, str], dataset: str, folder: Path, files: int) -> None:
    """The command itself; it must find every file, and know it."""
    summary = json.loads(command(env, "analyze", str(folder), "--dataset", dataset, "--json"))
    if (summary["recordings"]["skipped"], summary["requests"]) != (files, 0):
        raise SystemExit(f"Expected {files} known files and no request, found: {summary}")


def measured(work: Callable[[], object]) -> Cost:
    """What the child processes of the work cost."""
    began, spent = time.perf_counter(), _children_s()
    work()
    return Cost(time.perf_counter() - began, _children_s() - spent)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# --- a dataset in which everything is known -------------------------------------------------------------------------


def make_files(folder: Path, numbers: Sequence[int]) -> None:
    """Sound files of a tenth of a second, no two alike, an hour old."""
    hour_ago = time.time() - 3600
    for number in numbers:
        path = folder / f"{number // PER_FOLDER:03d}" / f"recording-{number:05d}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = struct.pack("<I", number) * 400
        head = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVEfmt ", 16, 1, 1, 8000, 16000, 2, 16,
                           b"data", len(samples))  # fmt: skip
        path.write_bytes(head + samples)
        os.utime(path, (hour_ago, hour_ago))


def fill(resolved: ResolvedRun, folders: Iterable[Path]) -> None:
    """Leave what a run over all the files would, through the same functions; only probing and asking are spared."""
    job = resolved.job
    dataset = Dataset.open(job.dataset)
    scan = find_inputs([str(folder) for folder in folders], 0, time.time())
    first = scan.items[0]
    like = probe_recording(Path(first.path), first.uri)
    analyses: dict[str, str] = {}
    with FileCache(dataset) as file_cache:
        pairs = iter([pair for group in identify(scan.items) for pair in group])
        for batch_number in range(1, -(-len(scan.items) // BATCH) + 1):
            batch = list(islice(pairs, BATCH))
            recordings = [replace(like, media_id=media_id, uri=s.uri, path=s.path) for s, media_id in batch]
            attempts = [attempt_rows(job, recording) for recording in recordings]
            publish_attempts(dataset, attempts, job.run, f"{job.run.run_id}-{batch_number:05d}")
            file_cache.remember(batch, scan.looked_at)
            analyses |= {rows["analyses"][0]["media_id"]: rows["analyses"][0]["analysis_id"] for rows in attempts}
        file_cache.remember_analyses(fingerprint_of(job), analyses)
    publish_run(dataset, {"runs": [run_row(job.run, "completed", totals(len(scan.items)), datetime.now(UTC))]}, job.run)


def attempt_rows(job: Job, recording: Recording) -> Rows:
    plan = job.plan(recording)
    now = datetime.now(UTC)
    rows = analysis_rows(Attempt(plan, job.run, 1, job.price, now), [answer(job, s, now) for s in plan.segments])
    return rows | {"media": [media_row(recording)]}


def answer(job: Job, segment: PlannedSegment, now: datetime) -> Answer:
    call = Call(f"c{segment.segment_id}", 1, job.model.name, 200, None, now, 900, 300, Tokens(audio=7, output=30))
    clip = Clip(segment, "", "mp3", 1000, "absent", "sent")
    return Answer(segment, ANSWER, "", "stop", "r1", None, (call,), clip)


def totals(files: int) -> RunTotals:
    return RunTotals({"seen": files, "new": files, "ok": files}, {}, files, Tokens(), 0, None)


# --- where the time goes, within this process -----------------------------------------------------------------------


def show_steps(resolved: ResolvedRun, many: Path, one: Path) -> float:
    """Print the best time of each step that the command takes for known files, and of all that the flow does.

    Returns the seconds that the flow takes longer for many files than for one.
    """
    runs = [dict(steps(resolved, many)) for _ in range(ROUNDS)]
    for name in runs[0]:
        print(f"{name:24}{1000 * min(run[name] for run in runs):10.0f}")
    turns = [(flow_s(resolved, many), flow_s(resolved, one)) for _ in range(ROUNDS)]
    whole, start = min(whole for whole, _ in turns), min(start for _, start in turns)
    print(f"{'all of the flow':24}{1000 * whole:10.0f}")
    print(f"{'the same for one file':24}{1000 * start:10.0f}")
    return whole - start


def steps(resolved: ResolvedRun, folder: Path) -> Iterator[tuple[str, float]]:
    """Each step's name and seconds."""
    job = resolved.job
    dataset = Dataset.open(job.dataset)
    watch = Stopwatch()
    scan = find_inputs([str(folder)], 30, time.time())
    yield "walk and stat", watch.lap()
    with FileCache(dataset) as file_cache, History(dataset) as history:
        media_ids = file_cache.media_ids(scan.items)
        yield "look up files", watch.lap()
        planned = file_cache.analyses(fingerprint_of(job), media_ids.values())
        yield "look up analyses", watch.lap()
        done = history.done(planned.values())
        yield "look up what is done", watch.lap()
        left = unfinished(scan.items, media_ids, planned, done)
        seen = judge_inputs(scan, InputFacts(media_ids, media_ids), {}, {})
        yield "decide", watch.lap()
    assert not left
    assert len(seen) == len(scan.items)
    parquet("inputs", [input_row(job.run.run_id, *row) for row in seen])
    yield "rows of inputs", watch.lap()


def flow_s(resolved: ResolvedRun, folder: Path) -> float:
    """Seconds of the flow's own functions, without Prefect around them."""
    run = replace(resolved.job.run, run_id=f"{resolved.job.run.run_id}-{time.time_ns()}")
    own = replace(resolved, job=replace(resolved.job, run=run))
    watch = Stopwatch()
    with open_run(own) as opened:
        for _ in plan_in_portions(opened, inputs.find_inputs(opened, [str(folder)])):
            pass
    return watch.lap()


class Stopwatch:
    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        now = time.perf_counter()
        lap, self._last = now - self._last, now
        return lap


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))

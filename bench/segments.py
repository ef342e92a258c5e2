"""What a segment costs as there are more of them: `python -m bench.segments [NUMBER…]`, by default 100, 1,000, 10,000.

Long recordings, a thousand segments of ten seconds of sound each, are planned, asked about and saved by the real code,
a batch after the other, as many questions at once as by default, at a stand-in that answers at once. Of each size some
segments are cut, evenly spread, and what these took counts for all; the others get their clips. Each size is a process
of its own: processor seconds of it and of what it starts, a segment, and its peak memory. Prefect is no part of it:
`bench.slots` and `bench.memory` run the whole command. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.media_sources import FFMPEG
from bench.results import verdict
from flows.pipeline.machine import use_machine
from flows.pipeline.setup import resolve
from prompts.reader import correction_turn
from tasks.media.cutting import cut_segment
from tasks.media.probing import probe_recording
from tasks.planning.rate import RateLimits
from tasks.planning.transport import clip_budget
from tasks.records import AnalysisPlan, Answer, Clip, PlannedSegment, Recording
from tasks.run import client_pool
from tasks.run.batch import Batch, BatchItem, read_batch
from tasks.run.job import Job
from tasks.run.request import AnalyzeRequest
from tasks.run.segment import SegmentRequest
from tasks.store.answers import AnswerStore
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.system.child_server import ChildServer

NUMBERS = (100, 1_000, 10_000)
LIMIT = 1.2
SEGMENT_MS = 10_000
OF_A_RECORDING = 1_000
CUT = 24
STEPS = ("planning", "cutting", "asking", "saving")

_PROGRAM = "one"


@dataclass(frozen=True, slots=True)
class Costs:
    """What one size took: processor seconds by step, and the most memory."""

    segments: int
    seconds: dict[str, float]
    peak_mb: float

    @property
    def each_ms(self) -> float:
        return 1000 * sum(self.seconds.values()) / self.segments


def main(numbers: Sequence[int]) -> int:
    print(f"{'segments':>10}{''.join(f'{step:>11}' for step in STEPS)}{'each':>9}{'peak MB':>10}")
    print(f"{'':>10}{'processor ms a segment':^53}")
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-segments-") as name:
        words = [sys.executable, "-m", "bench.slow_service", "0"]
        with ChildServer("a service", words, os.environ, 60) as service:
            for number in numbers:
                found.append(costs := measured(number, service.url, Path(name)))
                steps = "".join(f"{1000 * costs.seconds[step] / number:11.2f}" for step in STEPS)
                print(f"{number:10,}{steps}{costs.each_ms:9.2f}{costs.peak_mb:10.0f}", flush=True)
    good = [judge("a segment's cost", later.each_ms / first.each_ms, first, later) for first, later in pairs(found)]
    good += [judge("peak memory", later.peak_mb / first.peak_mb, first, later) for first, later in pairs(found)]
    return 0 if all(good) else 1


def pairs(found: Sequence[Costs]) -> Iterator[tuple[Costs, Costs]]:
    """Give the largest beside that of a recording; the smaller ones show what does not grow."""
    yield from ((one, found[-1]) for one in found[-2:-1])


def judge(what: str, ratio: float, first: Costs, later: Costs) -> bool:
    title = f"{what}, {later.segments:,} segments over {first.segments:,}"
    print(verdict(title, f"{ratio:.2f}", f"{LIMIT:g}", met=ratio <= LIMIT))
    return ratio <= LIMIT


def measured(number: int, url: str, folder: Path) -> Costs:
    words = [sys.executable, "-m", "bench.segments", _PROGRAM, str(number), url, str(folder)]
    environment = os.environ | {"DASHSCOPE_API_KEY": "sk-bench", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, check=True)
    return Costs(number, **json.loads(done.stdout))


def measure(number: int, url: str, folder: Path) -> dict[str, object]:
    """Take recordings of so many segments through all steps."""
    recordings = recordings_of(number, folder)
    dataset = Dataset.open(folder / f"dataset-{number}")
    job = job_at(url, dataset)
    spent: defaultdict[str, float] = defaultdict(float)
    for index, recording in enumerate(recordings):
        with timed(spent, "planning"):
            plan = job.plan(recording)
        with tempfile.TemporaryDirectory(dir=folder) as clips:
            made = some_clips(job, plan, Path(clips), CUT // len(recordings) + 1, spent)
            with timed(spent, "asking"):
                answers = ask(SegmentRequest(job, plan, AnswerStore(dataset)), made)
        with timed(spent, "saving"):
            batch = Batch(f"bench-{index:05d}", (BatchItem(plan, 1),))
            attempts, _ = read_batch(job, batch, [answers])
            publish_attempts(dataset, attempts, job.run, batch.name)
    client_pool.close_all()
    return {"seconds": spent, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def recordings_of(number: int, folder: Path) -> list[Recording]:
    """Return recordings that together have so many segments; all but their ids are those of one file."""
    count = -(-number // OF_A_RECORDING)
    seconds = number // count * SEGMENT_MS // 1000
    path = folder / f"{seconds}.m4a"
    if not path.exists():
        loop = folder / "loop.m4a"
        noise = ("-f", "lavfi", "-i", "anoisesrc=c=pink:a=0.2:r=16000", "-t", "60", "-c:a", "aac", "-b:a", "24k")
        subprocess.run([*FFMPEG, *noise, str(loop)], check=True)
        how = ("-stream_loop", "-1", "-i", str(loop), "-t", str(seconds), "-c", "copy")
        subprocess.run([*FFMPEG, *how, str(path)], check=True)
    one = replace(probe_recording(path, path.name), duration_ms=1000 * seconds)
    return [replace(one, media_id=f"{index:064x}", uri=f"{index:05d}-{path.name}") for index in range(count)]


def job_at(url: str, dataset: Dataset) -> Job:
    """Return the job of the command's defaults, but for the length of a segment, and without limits a minute."""
    base_url = f"{url}/compatible-mode/v1"
    request = AnalyzeRequest(inputs=("x",), dataset=str(dataset.root), provider="dashscope", base_url=base_url)
    resolved = resolve(request)
    use_machine(resolved.settings)
    client_pool.use_keys(resolved.settings.key_for)
    sound = resolved.job.scenario.audio
    scenario = resolved.job.scenario.model_copy(
        update={"audio": sound.model_copy(update={"max_length_ms": SEGMENT_MS})}
    )
    return replace(resolved.job, scenario=scenario, limits=RateLimits())


def some_clips(job: Job, plan: AnalysisPlan, folder: Path, count: int, spent: dict[str, float]) -> list[Clip]:
    """Cut segments of a plan, evenly spread; the time counts for all of them."""
    chosen = plan.segments[:: max(1, len(plan.segments) // count)][:count]
    took: defaultdict[str, float] = defaultdict(float)
    with timed(took, "cutting"):
        clips = [cut_segment(plan, segment, folder, clip_budget(job.provider))[0] for segment in chosen]
    spent["cutting"] += took["cutting"] * len(plan.segments) / len(chosen)
    return clips


def ask(request: SegmentRequest, made: Sequence[Clip]) -> list[tuple[Answer, ...]]:
    """Ask about each segment of a plan."""

    def one(seq: int, segment: PlannedSegment) -> tuple[Answer, ...]:
        return request.about(clip_of(segment, made[seq % len(made)]), correction_turn)

    with ThreadPoolExecutor(request.job.concurrency) as pool:
        return [*pool.map(one, range(len(request.plan.segments)), request.plan.segments)]


def clip_of(segment: PlannedSegment, made: Clip) -> Clip:
    """Return the clip of a segment: the bytes of one that was cut."""
    path = Path(made.path).with_name(f"of-{segment.segment_id}.wav")
    path.hardlink_to(made.path)
    return replace(made, segment=segment, path=str(path))


@contextmanager
def timed(spent: defaultdict[str, float], step: str) -> Iterator[None]:
    began = processor_s()
    yield
    spent[step] += processor_s() - began


def processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    if sys.argv[1:2] == [_PROGRAM]:
        print(json.dumps(measure(int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))))
        sys.exit(0)
    sys.exit(main([*map(int, sys.argv[1:])] or NUMBERS))

"""What preparing media costs, beside its natural neighbours: `python -m bench.cutting [FILES]`, the first so many of 4.

Each recording is decoded only, cut into segments of two minutes as the standard scenario sends them (as many at once
as the processors allow, as in a run), and encoded anew at full rate and the same size, as a script does. That and
PySceneDetect's detect-and-split take long: they get one minute, and what stands here is as many times as much. SSIM is
that of the frames which are sent, against the source's. Then the first recording goes through `reelsheet analyze`, with
a Prefect server that runs already and a service that answers after a second. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from bench.media_sources import FFMPEG, FILM, OTHERS, Source, make
from bench.memory import prefect_server
from bench.results import verdict
from bench.slots import server_seconds, times_at
from config.catalog import load_catalog
from tasks.media.cutting import cut_segment, take_processors
from tasks.media.probing import probe_recording
from tasks.planning.plan import plan_analysis
from tasks.planning.spec import AnalysisSpec
from tasks.planning.transport import clip_budget
from tasks.records import AnalysisPlan, Picture, PlannedSegment, Question
from tasks.system.child_server import ChildServer

SEGMENT_MS = 120_000
PART_S = 60
OVER_DECODING = 1.3
OVER_ENCODING = 0.4
BYTES = 0.3
BEYOND_CUTTING = 0.4
FFMPEG_STEP = "ffmpeg, ffprobe"  # as bench.steps names what the command has started

_SAME_TIMES = "settb=1/1000,setpts=N*500"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, and bytes that were written; `ssim` of the frames that are sent, 0 where there are none."""

    wall_s: float
    processor_s: float
    written: int = 0
    ssim: float = 0.0

    def times(self, factor: float) -> Cost:
        return replace(
            self,
            wall_s=self.wall_s * factor,
            processor_s=self.processor_s * factor,
            written=round(self.written * factor),
        )


def main(files: int = 4) -> int:
    good = []
    for number, source in enumerate((FILM, *OTHERS)[:files]):
        costs = measure(source, split=number == 0)
        show(source, costs)
        good.append(judge(source, costs))
        if number == 0:
            good.append(whole_run(costs))
    return 0 if all(good) else 1


def measure(source: Source, *, split: bool) -> dict[str, Cost]:
    path = make(source)
    plan = planned(path)
    picture = plan.segments[0].picture
    assert picture is not None
    shorter_s = min(source.seconds, PART_S)
    with tempfile.TemporaryDirectory(prefix="bench-cutting-") as name:
        folder, full = Path(name), Path(name) / "full.mp4"
        costs = {
            "decode only": measured(partial(decode, path)),
            "cut into segments": measured(partial(cut, plan, folder)),
        }
        part = measured(partial(encode, path, picture, shorter_s, full))
        costs["encode at full rate"] = part.times(source.seconds / shorter_s)
        for title, made in (
            ("cut into segments", folder / f"{plan.segments[0].segment_id}.mp4"),
            ("encode at full rate", full),
        ):
            costs[title] = replace(costs[title], ssim=ssim(path, made, picture))
        if split and find_spec("scenedetect"):
            found = measured(partial(detect_and_split, path, shorter_s, folder / "scenes"))
            costs["PySceneDetect"] = found.times(source.seconds / shorter_s)
    return costs


def show(source: Source, costs: dict[str, Cost]) -> None:
    size = source.path.stat().st_size / 1e6
    print(f"\n{source.title}: {source.seconds} s of {source.size[0]}x{source.size[1]}, {size:.1f} MB\n")
    print(f"{'':22}{'wall s':>8}{'cpu s':>8}{'wall':>7}{'cpu':>7}{'x real time':>13}{'MB':>8}{'SSIM':>9}")
    base = costs["decode only"]
    for title, cost in costs.items():
        ratios = f"{cost.wall_s / base.wall_s:7.2f}{cost.processor_s / base.processor_s:7.2f}"
        speed, megabytes = source.seconds / cost.wall_s, cost.written / 1e6
        quality = f"{cost.ssim:9.4f}" if cost.ssim else ""
        print(f"{title:22}{cost.wall_s:8.1f}{cost.processor_s:8.1f}{ratios}{speed:13.1f}{megabytes:8.1f}{quality}")
    print()


def judge(source: Source, costs: dict[str, Cost]) -> bool:
    decoded, ours, encoded = (costs[title] for title in ("decode only", "cut into segments", "encode at full rate"))
    found = (
        ("cutting over decoding, processor", ours.processor_s / decoded.processor_s, OVER_DECODING),
        ("cutting over decoding, wall", ours.wall_s / decoded.wall_s, OVER_DECODING),
        ("cutting over encoding, processor", ours.processor_s / encoded.processor_s, OVER_ENCODING),
        ("cutting over encoding, wall", ours.wall_s / encoded.wall_s, OVER_ENCODING),
        ("bytes of both", ours.written / encoded.written, BYTES),
    )
    for what, ratio, limit in found:
        print(verdict(f"{source.title}: {what}", f"{ratio:.2f}", f"{limit:g}", met=ratio <= limit))
    as_good = ours.ssim >= encoded.ssim
    print(
        verdict(
            f"{source.title}: SSIM of what is sent",
            f"{ours.ssim:.4f}",
            f"that of the encoded, {encoded.ssim:.4f}",
            met=as_good,
        )
    )
    return as_good and all(ratio <= limit for _, ratio, limit in found)


def whole_run(costs: dict[str, Cost]) -> bool:
    """Analyse the first recording, and print where the processor time went."""
    words = [sys.executable, "-m", "bench.slow_service", "1"]
    with (
        tempfile.TemporaryDirectory(prefix="bench-cutting-") as name,
        ChildServer("slow service", words, os.environ, 60) as service,
        prefect_server(Path(name)) as env,
    ):
        url = f"{service.url}/compatible-mode/v1"
        env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": url, "NO_PROXY": "127.0.0.1"}
        report, began, server_s = Path(name) / "steps.json", time.monotonic(), server_seconds(env)
        asked = ("analyze", FILM.path, "--dataset", Path(name) / "dataset", "--settle", 0)
        command = [sys.executable, "-m", "bench.steps", str(report), *map(str, asked)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):  # 1: the service's answer is about a second, whatever it is asked
            raise SystemExit(f"reelsheet analyze ended with status {done.returncode}: {done.stderr[-2000:]}")
        wall_s, came = time.monotonic() - began, [came for came, _ in times_at(f"{service.url}/times")]
        spent: dict[str, float] = json.loads(report.read_text())
        spent["Prefect's server"] = server_seconds(env) - server_s
    print(f"\nreelsheet analyze: {wall_s:.1f} s; processor seconds:")
    for step, seconds in sorted(spent.items(), key=lambda each: -each[1]):
        print(f"  {step:32}{seconds:8.1f}")
    with tempfile.TemporaryDirectory(prefix="bench-cutting-") as folder_of_clips:
        plan = planned(FILM.path, load_catalog().scenarios["standard"].video.max_length_ms)
        same = measured(partial(cut, plan, Path(folder_of_clips)))
    own_s = sum(seconds for step, seconds in spent.items() if step != FFMPEG_STEP)
    beyond = own_s + max(0.0, spent[FFMPEG_STEP] - same.processor_s)
    ratio = beyond / costs["decode only"].processor_s
    lag = (max(came) - min(came)) if came else 0.0
    print(f"\ncutting the same {len(plan.segments)} segments takes {same.processor_s:.1f} s,", end=" ")
    print(f"{beyond:.1f} s are beyond cutting; the last question came {lag:.1f} s after the first")
    limit = f"{BEYOND_CUTTING:g}"
    print(verdict("the run beyond cutting, over decoding", f"{ratio:.2f}", limit, met=ratio <= BEYOND_CUTTING))
    return ratio <= BEYOND_CUTTING


def planned(path: Path, longest_ms: int = SEGMENT_MS) -> AnalysisPlan:
    """Plan the recording as the standard scenario does, but for the length of segments."""
    catalog = load_catalog()
    scenario = catalog.scenarios["standard"]
    scenario = scenario.model_copy(update={"video": scenario.video.model_copy(update={"max_length_ms": longest_ms})})
    model, provider = catalog.models["qwen3.5-omni-flash"], catalog.providers["dashscope"]
    question = Question("standard", "aa", "Say what happens.", "text", "auto")
    return plan_analysis(probe_recording(path, path.name), AnalysisSpec(scenario, model, provider, question, "base64"))


def decode(path: Path) -> int:
    subprocess.run([*FFMPEG, "-i", str(path), "-f", "null", "-"], check=True)
    return 0


def cut(plan: AnalysisPlan, folder: Path) -> int:
    budget = clip_budget(load_catalog().providers["dashscope"])

    def one(segment: PlannedSegment) -> int:
        with take_processors(plan.recording, segment):
            return sum(clip.size_bytes for clip in cut_segment(plan, segment, folder, budget))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(one, plan.segments))


def encode(path: Path, picture: Picture, seconds: int, target: Path) -> int:
    """Encode a first part as a script would."""
    how = ("-vf", f"scale={picture.width}:{picture.height}", "-c:v", "libx264", "-preset", "veryfast", "-crf", "26")
    sound = ("-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "1", "-ar", "16000", "-b:a", "48k")
    subprocess.run([*FFMPEG, "-t", str(seconds), "-i", str(path), *how, *sound, str(target)], check=True)
    return target.stat().st_size


def detect_and_split(path: Path, seconds: int, folder: Path) -> int:
    words = ("-q", "-i", str(path), "-o", str(folder), "time", "-d", f"{seconds}s", "detect-adaptive", "split-video")
    subprocess.run([sys.executable, "-m", "scenedetect", *words], check=True, capture_output=True)
    return sum(scene.stat().st_size for scene in folder.iterdir())


def ssim(source: Path, made: Path, picture: Picture) -> float:
    """Compare the frames at the first marks with the source's, at the size that is sent."""
    frames = min(picture.frames, round(PART_S * picture.fps))
    marks = f"fps={picture.fps}:round=up:start_time=0,trim=end_frame={frames},{_SAME_TIMES}"
    scaled = f"scale={picture.width}:{picture.height}:flags=bicubic+accurate_rnd+bitexact,format=yuv420p"
    graph = f"[0:v]{marks}[a];[1:v]{marks},{scaled}[b];[a][b]ssim"
    length = str(frames / picture.fps)
    inputs = ("-t", length, "-i", str(made), "-t", length, "-i", str(source))
    words = ["ffmpeg", "-nostdin", *inputs, "-lavfi", graph, "-f", "null", "-"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return float(re.findall(r"All:([\d.]+)", done.stderr)[-1])


def measured(work: Callable[[], int]) -> Cost:
    began, spent = time.monotonic(), _processor_s()
    written = work()
    return Cost(time.monotonic() - began, _processor_s() - spent, written)


def _processor_s() -> float:
    """The processor seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

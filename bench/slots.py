"""How full the slots are over short recordings: `python -m bench.slots [RECORDINGS] [AT_ONCE] [KIND]`.

Without arguments each of CASES, with RECORDINGS, AT_ONCE and KIND that one: `python -m bench.slots 10000 64` takes some
four minutes. A service in a process of its own answers after a second. Beside `reelsheet analyze`, with a Prefect
server that runs already, stand a script that a user would write (asyncio and the same client, no more), and Daft with
the same client, up to WITH_PEERS recordings. A slot is full from the moment when a question has come until it is
answered; what counts is the share of full slots between the first question and the last answer, and the whole time in
times of the script's. From MANY recordings on, the second half is to be answered as fast as the first, and the memory
is compared with that of FEW: the peak of the command and all that it starts, as `bench.process_tree` counts it. Below
stands where the processor time went, of the machine and of the command.

KIND is `wav` (1.2 s each, 16 kHz, one channel: neither ffprobe nor ffmpeg is needed for each); `cut`, which are
segments as a splitter leaves them, 10 s each in the same form: nothing is left to cut; `video` (1.2 s, 320x240 with
sound, of which several share a start of ffmpeg); `mixed`, which is a folder with folders in it, of WAV, MP3 and M4A,
what is broken and what is there twice, and a film of 10 minutes before all of them, for which nothing waits; or the
ending of what ffmpeg makes of the 1.2 s, such as `mp3`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np

from bench.media_sources import FFMPEG, OTHERS, make
from bench.memory import prefect_server
from bench.process_tree import watched
from bench.results import verdict
from bench.slots_scripts import DAFT, SCRIPT
from tasks.system.child_server import ChildServer

LATENCY_S = 1.0
START_S = 2.0  # from the start of the flow to the first question
LIMIT = 1.5  # times the script, besides the start of Prefect
FULL = {"cut": 0.92}  # of the slots
FULL_OTHERWISE = 0.85
MANY, FEW = 2000, 20
WITH_PEERS = 2000  # recordings; what they do with more is no news, and takes as long again each
FILM_S = 600
SAME_RATE = 0.95  # of the first half's, in the second
MEMORY = 1.2  # times that of a few


@dataclass(frozen=True, slots=True)
class Timed:
    """What a command took, and how it kept the service busy. Seconds; shares from 0 to 1."""

    wall_s: float
    first_s: float  # from the start of the command to the first question
    full: float
    peak_mb: float  # of the command and all that it has started
    spent: dict[str, float]
    answered: tuple[float, ...] = ()  # when, in order


@dataclass(frozen=True, slots=True)
class Case:
    """A case is so many recordings of a kind, so many of them asked about at once."""

    recordings: int
    at_once: int
    kind: str = "wav"

    def __str__(self) -> str:
        return f"{self.recordings} {self.kind}, {self.at_once} at once"

    @property
    def full(self) -> float:
        return FULL.get(self.kind, FULL_OTHERWISE)


CASES = (
    Case(256, 32),
    Case(2000, 64),
    Case(10_000, 64),
    Case(512, 32, "cut"),
    Case(256, 32, "video"),
    Case(256, 32, "mixed"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a case came to."""

    peers: dict[str, Timed]
    imports: Timed
    few: Timed | None  # the same over `FEW`
    ours: Timed
    ready_s: float  # until Prefect began the flow


def main(cases: Sequence[Case]) -> int:
    met = [reported(case, measured(case)) for case in cases]
    return 0 if all(met) else 1


def measured(case: Case) -> Measured:
    few, at_once = None, case.at_once
    with tempfile.TemporaryDirectory(prefix="bench-slots-") as name, slow_service() as service:
        folder, times, url = Path(name), f"{service.url}/times", f"{service.url}/compatible-mode/v1"
        make_recordings(folder / "in", case.recordings, case.kind)
        with prefect_server(folder) as env:
            env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": url, "NO_PROXY": "127.0.0.1"}
            scripts = {"bare script": SCRIPT} | ({"Daft": DAFT} if find_spec("daft") else {})
            peers = {}
            compared = case.kind not in ("mixed", "video") and case.recordings <= WITH_PEERS  # they know files of sound
            for title, script in scripts.items() if compared else ():
                words = [sys.executable, "-c", script, *map(str, (folder / "in", url, at_once))]
                peers[title] = timed(words, env, times, at_once)
            imports = timed([sys.executable, "-c", "import prefect"], env, times, at_once)
            if case.recordings >= MANY:
                make_recordings(folder / "few", FEW, case.kind)
                few, _ = analyzed(folder, "few", env, times, at_once)
            ours, ready_s = analyzed(folder, "in", env, times, at_once)
    return Measured(peers, imports, few, ours, ready_s)


def reported(case: Case, found: Measured) -> bool:
    """Print what a case came to. False: a limit is missed."""
    ours, ideal = found.ours, -(-case.recordings // case.at_once) * LATENCY_S
    print(f"{case}, answers after {LATENCY_S:g} s: ideal {ideal:g} s\n")
    print(f"{'':20}{'wall s':>9}{'first question s':>18}{'slots full':>12}{'peak MB':>10}")
    for title, one in (found.peers | {"reelsheet analyze": ours}).items():
        print(f"{title:20}{one.wall_s:9.1f}{one.first_s:18.1f}{one.full:12.0%}{one.peak_mb:10.0f}")
    print(f"{'import prefect':20}{found.imports.wall_s:9.1f}\n\nprocessor seconds of reelsheet analyze:")
    for name, seconds in sorted(ours.spent.items(), key=lambda each: -each[1]):
        print(f"  {name:32}{seconds:8.1f}")
    print()
    first_s = ours.first_s - found.ready_s
    lines = [
        verdict(f"{case}: slots full", f"{ours.full:.0%}", f"{case.full:.0%}", met=ours.full >= case.full),
        verdict(f"{case}: first question of the flow", f"{first_s:.1f} s", f"{START_S:g} s", met=first_s <= START_S),
    ]
    if found.peers:
        most = LIMIT * found.peers["bare script"].wall_s + found.imports.wall_s
        within = f"{most:.1f} s, {LIMIT} x script + import"
        lines.append(verdict(f"{case}: whole run", f"{ours.wall_s:.1f} s", within, met=ours.wall_s <= most))
    if found.few is not None:
        print(f"answers a second, by tenths: {' '.join(f'{rate:.0f}' for rate in by_tenths(ours.answered))}")
        print(f"peak memory with {FEW} recordings: {found.few.peak_mb:.0f} MB\n")
        first, middle, last = (ours.answered[at] for at in (0, len(ours.answered) // 2, -1))
        steady, memory = (middle - first) / (last - middle), ours.peak_mb / found.few.peak_mb
        lines += [
            verdict(f"{case}: rate, second half", f"{steady:.2f}", f"{SAME_RATE} x first", met=steady >= SAME_RATE),
            verdict(f"{case}: peak memory", f"{memory:.2f}", f"{MEMORY} x {FEW} recordings", met=memory <= MEMORY),
        ]
    print("\n".join(lines), flush=True)
    print()
    return not any(line.endswith("MISSED") for line in lines)


def analyzed(
    folder: Path, inputs: str, env: dict[str, str], times: str, at_once: int, job: Sequence[str] = ("analyze",)
) -> tuple[Timed, float]:
    """A run of `reelsheet analyze`, or of another job, and the seconds until Prefect began its flow."""
    report, dataset = folder / f"{job[0]}-{inputs}.json", folder / f"dataset-{job[0]}-{inputs}"
    words = (*job, folder / inputs, "--dataset", dataset, "--settle", 0, "--concurrency", at_once)
    began = time.time()
    found = timed([*map(str, (sys.executable, "-m", "bench.steps", report, *words))], env, times, at_once, report)
    return found, flow_started(env["PREFECT_API_URL"]) - began


def by_tenths(answered: Sequence[float]) -> list[float]:
    """Answers a second, in each tenth of them."""
    ends = [answered[len(answered) * tenth // 10] for tenth in range(10)] + [answered[-1]]
    return [len(answered) / 10 / max(end - start, 1e-6) for start, end in pairwise(ends)]


def make_recordings(folder: Path, count: int, kind: str) -> None:
    folder.mkdir()
    for number in range(count):
        match kind:
            case "mixed":
                make_mixed(folder, number)
            case "cut":
                write_tone(folder / f"{number:05d}.wav", number, seconds=10)
            case "video":
                write_video(folder / f"{number:05d}.mp4", number)
            case _:
                write_tone(folder / f"{number:05d}.wav", number, kind)


def make_mixed(folder: Path, number: int) -> None:
    """One of what folders hold: mostly sounds; the first is a film, before which nothing is asked in vain."""
    inner = folder / f"{number // 50:03d}"
    inner.mkdir(exist_ok=True)
    path = inner / f"{number:05d}.wav"
    if number == 0:
        film = ("-i", str(make(OTHERS[-1])), "-t", str(FILM_S), "-c", "copy", str(inner / "00000.mp4"))
        subprocess.run([*FFMPEG, *film], check=True)
    elif number % 20 == 7:
        path.with_suffix(".mp4").write_bytes(b"no film, though its name says so")
    elif number % 20 == 3:
        shutil.copyfile(inner / f"{number - 1:05d}.wav", path)
    else:
        write_tone(path, number, {5: "mp3", 9: "mp3", 11: "m4a"}.get(number % 20, "wav"))


def slow_service() -> ChildServer:
    return ChildServer("slow service", [sys.executable, "-m", "bench.slow_service", str(LATENCY_S)], os.environ, 60)


def write_tone(path: Path, number: int, ending: str = "wav", seconds: float = 1.2) -> None:
    """Sound at 16 kHz; each file has bytes of its own."""
    wave_ = np.sin(np.arange(int(16_000 * seconds)) * (0.02 + number / 1e5)) * 8000
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(wave_.astype("<i2").tobytes())
    if ending != "wav":
        coded = path.with_suffix(f".{ending}")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, coded], check=True)
        path.unlink()


def write_video(path: Path, number: int) -> None:
    """A test card with a tone; each file has bytes of its own."""
    card = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=1.2")
    tone = ("-f", "lavfi", "-i", f"sine=f={300 + number}:d=1.2")
    subprocess.run([*FFMPEG, *card, *tone, "-c:v", "libx264", "-preset", "veryfast", str(path)], check=True)


def flow_started(api: str) -> float:
    """When Prefect began the newest flow run, in seconds since the epoch."""
    body = json.dumps({"sort": "START_TIME_DESC", "limit": 1}).encode()
    asked = Request(f"{api}/flow_runs/filter", body, {"Content-Type": "application/json"})
    with urlopen(asked) as answer:
        [run] = json.load(answer)
    return datetime.fromisoformat(run["start_time"]).timestamp()


def times_at(url: str) -> list[list[float]]:
    with urlopen(url) as answer:  # our own server
        found: list[list[float]] = json.load(answer)
    return found


def timed(command: Sequence[str], env: dict[str, str], times: str, at_once: int, report: Path | None = None) -> Timed:
    times_at(times)
    server_s, began = server_seconds(env), time.monotonic()
    with tempfile.TemporaryFile("w+") as words, tempfile.TemporaryDirectory() as no_clips:
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=words)
        with watched(process.pid, Path(no_clips)) as peaks:
            _, status, _ = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - began
        if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: something was broken
            words.seek(0)
            raise SystemExit(f"{' '.join(command[:4])} ended with status {status}: {words.read()[-2000:]}")
    asked = times_at(times)
    spent: dict[str, float] = json.loads(report.read_text()) if report else {}
    if spent:
        spent["Prefect's server"] = server_seconds(env) - server_s
    if not asked:
        return Timed(wall_s, 0.0, 0.0, peaks.memory_mb, spent)
    first, last = min(came for came, _ in asked), max(answered for _, answered in asked)
    busy = sum(answered - came for came, answered in asked)
    answered = tuple(sorted(answered for _, answered in asked))
    full = busy / ((last - first) * at_once)
    return Timed(wall_s, first - began, full, peaks.memory_mb, spent, answered)


def server_seconds(env: dict[str, str]) -> float:
    """The processor seconds of the Prefect server, by the words of its command."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.with_name("cmdline").read_bytes()
            fields = stat.read_text().rpartition(")")[2].split()
            mine = f"PREFECT_HOME={env['PREFECT_HOME']}".encode() in stat.with_name("environ").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if b"prefect_server" in words and mine:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    _recordings, _at_once, _kind = (*sys.argv[1:], *("256", "32", "wav")[len(sys.argv) - 1 :])
    sys.exit(main([Case(int(_recordings), int(_at_once), _kind)] if sys.argv[1:] else CASES))

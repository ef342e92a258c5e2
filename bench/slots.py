"""How full the slots are over short recordings: `python -m bench.slots [RECORDINGS] [AT_ONCE] [ENDING]`.

Recordings of 1.2 s each, and a service in a process of its own that answers after a second. Beside `reelsheet analyze`,
with a Prefect server that runs already, stand a script that a user would write (asyncio and the same client, no more),
and Daft with the same client. A slot is full from the moment when a question has come until it is answered; what counts
is the share of full slots between the first question and the last answer, and the whole time in times of the script's.
Below stands where the processor time went, of the machine and of the command.

ENDING is wav (16 kHz, one channel: neither ffprobe nor ffmpeg is needed for each), or what ffmpeg makes of it, such as
mp3: then each recording takes a start of ffprobe, and some share one of ffmpeg.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np

from bench.memory import prefect_server
from tasks.system.child_server import ChildServer

LATENCY_S = 1.0
START_S = 2.0  # from the start of the flow to the first question
LIMIT = 1.5  # times the script, besides the start of Prefect
FULL = 0.85

SCRIPT = """
import asyncio, base64, pathlib, sys
from openai import AsyncOpenAI

async def main(folder, url, at_once):
    client, slots = AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0), asyncio.Semaphore(at_once)
    async def ask(path):
        async with slots:
            data = "data:;base64," + base64.b64encode(path.read_bytes()).decode()
            sound = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
            content = [sound, {"type": "text", "text": "Describe it."}]
            messages = [{"role": "user", "content": content}]
            how = {"stream": True, "stream_options": {"include_usage": True}, "modalities": ["text"]}
            stream = await client.chat.completions.create(model="qwen3.5-omni-flash", messages=messages, **how)
            return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
    paths = sorted(pathlib.Path(folder).iterdir())
    assert all(await asyncio.gather(*map(ask, paths)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""

DAFT = """
import asyncio, base64, pathlib, sys
import daft
from openai import AsyncOpenAI

@daft.cls
class Asker:
    def __init__(self, url: str, at_once: int):
        self.client = AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0)
        self.at_once, self.slots = at_once, None

    @daft.method
    async def ask(self, path: str) -> str:
        self.slots = self.slots or asyncio.Semaphore(self.at_once)
        async with self.slots:
            data = "data:;base64," + base64.b64encode(pathlib.Path(path).read_bytes()).decode()
            sound = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
            messages = [{"role": "user", "content": [sound, {"type": "text", "text": "Describe it."}]}]
            how = {"stream": True, "stream_options": {"include_usage": True}, "modalities": ["text"]}
            stream = await self.client.chat.completions.create(model="qwen3.5-omni-flash", messages=messages, **how)
            return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])

paths = sorted(map(str, pathlib.Path(sys.argv[1]).iterdir()))
asker = Asker(sys.argv[2], int(sys.argv[3]))
frame = daft.from_pydict({"path": paths}).with_column("answer", asker.ask(daft.col("path")))
assert all(frame.to_pydict()["answer"])
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """What a command took, and how it kept the service busy. Seconds; shares from 0 to 1."""

    wall_s: float
    first_s: float  # from the start of the command to the first question
    full: float
    peak_mb: float  # of the command's own process
    spent: dict[str, float]


def main(recordings: int, at_once: int, ending: str) -> int:
    with tempfile.TemporaryDirectory(prefix="bench-slots-") as name, slow_service() as service:
        folder, times, url = Path(name), f"{service.url}/times", f"{service.url}/compatible-mode/v1"
        (folder / "in").mkdir()
        for number in range(recordings):
            write_tone(folder / "in" / f"{number:05d}.wav", number, ending)
        ideal = -(-recordings // at_once) * LATENCY_S
        print(f"{recordings} recordings of 1.2 s (.{ending}), {at_once} at once, ", end="")
        print(f"answers after {LATENCY_S:g} s: ideal {ideal:g} s\n")
        with prefect_server(folder) as env:
            env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": url, "NO_PROXY": "127.0.0.1"}
            script = (sys.executable, "-c", SCRIPT, folder / "in", url, at_once)
            bare = timed([*map(str, script)], env, times, at_once)
            daft = (sys.executable, "-c", DAFT, folder / "in", url, at_once)
            peer = timed([*map(str, daft)], env, times, at_once) if find_spec("daft") else None
            imports = timed([sys.executable, "-c", "import prefect"], env, times, at_once)
            report = folder / "steps.json"
            words = ("analyze", folder / "in", "--dataset", folder / "dataset", "--settle", 0, "--concurrency", at_once)
            command = (sys.executable, "-m", "bench.steps", report, *words)
            began = time.time()
            ours = timed([*map(str, command)], env, times, at_once, report)
            ready_s = flow_started(env["PREFECT_API_URL"]) - began
    print(f"{'':20}{'wall s':>9}{'first question s':>18}{'slots full':>12}{'peak MB':>10}")
    for title, one in (("bare script", bare), ("Daft", peer), ("reelsheet analyze", ours)):
        if one is not None:
            print(f"{title:20}{one.wall_s:9.1f}{one.first_s:18.1f}{one.full:12.0%}{one.peak_mb:10.0f}")
    print(f"{'import prefect':20}{imports.wall_s:9.1f}\n\nprocessor seconds of reelsheet analyze:")
    for name, seconds in sorted(ours.spent.items(), key=lambda each: -each[1]):
        print(f"  {name:32}{seconds:8.1f}")
    limit = LIMIT * bare.wall_s + imports.wall_s
    fast, full = ours.wall_s <= limit, ours.full >= FULL
    print(f"\n{ours.wall_s:.1f} s (limit {LIMIT} x script + import = {limit:.1f}): {'met' if fast else 'MISSED'}")
    print(f"slots {ours.full:.0%} full (limit {FULL:.0%}): {'met' if full else 'MISSED'}")
    started = ours.first_s - ready_s <= START_S
    first = f"first question {ours.first_s - ready_s:.1f} s after Prefect began the flow"
    print(f"{first} (limit {START_S:g}): {'met' if started else 'MISSED'}")
    return 0 if fast and full and started else 1


def slow_service() -> ChildServer:
    return ChildServer("slow service", [sys.executable, "-m", "bench.slow_service", str(LATENCY_S)], os.environ, 60)


def write_tone(path: Path, number: int, ending: str = "wav") -> None:
    """1.2 s of sound at 16 kHz; each file has bytes of its own."""
    wave_ = np.sin(np.arange(19_200) * (0.02 + number / 1e5)) * 8000
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(wave_.astype("<i2").tobytes())
    if ending != "wav":
        coded = path.with_suffix(f".{ending}")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, coded], check=True)
        path.unlink()


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
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=words)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - began
        if status:
            words.seek(0)
            raise SystemExit(f"{' '.join(command[:4])} ended with status {status}: {words.read()[-2000:]}")
    asked = times_at(times)
    spent: dict[str, float] = json.loads(report.read_text()) if report else {}
    if spent:
        spent["Prefect's server"] = server_seconds(env) - server_s
    if not asked:
        return Timed(wall_s, 0.0, 0.0, used.ru_maxrss / 1024, spent)
    first, last = min(came for came, _ in asked), max(answered for _, answered in asked)
    busy = sum(answered - came for came, answered in asked)
    return Timed(wall_s, first - began, busy / ((last - first) * at_once), used.ru_maxrss / 1024, spent)


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
    _recordings, _at_once, _ending = (*sys.argv[1:], *("256", "32", "wav")[len(sys.argv) - 1 :])
    sys.exit(main(int(_recordings), int(_at_once), _ending))

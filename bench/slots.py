"""How full the slots are over short recordings: `python -m bench.slots [RECORDINGS] [AT_ONCE]`.

Recordings of 1.2 s each, and a service in a process of its own that answers after a second. Beside `reelsheet analyze`,
with a Prefect server that runs already, a script that a user would write: asyncio and the same client, no more. A slot
is full from the moment when a question has come until it is answered; what counts is the share of full slots between
the first question and the last answer, and the whole time in times of the script's. Below stands where the processor
time went.
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
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from bench.memory import prefect_server
from tasks.system.child_server import ChildServer

LATENCY_S = 1.0
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
    paths = sorted(pathlib.Path(folder).glob("*.wav"))
    assert all(await asyncio.gather(*map(ask, paths)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """What a command took, and how it kept the service busy. Seconds; shares from 0 to 1."""

    wall_s: float
    first_s: float  # from the start of the command to the first question
    full: float
    spent: dict[str, float]


def main(recordings: int = 256, at_once: int = 32) -> int:
    with tempfile.TemporaryDirectory(prefix="bench-slots-") as name, slow_service() as service:
        folder, times, url = Path(name), f"{service.url}/times", f"{service.url}/compatible-mode/v1"
        (folder / "in").mkdir()
        for number in range(recordings):
            write_tone(folder / "in" / f"{number:05d}.wav", number)
        ideal = -(-recordings // at_once) * LATENCY_S
        print(
            f"{recordings} recordings of 1.2 s, {at_once} at once, answers after {LATENCY_S:g} s: ideal {ideal:g} s\n"
        )
        with prefect_server(folder) as env:
            env |= {"DASHSCOPE_API_KEY": "sk-bench", "DASHSCOPE_BASE_URL": url, "NO_PROXY": "127.0.0.1"}
            script = (sys.executable, "-c", SCRIPT, folder / "in", url, at_once)
            bare = timed([*map(str, script)], env, times, at_once)
            imports = timed([sys.executable, "-c", "import prefect"], env, times, at_once)
            report = folder / "steps.json"
            words = ("analyze", folder / "in", "--dataset", folder / "dataset", "--settle", 0, "--concurrency", at_once)
            command = (sys.executable, "-m", "bench.steps", report, *words)
            ours = timed([*map(str, command)], env, times, at_once, report)
    print(f"{'':20}{'wall s':>9}{'first question s':>18}{'slots full':>12}")
    for title, one in (("bare script", bare), ("reelsheet analyze", ours)):
        print(f"{title:20}{one.wall_s:9.1f}{one.first_s:18.1f}{one.full:12.0%}")
    print(f"{'import prefect':20}{imports.wall_s:9.1f}\n\nprocessor seconds of reelsheet analyze:")
    for step, seconds in sorted(ours.spent.items(), key=lambda each: -each[1]):
        print(f"  {step:32}{seconds:8.1f}")
    limit = LIMIT * bare.wall_s + imports.wall_s
    fast, full = ours.wall_s <= limit, ours.full >= FULL
    print(f"\n{ours.wall_s:.1f} s (limit {LIMIT} x script + import = {limit:.1f}): {'met' if fast else 'MISSED'}")
    print(f"slots {ours.full:.0%} full (limit {FULL:.0%}): {'met' if full else 'MISSED'}")
    return 0 if fast and full else 1


def slow_service() -> ChildServer:
    return ChildServer("slow service", [sys.executable, "-m", "bench.slow_service", str(LATENCY_S)], os.environ, 60)


def write_tone(path: Path, number: int) -> None:
    """1.2 s of sound at 16 kHz; each file has bytes of its own."""
    wave_ = np.sin(np.arange(19_200) * (0.02 + number / 1e5)) * 8000
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(wave_.astype("<i2").tobytes())


def times_at(url: str) -> list[list[float]]:
    with urlopen(url) as answer:  # our own server
        found: list[list[float]] = json.load(answer)
    return found


def timed(command: Sequence[str], env: dict[str, str], times: str, at_once: int, report: Path | None = None) -> Timed:
    times_at(times)
    server_s, began = server_seconds(env), time.monotonic()
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    wall_s = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} ended with status {done.returncode}: {done.stderr[-2000:]}")
    asked = times_at(times)
    spent: dict[str, float] = json.loads(report.read_text()) if report else {}
    if spent:
        spent["Prefect's server"] = server_seconds(env) - server_s
    if not asked:
        return Timed(wall_s, 0.0, 0.0, spent)
    first, last = min(came for came, _ in asked), max(answered for _, answered in asked)
    busy = sum(answered - came for came, answered in asked)
    return Timed(wall_s, first - began, busy / ((last - first) * at_once), spent)


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
    sys.exit(main(*map(int, sys.argv[1:])))

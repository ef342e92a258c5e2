"""How well and how fast the embedded engine works: `python -m bench.engine_quality`.

Asks a warm engine about the samples, cut as a run with it sends them, about a recording that lies inside the package of
the speech recogniser, and about a film of ten minutes: the longest sample, over and over. Exit status 1 where a limit
is missed. Error rates count edits (Levenshtein) per reference word or character; case,
punctuation and blanks do not count for words, blanks and the width of punctuation do not count for captions.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
from rich.console import Console
from rich.table import Table

from bench.results import verdict
from config.catalog import load_catalog
from engine.media import Media, probed
from prompts.reader import read_prompt
from tasks.answer.parse import parse_answer
from tasks.media.cutting import cut_segment
from tasks.media.probing import probe_recording
from tasks.planning.plan import plan_analysis
from tasks.planning.spec import AnalysisSpec
from tasks.planning.transport import clip_budget
from tasks.records import ParsedAnswer, Question, Span

SAMPLES = Path(__file__).parent.parent / "samples"
ENGLISH = "The speech in this recording is in English."
TWO_CITIES = """
It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the
epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season of darkness, it was the
spring of hope, it was the winter of despair, we had everything before us, we had nothing before us, we were all going
direct to heaven, we were all going direct the other way. In short, the period was so far like the present period, that
some of its noisiest authorities insisted on its being received, for good or for evil, in the superlative degree of
comparison only.
"""


@dataclass(frozen=True)
class Limit:
    name: str
    unit: str
    bound: float
    at_most: bool

    def met(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


WORD_ERRORS = Limit("word error rate", "%", 8.0, True)
CAPTION_ERRORS = Limit("caption character error rate", "%", 2.0, True)
INVENTED = Limit("invented words on music and silence", "words", 0, True)
FILM_MS = 600_000
FILM = "a film of 10 minutes"
SPEED = Limit("speed without speakers", "x real time", 8.0, False)
SPEED_SPEAKERS = Limit("speed with speakers", "x real time", 4.5, False)
SPEED_FILM = Limit("speed", "x real time", 5.0, False)
MEMORY = Limit("peak memory of the server", "MB", 1200, True)


@dataclass(frozen=True)
class Result:
    limit: Limit
    of: str
    value: float


@dataclass(frozen=True)
class Reply:
    parsed: ParsedAnswer
    seconds: float


class Engine:
    """A running engine and what it was asked."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self._client = openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=1800)

    def ask(self, clip: Path, kind: str) -> Reply:
        media: Media = probed(clip)
        data = "data:;base64," + base64.b64encode(clip.read_bytes()).decode()
        part: dict[str, Any] = (
            {"type": "video_url", "video_url": {"url": data}}
            if kind == "video"
            else {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        )
        text = f"{read_prompt(f'structured-{kind}').text}\n\n{ENGLISH}"
        messages: Any = [{"role": "user", "content": [part, {"type": "text", "text": text}]}]
        started = time.monotonic()
        stream = self._client.chat.completions.create(model="embedded", messages=messages, stream=True)
        answer = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
        seconds = time.monotonic() - started
        span = Span(0, media.duration_ms)
        return Reply(parse_answer(answer, "video" if kind == "video" else "audio", "sections", span), seconds)

    def peak_mb(self) -> float | None:
        """The most memory that the server itself ever held; None where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(found.group(1)) / 1024 if found else None


@contextmanager
def engine(*options: str) -> Iterator[Engine]:
    argv = [sys.executable, "-m", "engine", "serve", "--exit-with-stdin", *options]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line.startswith("listening on "):
                raise SystemExit("The engine did not start.")
            yield Engine(process, line.removeprefix("listening on ").strip())
        finally:
            process.stdin.close()


# --- clips -----------------------------------------------------------------------------------------------------


def sent(source: Path, folder: Path) -> list[Path]:
    """The clips of a recording that a run sends to the engine, in order."""
    catalog = load_catalog()
    provider, question = catalog.providers["local"], Question("standard", "aa", "", "sections", "auto")
    spec = AnalysisSpec(catalog.scenarios["standard"], catalog.models["embedded"], provider, question, "base64")
    plan = plan_analysis(probe_recording(source, source.name), spec)
    cut = (cut_segment(plan, segment, folder, clip_budget(provider)) for segment in plan.segments)
    return [Path(clip.path) for clips in cut for clip in clips]


def audio_clip(source: Path, target: Path, parts: Sequence[tuple[int, int]] = ()) -> Path:
    """The sound, or only its `parts` (milliseconds), one after the other."""
    chosen = "+".join(f"between(t,{start / 1000},{end / 1000})" for start, end in parts)
    select = ["-af", f"aselect='{chosen}',asetpts=N/SR/TB"] if chosen else []
    _ffmpeg(["-i", str(source), "-vn", *select, "-ac", "1", "-ar", "16000", str(target)])
    return target


def _ffmpeg(arguments: list[str]) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)


# --- errors ----------------------------------------------------------------------------------------------------


def edits(reference: Sequence[str], found: Sequence[str]) -> int:
    """Insertions, deletions and replacements that make one from the other."""
    row = list(range(len(found) + 1))
    for number, wanted in enumerate(reference, start=1):
        diagonal, row[0] = row[0], number
        for column, got in enumerate(found, start=1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (wanted != got))
    return row[-1]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))


def characters(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def transcript(reply: Reply) -> str:
    return " ".join(each.text for each in reply.parsed.transcript or ())


def word_errors(reference: str, reply: Reply) -> float:
    return 100 * edits(words(reference), words(transcript(reply))) / len(words(reference))


def caption_errors(captions: list[dict[str, Any]], reply: Reply) -> float:
    """Each caption beside the most like text that shows while it does; a caption that was not seen is all errors."""
    wrong = 0
    for caption in captions:
        wanted = characters(caption["text"])
        meeting = [
            characters(each.text)
            for each in reply.parsed.visible_text or ()
            if (each.start_ms or 0) < caption["end_ms"] and (each.end_ms or 0) > caption["start_ms"]
        ]
        wrong += min([len(wanted), *(edits(wanted, found) for found in meeting)])
    return 100 * wrong / sum(len(characters(caption["text"])) for caption in captions)


# --- the measurement -------------------------------------------------------------------------------------------


def measure(folder: Path) -> list[Result]:
    truth: dict[str, dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text())
    videos = [name for name in truth if name.endswith(".mp4")]
    longest = max(videos, key=lambda name: int(truth[name]["duration_ms"]))
    shortest = min(videos, key=lambda name: int(truth[name]["duration_ms"]))
    clips = {name: sent(SAMPLES / name, folder)[0] for name in truth}  # each is short enough to be one
    two_cities = audio_clip(inside_recogniser("two_cities.wav"), folder / "two_cities.wav")
    seconds = truth[longest]["duration_ms"] / 1000
    film, film_s = _film(SAMPLES / longest, folder)
    results: list[Result] = []
    with engine("--no-speakers") as server:
        server.ask(clips[shortest], "video")  # loads the models
        results.append(Result(SPEED, longest, seconds / server.ask(clips[longest], "video").seconds))
        results.append(Result(SPEED_FILM, f"{FILM}, without speakers", film_s / _asked_s(server, film)))
    with engine() as server:
        server.ask(clips[shortest], "video")
        for name, facts in truth.items():
            reply = server.ask(clips[name], "video" if name in videos else "audio")
            if name == longest:
                results.append(Result(SPEED_SPEAKERS, name, seconds / reply.seconds))
            results += _judged(name, facts, reply)
            unspoken = _unspoken(facts)
            if unspoken:
                quiet = audio_clip(SAMPLES / name, folder / f"{Path(name).stem}-unspoken.wav", unspoken)
                results.append(Result(INVENTED, name, len(words(transcript(server.ask(quiet, "audio"))))))
        results.append(Result(WORD_ERRORS, two_cities.name, word_errors(TWO_CITIES, server.ask(two_cities, "audio"))))
        results.append(Result(SPEED_FILM, f"{FILM}, with speakers", film_s / _asked_s(server, film)))
        peak = server.peak_mb()
        results += [Result(MEMORY, "all of the above", peak)] if peak is not None else []
    return sorted(results, key=lambda result: result.limit.name)


def _film(source: Path, folder: Path) -> tuple[list[Path], float]:
    """The clips of the recording over and over, as long as a film, and its seconds."""
    times = -(-FILM_MS // probed(source).duration_ms)
    film = folder / "film.mp4"
    _ffmpeg(["-stream_loop", str(times - 1), "-i", str(source), "-c", "copy", str(film)])
    return sent(film, folder), probed(film).duration_ms / 1000


def _asked_s(server: Engine, clips: Sequence[Path]) -> float:
    """The seconds that the answers about clips take, one after the other."""
    return sum(server.ask(clip, "video").seconds for clip in clips)


def _judged(name: str, facts: dict[str, Any], reply: Reply) -> Iterator[Result]:
    if facts["transcript"]:
        spoken = " ".join(each["text"] for each in facts["transcript"])
        yield Result(WORD_ERRORS, name, word_errors(spoken, reply))
    if facts["captions"]:
        yield Result(CAPTION_ERRORS, name, caption_errors(facts["captions"], reply))


def _unspoken(facts: dict[str, Any]) -> list[tuple[int, int]]:
    """Where there is music or silence, a tenth of a second kept from the edges of speech."""
    return [(each["start_ms"] + 100, each["end_ms"] - 100) for each in facts["sounds"] if each["kind"] != "speech"]


def inside_recogniser(name: str) -> Path:
    import moonshine_voice  # noqa: PLC0415 - belongs to the extra `engine`

    return Path(moonshine_voice.get_assets_path()) / name


def main() -> int:
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder))
    table = Table("measure", "of", "measured", "limit", "")
    for result in results:
        limit = result.limit
        bound = f"{'≤' if limit.at_most else '≥'} {limit.bound:g} {limit.unit}"
        missed = "" if limit.met(result.value) else "MISSED"
        table.add_row(limit.name, result.of, f"{result.value:.1f} {limit.unit}", bound, missed)
    console.print(table)
    for result in results:
        limit = result.limit
        bound = f"{'at most' if limit.at_most else 'at least'} {limit.bound:g} {limit.unit}"
        figure = f"{result.value:.1f} {limit.unit}"
        print(verdict(f"{limit.name}, {result.of}", figure, bound, met=limit.met(result.value)))
    load = os.getloadavg()[0]
    console.print(f"{os.cpu_count()} cores; load average at the end {load:.1f}: above the cores, speed says little.")
    return 0 if all(result.limit.met(result.value) for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())

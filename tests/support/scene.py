"""What runs are killed over: a handful of recordings, the stand-in service, and what an uninterrupted run comes to."""

from __future__ import annotations

import tempfile
import time
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from signal import SIGKILL

import numpy as np

from tests.support.cli import Started, wait_until
from tests.support.media import make_video
from tests.support.service import Asked, FakeService, Received, answer_to
from tests.support.service_request import instruction_of
from tests.support.tables import Content, content_of, doubled_rows, orphans, rows_of, wrong_files

CONCURRENCY = 3
# strict: each run tells of the file that is no recording, and so has a row of every table to lose
ANALYZE = ("analyze", "--scenario", "fine", "--settle", "0", "--strict")
LEAST = 4  # so many of the recordings have rows in every table


@dataclass(frozen=True)
class Baseline:
    """Recordings, and what an uninterrupted run over them comes to."""

    inputs: tuple[Path, ...]
    status: int  # the exit status
    content: Content  # the tables
    segments: Mapping[str, str]  # segment_id by what a request about it is known by
    concurrency: int
    job: tuple[str, ...] = field(default=ANALYZE, kw_only=True)  # the command and its options

    def segments_of(self, inputs: Iterable[Path]) -> set[str]:
        named = {str(path) for path in inputs}
        media = {row["media_id"] for row in self.content["media"] if row["uri"] in named}
        return {row["segment_id"] for row in self.content["segments"] if row["media_id"] in media}

    def passes(self, point: str) -> bool:
        """Whether a run comes by a fail point: a table without rows has no file to be moved, and none is judged."""
        judges = self.job[0] == "moderate"
        return (
            point != "commit.moved.reviews"
            and (judges or point != "commit.moved.verdicts")
            and bool(self.content.get(point.removeprefix("commit.moved."), "any"))
        )


@dataclass(frozen=True)
class Scene(Baseline):
    """What runs are killed over: the environment and the service besides."""

    env: Mapping[str, str]
    service: FakeService

    @cached_property
    def asks_after_s(self) -> float:
        """From the start of a process that starts from nothing to its first request, on this machine."""
        with tempfile.TemporaryDirectory() as folder, FakeService() as service:
            env, dataset = {**self.env, "DASHSCOPE_BASE_URL": service.base_url}, Path(folder) / "dataset"
            began = time.monotonic()
            run = analyze(
                self.inputs,
                dataset,
                env,
                Path(folder),
                concurrency=self.concurrency,
                from_nothing=True,
                job=self.job,
            )
            wait_until(lambda: service.requests or run.ended)
            run.signal(SIGKILL)
            run.wait()
            return service.requests[0].at - began


def recordings(folder: Path, films: int) -> tuple[Path, ...]:
    """A sound of three segments, a short one, a file that is no recording, and films; no two clips have like bytes."""
    folder.mkdir(exist_ok=True)
    broken = folder / "broken.mp4"
    broken.write_text("this is no film")
    sounds = (tones(folder / "long.wav", 125), tones(folder / "short.wav", 4))
    seconds = [1 + number / 2 for number in range(films)]
    return (*sounds, broken, *(make_video(folder, f"film-{s}.mp4", seconds=s, size="96x96") for s in seconds))


def short_recordings(folder: Path, count: int) -> tuple[Path, ...]:
    """Sounds of a second; no two have like bytes."""
    folder.mkdir(exist_ok=True)
    return tuple(tones(folder / f"{number:03}.wav", 1, hertz=300 + 5 * number) for number in range(count))


def tones(path: Path, seconds: int, hertz: int | None = None) -> Path:
    """A sound that plays another tone in each second, from `hertz` on; else the lowest differs with the length."""
    lowest = 200 + 17 * seconds if hertz is None else hertz
    pitch = np.repeat(lowest + 3 * np.arange(seconds), 16_000)
    wave_form = 8000 * np.sin(2 * np.pi * pitch * np.arange(pitch.size) / 16_000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(wave_form.astype("<i2").tobytes())
    return path


def answer(asked: Asked) -> str:
    """The service's answer with one more section, so that no table but `turns` stays empty."""
    return answer_to(asked) + "\n## Music\nA tone that rises from second to second.\n"


def key_of(request: Received) -> str:
    """What a request is about: its media, and which of the passes of a moderation asks."""
    return f"{request.media_sha256} {'fine' if 'Severity:' in instruction_of(request.body) else ''}".rstrip()


def analyze(
    inputs: Sequence[Path],
    dataset: Path,
    env: Mapping[str, str],
    folder: Path,
    *options: object,
    concurrency: int = CONCURRENCY,
    from_nothing: bool = False,
    job: Sequence[str] = ANALYZE,
) -> Started:
    """A run under way; its words and clips lie in `folder`, and the subtitles that it writes."""
    clips = folder / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    files = ("--out", folder / "subtitles") if job[0] == "subtitle" else ()
    how = (*job[1:], "--concurrency", concurrency, "--workdir", clips, *files)
    words = (job[0], *inputs, "--dataset", dataset, *how, *options)
    return Started(*words, env=env, folder=folder, from_nothing=from_nothing)


def uninterrupted(
    inputs: tuple[Path, ...],
    env: Mapping[str, str],
    service: FakeService,
    folder: Path,
    concurrency: int = CONCURRENCY,
    job: tuple[str, ...] = ANALYZE,
) -> Baseline:
    """What a run comes to that nobody disturbs."""
    dataset = folder / "dataset"
    run = analyze(inputs, dataset, env, folder, concurrency=concurrency, job=job)
    status = run.wait()
    by_number = {f"fake-{n}": key_of(request) for n, request in enumerate(service.requests, 1)}
    segments = {by_number[row["request_id"]]: row["segment_id"] for row in rows_of(dataset, "segments")}
    assert len(segments) == len(service.requests), "each segment has other bytes, and is asked about once"
    assert (wrong_files(dataset), doubled_rows(dataset), orphans(dataset)) == ([], [], set()), run.err
    return Baseline(inputs, status, content_of(dataset), segments, concurrency, job=job)

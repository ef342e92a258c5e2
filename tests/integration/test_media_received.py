"""Each strange kind in one run: what the service really received bears every mark where a player would show it."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support import media_zoo as zoo
from tests.support.asking import ask
from tests.support.cli import Ran, reelsheet
from tests.support.measuring import RATE, samples
from tests.support.service import Asked, FakeService

Maker = Callable[[Path], Path]
Story = Callable[[float], int | None]

LONGEST_S = 8  # of a segment, so that most recordings are sought in
SOUND_MS = 40  # that a mark in the sound may be off
NO_TIMES_MS = 100  # behind a joint before which encoders have added samples of their own, as players play them, too


def on(at_s: float) -> int | None:
    """A story that goes on from the first instant to the last."""
    return int(at_s + 1e-6)


def paused(at_s: float) -> int | None:
    """The story of `clock_gap`: 5 s, 20 s of nothing, and the rest."""
    return None if 5 <= at_s < 25 else int(at_s if at_s < 5 else at_s - 20)


def stretched(at_s: float) -> int | None:
    """The story of `small_gaps`: 80 ms of nothing after each second."""
    return int(at_s / 1.08 + 1e-6) if at_s % 1.08 < 1 else None


def by_tens(at_s: float) -> int | None:
    return int(at_s // 10) * 10


@dataclass(frozen=True)
class Kind:
    """How a strange recording is made, until when it tells what, and how far its sound may be off."""

    make: Maker
    seconds: int
    story: Story = on
    off_ms: int = SOUND_MS
    seen_from: float = 0.0  # before that there is no picture


def kinds() -> Iterator[tuple[str, Kind]]:
    joint = partial(zoo.joint, seconds=6)
    for ending in ("ts", "vob", "mpg", "ogg", "opus", "mp3", "aac"):
        off_ms = NO_TIMES_MS if ending in ("mp3", "aac", "ogg", "opus") else SOUND_MS
        yield f"same.{ending}", Kind(joint, 12, off_ms=off_ms)
    for ending in ("flv", "mkv", "mp4", "avi", "wmv", "nut", "wav", "flac"):
        yield f"same.{ending}", Kind(joint, 12, off_ms=NO_TIMES_MS)
    for ending in ("ts", "mkv", "mp4"):
        yield f"half.{ending}", Kind(zoo.sound_then_film, 12, off_ms=NO_TIMES_MS, seen_from=6.5)
    for ending in ("ts", "ogg", "mp3", "aac"):
        yield f"other.{ending}", Kind(partial(joint, other=True), 12, off_ms=NO_TIMES_MS)
    yield "ids.ts", Kind(partial(zoo.other_ids, seconds=6), 12)
    yield "changing.ts", Kind(zoo.changing, 8)
    for ending in ("ts", "mkv"):
        yield f"gap.{ending}", Kind(zoo.clock_gap, 32, paused)
    yield "small.mkv", Kind(zoo.small_gaps, 8, stretched)
    yield "adpcm.wav", Kind(partial(zoo.adpcm, seconds=20), 20)
    for ending in ("mp4", "mkv", "webm"):
        yield f"slides.{ending}", Kind(partial(zoo.slides, seconds=20), 20, by_tens)
    for ending in ("wav", "mp4"):
        yield f"opposed.{ending}", Kind(zoo.anti_phase, 6)
    for count, talks in ((6, 3), (9, 8), (60, 31)):
        yield f"{count}.wav", Kind(partial(zoo.microphones, count=count, talks=talks), 6)
    for claimed in (0, 123_456, 0xFFFFFFFF):
        yield f"claims{claimed}.wav", Kind(partial(zoo.lying_wav, claimed=claimed), 12)
    yield "long.wav", Kind(partial(zoo.lying, claimed=1000), 12)
    yield "lying.au", Kind(partial(zoo.lying, claimed=1000), 12)
    for ending in ("mp4", "mkv"):
        yield f"unknown.{ending}", Kind(zoo.undecodable, 6)
    yield "tracks.mkv", Kind(zoo.silent_default, 6)
    yield "two.ts", Kind(zoo.two_programmes, 5)


KINDS = dict(kinds())
TWINS = {  # of a kind that is left, and cut in test_media_zoo
    *("same.vob", "same.mpg", "same.ogg", "same.opus", "same.mp3", "same.aac", "other.ogg", "other.mp3", "other.aac"),
    *("ids.ts", "gap.mkv", f"claims{0xFFFFFFFF}.wav"),
    *("slides.mkv", "slides.webm", "opposed.wav", "6.wav", "60.wav", "claims0.wav", "claims123456.wav", "unknown.mkv"),
}
GROUPS = {"kinds": [name for name in KINDS if name not in TWINS], "twins": [name for name in KINDS if name in TWINS]}
MARKS: dict[str, list[pytest.MarkDecorator]] = {"kinds": [], "twins": [pytest.mark.long]}


class Shelf:
    """Keep the media of each request, and answer with its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def answer(self, asked: Asked) -> str:
        data = b"".join(base64.b64decode(one) for one in _base64(asked.body["messages"]))
        name = hashlib.sha256(data).hexdigest()
        (self.folder / name).write_bytes(data)
        return name


def _base64(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _base64(one)
    elif isinstance(value, list):
        for one in value:
            yield from _base64(one)
    elif isinstance(value, str) and value.startswith("data:"):
        yield value.partition("base64,")[2]


@dataclass(frozen=True)
class Received:
    """A clip as it came, and what it stands for."""

    path: Path
    start_ms: int
    end_ms: int
    fps: float
    is_seen: bool
    is_heard: bool


Outcome = tuple[Ran, dict[str, list[Received]]]


@pytest.fixture(scope="module")
def received(session_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    """The run over a group of kinds, and by the name of each what came of it; each group has one run."""
    return cache(lambda group: run_over(GROUPS[group], session_env, tmp_path_factory))


def run_over(names: list[str], session_env: dict[str, str], folders: pytest.TempPathFactory) -> Outcome:
    folder, shelf = folders.mktemp("zoo"), Shelf(folders.mktemp("received"))
    for name in names:
        KINDS[name].make(folder / name)
    (folder / "mine.md").write_text("---\nanswer: text\n---\nWhat is it?\n")
    limits = "".join(f"[scenarios.brief.{kind}]\nmax_length_ms = {LONGEST_S * 1000}\n" for kind in ("video", "audio"))
    (folder / "mine.toml").write_text(f'[scenarios.brief]\nlike = "quick"\n{limits}')
    dataset = shelf.folder / "dataset"
    words = ("--scenario", "brief", "--prompt", folder / "mine.md", "--config", folder / "mine.toml", "--json")
    with FakeService(answer=shelf.answer) as service:
        env = {**session_env, "DASHSCOPE_BASE_URL": service.base_url}
        ran = reelsheet("analyze", "--dataset", dataset, "--settle", "0", *words, *(folder / n for n in names), env=env)
    rows = ask(dataset, "SELECT uri, s.* FROM segments AS s JOIN media USING (media_id) ORDER BY uri, start_ms")
    found: dict[str, list[Received]] = {}
    for row in rows:
        found.setdefault(Path(row["uri"]).name, []).append(
            Received(
                shelf.folder / str(row["raw_answer"]),
                row["start_ms"],
                row["end_ms"],
                row["fps"] or 0.0,
                row["video_sent"] == "sent",
                row["audio_sent"] in ("sent", "silent"),
            )
        )
    return ran, found


@pytest.mark.parametrize("group", [pytest.param(group, marks=MARKS[group]) for group in GROUPS])
def test_everything_is_sent(received: Callable[[str], Outcome], group: str) -> None:
    ran, found = received(group)
    lost = [failure for failure in ran.json["failures"] if failure["error"] != "PartlyReadable"]
    assert lost == []
    gaps = {name: [(a.end_ms, b.start_ms) for a, b in itertools.pairwise(clips)] for name, clips in found.items()}
    assert [name for name, pairs in gaps.items() if any(end != start for end, start in pairs)] == []
    assert sorted(found) == sorted(GROUPS[group])


@pytest.mark.parametrize(
    ("group", "name"),
    [pytest.param(group, name, id=name, marks=MARKS[group]) for group, names in GROUPS.items() for name in names],
)
def test_every_mark_is_where_a_player_shows_it(received: Callable[[str], Outcome], group: str, name: str) -> None:
    clips = received(group)[1][name]
    wrong = [f"{clip.start_ms}: {fault}" for clip in clips for fault in _faults(clip, KINDS[name])]
    assert wrong == []


def _faults(clip: Received, kind: Kind) -> Iterator[str]:
    """Say what of a clip is not where it belongs."""
    length_s = (clip.end_ms - clip.start_ms) / 1000
    if clip.is_seen:
        frames = zoo.seconds_seen(clip.path)
        planned = round(length_s * clip.fps)
        if len(frames) != planned:
            yield f"{len(frames)} frames of {planned}"
        step = 1 / clip.fps
        for number, frame in enumerate(frames):
            at_s = clip.start_ms / 1000 + number * step
            if not kind.seen_from <= at_s < kind.seconds:
                continue
            near = {kind.story(max(0.0, at_s + off)) for off in (0.0, -step, step)}
            if None not in near and frame not in {second % zoo.LEVELS for second in near if second is not None}:
                yield f"the picture at {at_s:.2f} s is of {frame}, not of {sorted(near)}"  # type: ignore[type-var]
    if clip.is_heard:
        wave = samples(clip.path)
        if abs(len(wave) / RATE - length_s) > 0.065:  # a frame of AAC
            yield f"{len(wave) / RATE:.3f} s of sound in {length_s:.3f} s"
        yield from _tones(wave, clip, kind)


def _tones(wave: NDArray[np.float32], clip: Received, kind: Kind) -> Iterator[str]:
    """Listen just before and just after each mark, as near as it may be off."""
    start_s, off_s, window_s = clip.start_ms / 1000, kind.off_ms / 1000, 0.04
    grid = np.arange(start_s, min(clip.end_ms / 1000, kind.seconds), 0.01)
    marks = [now for before, now in itertools.pairwise(grid) if kind.story(before) != kind.story(now)]
    for at_s in (at_s for mark in marks for at_s in (mark - off_s - window_s, mark + off_s)):
        told = {kind.story(max(0.0, at_s + off)) for off in np.arange(0.01 - off_s, off_s + window_s, 0.01)}
        heard = wave[max(0, round((at_s - start_s) * RATE)) :][: round(window_s * RATE)]
        is_whole = at_s >= start_s and len(heard) == round(window_s * RATE) and at_s + window_s < kind.seconds
        if is_whole and len(told) == 1 and zoo.tone(heard) != _modulo(*told):
            yield f"the sound at {at_s:.2f} s is of {zoo.tone(heard)}, not of {told}"


def _modulo(second: int | None) -> int | None:
    return None if second is None else second % zoo.LEVELS

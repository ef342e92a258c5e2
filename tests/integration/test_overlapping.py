"""Segments that overlap: later questions name the speakers of earlier ones, and one transcript comes of all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.asking import ask_values as ask
from tests.support.cli import Ran, reelsheet
from tests.support.media import make_audio, make_video
from tests.support.service import Asked, FakeService, instruction_of
from tests.support.service_specs import KEY

Env = dict[str, str]
PROFILES = "## Speakers and Transcript\nSpeaker profiles:\n"


def talk(asked: Asked) -> str:
    """What the model hears: Ann alone, under her name where it was told, else under another in each segment."""
    name = "Ann" if "Ann - Irish, warm" in asked.instruction else f"Voice {asked.duration_ms}"
    if not asked.is_heard:
        return "## Speakers and Transcript\nNo speech appears.\n"
    lines = (
        f"00:{second:02d}.000 - 00:{second + 1:02d}.500\nSpeaker: {name}\nContent: “Word {second} of it.”\n"
        for second in range(0, min(58, asked.duration_ms // 1000 - 2), 4)
    )
    return f"{PROFILES}{name} - Irish, warm\n\n" + "\n".join(lines)


@pytest.fixture
def service() -> Iterator[FakeService]:
    """A service that hears talk."""
    with FakeService(api_key=KEY, answer=talk) as running:
        yield running


def analyzed(env: Env, dataset: Path, recording: Path, *options: object) -> Ran:
    words = ("--settle", "0", "--prompt", "subtitle", "--scenario", "fine", "--json", recording, *options)
    return reelsheet("analyze", "--dataset", dataset, *words, env=env)


def test_later_segments_are_told_who_spoke(env: Env, service: FakeService, dataset: Path) -> None:
    ran = analyzed(env, dataset, make_audio(dataset.parent, "talk.wav", seconds=160))
    assert (ran.status, ran.json["segments"]["ok"]) == (0, 3)
    told = sorted("heard earlier" in instruction_of(request.body) for request in service.requests)
    assert told == [False, True, True]
    [(speaker,)] = ask(dataset, "SELECT speaker FROM current_speakers")
    assert ask(dataset, "SELECT DISTINCT speaker FROM current_transcript") == [(speaker,)]


def test_windows_cover_the_recording_once(env: Env, service: FakeService, dataset: Path) -> None:
    analyzed(env, dataset, make_audio(dataset.parent, "talk.wav", seconds=130))
    rows = ask(dataset, "SELECT start_ms, owned_start_ms, owned_end_ms, end_ms FROM current_segments ORDER BY seq")
    assert (rows[0][1], rows[-1][2]) == (0, 130_000)
    assert [row[2] for row in rows[:-1]] == [row[1] for row in rows[1:]]
    assert all(start <= own <= owned_end <= end for start, own, owned_end, end in rows)


def test_of_a_video_the_sound_alone_is_sent(env: Env, service: FakeService, dataset: Path) -> None:
    film = make_video(dataset.parent, "film.mp4", seconds=6)
    assert analyzed(env, dataset, film).status == 0
    [request] = service.requests
    assert [seen.modality for seen in request.seen] == ["audio"]
    assert ask(dataset, "SELECT video_sent, audio_sent FROM segments") == [("absent", "sent")]


def test_a_second_run_asks_nothing(env: Env, service: FakeService, dataset: Path) -> None:
    recording = make_audio(dataset.parent, "talk.wav", seconds=130)
    analyzed(env, dataset, recording)
    asked = len(service.requests)
    again = analyzed(env, dataset, recording)
    assert (again.json["recordings"]["skipped"], len(service.requests)) == (1, asked)

"""How far an analysis is."""

from __future__ import annotations

import pytest

from engine.progress import HEAR, TRANSCRIBE, Progress


def test_the_share_is_that_of_what_takes_longer() -> None:
    assert Progress(1_000).share == 0
    assert Progress(1_000, picture=0.5).share == 0.5
    assert Progress(1_000, picture=0.5, sound=0.9).share == 0.5


def test_parts_of_listening_count_by_how_long_they_take() -> None:
    progress = Progress(60_000)
    progress.begin_sound([HEAR, TRANSCRIBE])
    progress.begin_part("sounds")
    progress.end_part()
    progress.begin_part("words")
    progress.heard(0.5)
    assert progress.share == pytest.approx((HEAR + TRANSCRIBE / 2) / (HEAR + TRANSCRIBE))
    progress.heard(2.0)
    assert progress.share == 1


def test_the_status_is_for_whoever_asks() -> None:
    assert Progress(10_000, picture=0.25, sound=0.5, hearing="words").as_json() == {
        "duration_ms": 10_000,
        "share": 0.25,
        "picture_ms": 2_500,
        "sound": 0.5,
        "hearing": "words",
    }

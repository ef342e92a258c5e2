"""The sample recordings are small, their origin is named, and what is said to be true of them can be."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
TRUTH: dict[str, dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
RECORDINGS = sorted(path for path in SAMPLES.iterdir() if path.suffix in {".mp4", ".m4a", ".mp3", ".wav", ".mkv"})

each_recording = pytest.mark.parametrize("truth", TRUTH.values(), ids=TRUTH.keys())


def spans(truth: dict[str, Any], table: str) -> list[tuple[int, int]]:
    return [(row["start_ms"], row["end_ms"]) for row in truth[table]]


def test_all_samples_together_stay_under_five_megabytes() -> None:
    assert sum(path.stat().st_size for path in RECORDINGS) < 5_000_000


def test_there_is_a_truth_for_every_sample_and_a_sample_for_every_truth() -> None:
    assert [path.name for path in RECORDINGS] == sorted(TRUTH)


@pytest.mark.parametrize("name", TRUTH)
def test_the_notice_names_every_sample(name: str) -> None:
    assert name in (ROOT / "NOTICE").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", ["transcript", "captions", "sounds"])
@each_recording
def test_times_are_in_order_and_inside_the_recording(truth: dict[str, Any], table: str) -> None:
    found = spans(truth, table)
    assert all(0 <= start < end <= truth["duration_ms"] for start, end in found)
    assert found == sorted(found, key=lambda span: span[0])


@each_recording
def test_one_utterance_ends_before_the_next_begins(truth: dict[str, Any]) -> None:
    assert all(one[1] <= other[0] for one, other in pairwise(spans(truth, "transcript")))


@each_recording
def test_kinds_of_sound_follow_each_other_from_start_to_end(truth: dict[str, Any]) -> None:
    found = spans(truth, "sounds")
    assert found[0][0] == 0
    assert found[-1][1] == truth["duration_ms"]
    assert all(one[1] == other[0] for one, other in pairwise(found))


@each_recording
def test_words_are_said_only_where_there_is_speech(truth: dict[str, Any]) -> None:
    speech = [
        span for span, row in zip(spans(truth, "sounds"), truth["sounds"], strict=True) if row["kind"] == "speech"
    ]
    for start, end in spans(truth, "transcript"):
        assert any(first <= start and end <= last for first, last in speech)


@each_recording
def test_cuts_are_in_order_and_inside_the_recording(truth: dict[str, Any]) -> None:
    assert truth["shots"] == sorted(set(truth["shots"]))
    assert all(0 < cut < truth["duration_ms"] for cut in truth["shots"])


@each_recording
def test_every_text_stays_long_enough_to_be_read(truth: dict[str, Any]) -> None:
    assert all(end - start >= 2_500 for start, end in spans(truth, "captions"))


def test_the_main_sample_has_all_that_a_newcomer_should_see() -> None:
    truth = TRUTH["harbour-day.mp4"]
    texts = "".join(row["text"] for row in truth["captions"])
    silences = [row["end_ms"] - row["start_ms"] for row in truth["sounds"] if row["kind"] == "silence"]
    assert truth["duration_ms"] > 60_000
    assert len(truth["shots"]) >= 4
    assert len({row["speaker"] for row in truth["transcript"]}) == 2
    assert {row["kind"] for row in truth["sounds"]} == {"speech", "music", "silence"}
    assert max(silences) >= 4_000
    assert any("a" <= letter <= "z" for letter in texts)
    assert any("一" <= letter <= "鿿" for letter in texts)

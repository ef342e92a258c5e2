"""Every violation of a style is found, with its value and limit, and judged."""

from __future__ import annotations

import random

import pytest

from bench.subtitle_talk import sentence
from tasks.subtitles.cue import Cue, CueLine, Speech, Turn
from tasks.subtitles.cues import make_cues
from tasks.subtitles.invented import Dropped
from tasks.subtitles.qc import check_cues, dropped_rows
from tests.support.subtitle_layouts import layout_of

CROWDED = ("Sixty characters are three seconds", "of reading, both together.")


def cue(start: int, end: int, *lines: str, speaker: str = "") -> Cue:
    turn = Turn(speaker, " ".join(lines))
    return Cue(start, end, (turn,), tuple(CueLine(speaker, line) for line in lines))


def found(*cues: Cue) -> list[tuple[int | None, str, float, float, bool]]:
    return [(one.cue, one.rule, one.value, one.limit, one.mendable) for one in check_cues(cues, layout_of())]


def test_check_cues_finds_nothing_wrong() -> None:
    assert found(cue(0, 2000, "Good morning."), cue(2084, 4000, "Good night.")) == []


@pytest.mark.parametrize(
    ("one", "violation"),
    [
        (cue(0, 3000, "word " * 9 + "word"), (1, "line_length", 49, 42, True)),
        (cue(0, 3000, "x" * 50), (1, "line_length", 50, 42, False)),
        (cue(0, 3000, "a", "b", "c"), (1, "line_count", 3, 2, True)),
        (cue(0, 8000, "Slow."), (1, "max_duration", 8000, 7000, True)),
        (cue(0, 500, "Fast."), (1, "min_duration", 500, 834, True)),
        (cue(0, 1000, "Twenty-four letters now."), (1, "reading_speed", 24, 20, True)),
    ],
)
def test_check_cues_finds_what_is_wrong_with_one(one: Cue, violation: tuple[int, str, float, float, bool]) -> None:
    assert found(one) == [violation]


@pytest.mark.parametrize(
    ("start", "violation"),
    [
        (1900, (1, "overlap", 100, 0, True)),
        (2050, (1, "min_gap", 50, 84, True)),
        (2300, (1, "open_gap", 300, 500, True)),
    ],
)
def test_check_cues_finds_what_is_wrong_between_two(start: int, violation: tuple[int, str, float, float, bool]) -> None:
    assert found(cue(0, 2000, "Good morning."), cue(start, 5000, "Good night.")) == [violation]


def test_check_cues_calls_a_gap_open_for_good_where_the_cue_is_long() -> None:
    assert found(cue(0, 7000, "Good morning."), cue(7300, 9000, "Good night.")) == [(1, "open_gap", 300, 500, False)]


def test_check_cues_calls_a_crowded_cue_lost() -> None:
    crowded = cue(0, 1000, *CROWDED), cue(1084, 5084, *CROWDED)
    assert [(number, rule, mendable) for number, rule, _, _, mendable in found(*crowded)] == [
        (1, "reading_speed", False)
    ]


def test_check_cues_sees_that_a_neighbour_could_take_a_cue_in() -> None:
    assert found(cue(0, 400, "No."), cue(484, 3000, "I am quite sure.")) == [(1, "min_duration", 400, 834, True)]


def test_dropped_rows_say_why_and_how_often() -> None:
    [row] = dropped_rows([Dropped(Speech(0, 900, "", "Yeah."), "loop", 9)])
    assert (row.cue, row.rule, row.value, row.limit, row.mendable) == (None, "loop", 9, 8, False)


@pytest.mark.parametrize("style", ["netflix", "bbc", "youtube"])
def test_dense_talk_leaves_nothing_to_mend(style: str) -> None:
    chance, speech, now = random.Random(1), list[Speech](), 0
    while now < 300_000:
        text = sentence(chance)
        speech.append(Speech(now, now := now + 50 * (len(text) + 1), "", text))
    layout = layout_of(style=style)
    violations = check_cues(make_cues(speech, layout), layout)
    assert [one for one in violations if one.mendable] == []

"""A translation comes back line by line under its own numbers, or is asked for again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.subtitles.translation import (
    Translation,
    doubtful,
    number_lines,
    read_translation,
)

ASKED = {1: "Good morning.", 2: "Are you ready?", 3: "We sail at 6.", 4: "Bring the 2 lamps!"}
GERMAN = {1: "Guten Morgen.", 2: "Bist du bereit?", 3: "Wir segeln um 6.", 4: "Bring die 2 Lampen!"}


@pytest.mark.parametrize(
    "answer",
    [
        "1. Guten Morgen.\n2. Bist du bereit?\n3. Wir segeln um 6.\n4. Bring die 2 Lampen!",
        "Here you are:\n\n1) Guten Morgen.\n2) Bist du bereit?\n3) Wir segeln um 6.\n4) Bring die 2 Lampen!\n",
        "[1] Guten Morgen.\n[2] Bist du bereit?\n[3] Wir segeln\num 6.\n[4] Bring die 2 Lampen!",
        "**1.** Guten Morgen.\n2：Bist du bereit?\n3、Wir segeln um 6.\n4. Bring die 2 Lampen!\nGern geschehen!",
    ],
)
def test_read_translation_reads_numbers_as_models_write_them(answer: str) -> None:
    assert read_translation(answer, ASKED) == Translation(GERMAN, ())


def test_read_translation_lists_what_is_missing() -> None:
    assert read_translation("1. Guten Morgen.\n3. Wir segeln um 6.\n4.", ASKED).missing == (2, 4)


def test_read_translation_asks_again_for_what_came_in_two_ways() -> None:
    found = read_translation("1. Guten Morgen.\n1. Guten Tag.\n2. Bist du bereit?", {1: ASKED[1], 2: ASKED[2]})
    assert (found.lines, found.missing) == ({2: "Bist du bereit?"}, (1,))


def test_read_translation_believes_no_line_that_moved_up() -> None:
    moved = "1. Guten Morgen, bist du bereit?\n2. Wir segeln um 6.\n3. Bring die 2 Lampen!"
    assert read_translation(moved, ASKED).missing == (1, 2, 3, 4)


def test_read_translation_believes_lines_that_only_stop_early() -> None:
    assert read_translation("1. Guten Morgen.\n2. Bist du bereit?\n3. Wir segeln um 6.", ASKED).missing == (4,)


@given(st.dictionaries(st.integers(1, 500), st.text(st.characters(categories=["L"]), min_size=1), min_size=1))
def test_read_translation_reads_what_number_lines_writes(lines: dict[int, str]) -> None:
    assert read_translation(number_lines(lines), lines) == Translation(lines, ())


@given(st.text(max_size=200))
def test_read_translation_keeps_to_the_numbers_asked_for(answer: str) -> None:
    found = read_translation(answer, ASKED)
    assert sorted([*found.lines, *found.missing]) == list(ASKED)


@pytest.mark.parametrize(
    "answer",
    [
        "1. Guten\n2. Morgen.\n3. Bist du bereit?\n4. Wir segeln um 6.\n5. Bring die 2 Lampen!",  # one was divided
        "0. Guten Morgen.\n1. Bist du bereit?\n2. Wir segeln um 6.\n3. Bring die 2 Lampen!",
        "2. Bist du bereit?\n1. Guten Morgen.\n3. Wir segeln um 6.\n4. Bring die 2 Lampen!",
    ],
)
def test_read_translation_believes_nothing_of_other_numbers(answer: str) -> None:
    assert read_translation(answer, ASKED).missing == (1, 2, 3, 4)


def test_read_translation_sees_lines_moved_within_an_answer() -> None:
    asked = {number: f"We sail at {number + 4} o'clock." for number in range(1, 8)}
    moved = [(1, "5"), (2, "6 und 7"), (3, "8"), (4, "9"), (5, "10 ..."), (6, "10"), (7, "11")]
    answer = "\n".join(f"{number}. Wir segeln um {hour} Uhr." for number, hour in moved)
    assert read_translation(answer, asked).lines == {1: "Wir segeln um 5 Uhr.", 7: "Wir segeln um 11 Uhr."}


def test_read_translation_leaves_out_the_line_it_was_cut_in() -> None:
    found = read_translation("1. Guten Morgen.\n2. Bist du", ASKED, is_cut=True)
    assert (found.lines, found.missing) == ({1: "Guten Morgen."}, (2, 3, 4))


def test_read_translation_keeps_chatter_out_of_lines() -> None:
    answer = (
        "Gern!\n1. Guten Morgen.\nUnd weiter:\n2. Bist du bereit?\n3. Wir segeln um 6.\n4. Bring 2 Lampen\n\nFertig."
    )
    assert list(read_translation(answer, ASKED).lines.values()) == [
        *("Guten Morgen.", "Bist du bereit?", "Wir segeln um 6.", "Bring 2 Lampen")
    ]


def test_read_translation_asks_again_where_an_end_is_unclear() -> None:
    assert read_translation("1. Guten Morgen.\n2. Ja\nIch hoffe, das hilft!", {1: "Morning.", 2: "Yes"}).missing == (2,)


@pytest.mark.parametrize("answer", ["7. Ja.", "1. Ja.", "Sure:\n1. Ja.\n\nAnything else?"])
def test_read_translation_takes_a_single_line_under_any_number(answer: str) -> None:
    assert read_translation(answer, {3: "Yes."}).lines == {3: "Ja."}


def test_doubtful_lists_lines_before_missing_ones() -> None:
    assert doubtful([1, 2, 3, 4], Translation({1: "a", 2: "b", 4: "d"}, (3,))) == (2,)

"""A translation comes back line by line under its own numbers, or is asked for again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.subtitles.translation import (
    Translation,
    glossary_lines,
    merge_translations,
    number_lines,
    read_glossary,
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
        "**1.** Guten Morgen.\n2：Bist du bereit?\n3、Wir segeln um 6.\n4. Bring die 2 Lampen!\n5. Danke.",
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


def test_merge_translations_fills_what_was_missing() -> None:
    both = merge_translations(Translation({1: "a", 3: "c"}, (2, 4)), Translation({2: "b"}, (4,)))
    assert both == Translation({1: "a", 2: "b", 3: "c"}, (4,))


def test_read_glossary_reads_terms_in_three_ways() -> None:
    assert read_glossary("# boats\nquay = Kai\npilot\tLotse\n\ntide -> Flut") == {
        "quay": "Kai",
        "pilot": "Lotse",
        "tide": "Flut",
    }


def test_read_glossary_names_the_line_that_is_wrong() -> None:
    with pytest.raises(ValueError, match='in line 2 of the glossary, found "pilot"'):
        read_glossary("quay = Kai\npilot")


def test_glossary_lines_gives_what_occurs() -> None:
    assert glossary_lines({"Quay": "Kai", "tide": "Flut"}, {1: "On the quay."}) == ["Quay = Kai"]

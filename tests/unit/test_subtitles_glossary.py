"""Terms come from a file and from answers, and only those that hold are kept."""

from __future__ import annotations

import pytest

from tasks.subtitles.glossary import confirmed_terms, glossary_lines, read_glossary, split_terms


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


def test_split_terms_finds_them_under_any_heading() -> None:
    answer = "1. Am Kai.\n\n**TERMS**\n- quay = Kai\n- nothing here"
    assert split_terms(answer) == ("1. Am Kai.", {"quay": "Kai"})


def test_confirmed_terms_drops_what_lines_do_not_show() -> None:
    claimed = {"quay": "Mole", "tide": "Flut", "moon": "Mond"}
    assert confirmed_terms(claimed, {1: "The quay.", 2: "High tide."}, {1: "Der Kai.", 2: "Flut."}) == {"tide": "Flut"}

"""Word lists: what is read from a file, and where words count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.errors import UsageError
from tasks.moderation.word_list import ListedWord, Passage, find_words, parse_words, read_words
from tasks.records import Span
from tests.support.findings import DEFAULT, policy


def found(word: str, text: str) -> bool:
    return bool(find_words([Passage("s0", Span(0, 1000), text, "speech")], [ListedWord(word, "other")]))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("blockhead", "You BLOCKHEAD!"),
        ("blockhead", "“blockhead”, he said"),
        ("straße", "STRASSE"),
        ("café", "the cafe\u0301 is shut"),
        ("ＡＢＣ", "abc"),
        ("buy now", "Buy   NOW, friends"),
        ("c++", "learn c++ now"),
        ("笨蛋", "你这个笨蛋吗"),
        ("ばか", "それはばかげている"),
        ("바보", "바보야!"),
        ("โง่", "คุณโง่มาก"),
        ("дурак", "Ты ДУРАК."),
    ],
)
def test_a_word_is_found(word: str, text: str) -> None:
    assert found(word, text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ass", "a class of its own"),
        ("ass", "assets"),
        ("head", "blockhead"),
        ("дура", "Ты дурак"),
        ("buy now", "buynow"),
    ],
)
def test_a_part_of_a_word_is_none(word: str, text: str) -> None:
    assert not found(word, text)


def test_a_finding_says_where_and_what() -> None:
    passage = Passage("s1", Span(5000, 7000), "You blockhead, he said.", "text")
    [one] = find_words([passage], [ListedWord("blockhead", "hate.slur")])
    assert (one.segment_id, one.span, one.label, one.modality, one.source, one.severity, one.evidence) == (
        "s1",
        Span(5000, 7000),
        "hate.slur",
        "text",
        "word_list",
        None,
        "“blockhead” in “You blockhead, he said.”",
    )


def test_of_a_long_text_what_stands_around_the_word_is_evidence() -> None:
    [one] = find_words(
        [Passage("s0", None, "a " * 200 + "blockhead" + " b" * 200, "speech")], [ListedWord("blockhead", "x")]
    )
    assert one.evidence.count("a ") <= 42
    assert "… blockhead" not in one.evidence
    assert " blockhead " in one.evidence


def test_a_list_has_remarks_labels_and_phrases() -> None:
    lines = ["# mine", "", "blockhead", "[hate.slur]", "  two   words ", "two words"]
    assert parse_words(lines, policy()) == (ListedWord("blockhead", "other"), ListedWord("two words", "hate.slur"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[hat]\nx", r'line 1: expected a label of the policy test \(hate, .*\), found "hat"'),
        ("# nothing\n", "has no words: write one on each line"),
    ],
)
def test_a_list_that_cannot_be_used_is_explained(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_words(path, policy())


def test_a_list_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_words(tmp_path / "none.txt", DEFAULT)

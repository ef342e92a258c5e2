"""Where a line may break, and how badly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.subtitles.chunks import BAD, BEFORE_CLAUSE, CLAUSE, GLUED, NAME, PLAIN, SENTENCE, chunk_text
from tests.support.subtitle_layouts import layout_of


def badness(text: str, language: str = "en") -> list[int]:
    return [chunk.after for chunk in chunk_text(text, layout_of(language))[:-1]]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("12 000 boats", "en", [GLUED, PLAIN]),
        ("1 200 000 Euro", "de", [GLUED, GLUED, PLAIN]),
        ("50 % rain", "en", [GLUED, PLAIN]),
        ("3 million boats", "en", [GLUED, PLAIN]),
        ("$ 5", "en", [GLUED]),
        ("No. 5", "en", [GLUED]),
        ("J. R. Hartley", "en", [GLUED, GLUED]),
        ("Mr. Hartley", "en", [GLUED]),
        ("the boat", "en", [GLUED]),
        ("“The boat”", "en", [GLUED]),
        ("eine Frau", "de", [GLUED]),
        ("la femme", "fr", [GLUED]),
        ("Quoi ? Non", "fr", [GLUED, SENTENCE]),
        ("« Oui »", "fr", [GLUED, GLUED]),
        ("15 h 30", "fr", [GLUED, GLUED]),
        ("January 12, 1952", "en", [NAME, GLUED]),
        ("am 3. November", "de", [GLUED, GLUED]),
        ("3. listopadu", "cs", [GLUED]),
        ("pan Kowalski", "pl", [GLUED]),
        ("घर में", "hi", [GLUED]),
        ("bu da", "tr", [GLUED]),
        ('ד"ר כהן', "he", [GLUED]),
    ],
)
def test_chunk_text_glues_what_belongs_together(text: str, language: str, expected: list[int]) -> None:
    assert badness(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stop. Go", [SENTENCE]),
        ("etc. and", [CLAUSE]),
        ("Well… maybe", [CLAUSE]),
        ("Well, maybe", [CLAUSE]),
        ("boats and", [BEFORE_CLAUSE]),
        ("big boats", [PLAIN]),
        ("Morning Star", [NAME]),
        ("they sailed", [BAD]),
        ("of boats", [BAD]),
        ("some of", [BAD]),
        ("boats of", [PLAIN]),
        ("ship that", [BEFORE_CLAUSE]),
        ("in 12. Then", [BAD, SENTENCE]),
    ],
)
def test_chunk_text_ranks_breaks(text: str, expected: list[int]) -> None:
    assert badness(text) == expected


def test_chunk_text_divides_chinese_into_phrases() -> None:
    chunks = chunk_text("我们在2026年去了北京（中国）。", layout_of("zh"))
    assert [chunk.text for chunk in chunks] == ["我们", "在", "2026年", "去", "了", "北京", "（中国）。"]


def test_chunk_text_never_begins_a_chinese_line_with_a_particle() -> None:
    chunks = {chunk.text: chunk.after for chunk in chunk_text("我们去了北京", layout_of("zh"))}
    assert chunks["去"] == GLUED


def test_chunk_text_divides_thai_into_words() -> None:
    chunks = chunk_text("วันนี้อากาศดีมาก", layout_of("th"))
    assert [chunk.text for chunk in chunks] == ["วัน", "นี้", "อากาศ", "ดี", "มาก"]


def test_chunk_text_divides_a_phrase_that_is_wider_than_a_line() -> None:
    chunks = chunk_text("スーパーカリフラジリスティックエクスピアリドーシャス", layout_of("ja"))
    assert max(len(chunk.text) for chunk in chunks) <= 3


def test_chunk_text_keeps_a_long_latin_word_whole() -> None:
    [chunk] = chunk_text("https://example.org/a/path/that/does/not/end/here", layout_of("en"))
    assert chunk.text == "https://example.org/a/path/that/does/not/end/here"


def test_chunk_text_keeps_an_address_whole_in_japanese() -> None:
    chunks = chunk_text("URLはhttps://example.org/ja/manualです。", layout_of("ja"))
    assert [chunk.text for chunk in chunks][:2] == ["URLは", "https://example.org/ja/manual"]


def test_chunk_text_breaks_behind_a_dash_without_spaces() -> None:
    assert [chunk.text for chunk in chunk_text("yes—no", layout_of("en"))] == ["yes—", "no"]


@given(st.text(max_size=80), st.sampled_from(["en", "zh", "ja", "th", "fr"]))
def test_chunk_text_loses_nothing(text: str, language: str) -> None:
    chunks = chunk_text(text, layout_of(language))
    joined = "".join(f" {chunk.text}" if chunk.spaced else chunk.text for chunk in chunks)
    assert "".join(joined.split()) == "".join(text.replace("\u200b", "").split())

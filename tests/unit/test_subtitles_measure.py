"""Text is measured as style guides count it."""

from __future__ import annotations

import pytest

from tasks.subtitles.measure import graphemes, join_texts, text_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("Good morning.", 13),
        ("cafe\u0301", 4),  # an accent of its own takes no room
        ("ภาษาไทยสวยที่สุด", 13),  # nor do vowels and tones above and below
        ("שָׁלוֹם", 4),  # nor do points
        ("a\u200fb", 2),  # nor do direction marks
    ],
)
def test_text_width_counts_what_takes_room(text: str, width: float) -> None:
    assert text_width(text, "characters") == width


@pytest.mark.parametrize(
    ("text", "width"), [("日本語", 3), ("ABC", 1.5), ("第3章", 2.5), ("한국어 좋아", 5.5), ("“引用”…", 5)]
)
def test_text_width_halves_half_width_characters(text: str, width: float) -> None:
    assert text_width(text, "half_width") == width


def test_graphemes_keep_marks_and_joined_emoji_whole() -> None:
    assert graphemes("né👩‍🚀") == ["n", "é", "👩‍🚀"]


def test_join_texts_puts_a_space_between_words_only() -> None:
    assert [join_texts("你好。", "再见"), join_texts("안녕", "친구"), join_texts("中文", "and")] == [
        "你好。再见",
        "안녕 친구",
        "中文 and",
    ]

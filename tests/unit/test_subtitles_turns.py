"""The lines of a cue: at clauses, balanced, with dashes and names."""

from __future__ import annotations

import pytest

from tasks.subtitles.cue import CueLine, Turn
from tasks.subtitles.turns import join_turns, lay_out, needed_ms
from tests.support.subtitle_layouts import layout_of


def lines(text: str, language: str = "en") -> list[str]:
    return [line.text for line in lay_out((Turn("", text),), layout_of(language)) or ()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("All of this fits on one single line.", ["All of this fits on one single line."]),
        (
            "I went to the house because my mother had asked me.",
            ["I went to the house", "because my mother had asked me."],
        ),
        (
            "When the rain stopped, we sailed to the island.",
            ["When the rain stopped,", "we sailed to the island."],
        ),
        (
            "He bought exactly twelve of them, or 12 000 in all.",
            ["He bought exactly twelve of them,", "or 12 000 in all."],
        ),
    ],
)
def test_lay_out_breaks_at_clauses(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


def test_lay_out_balances_lines() -> None:
    first, second = lines("seven eight nine ten eleven twelve thirteen fourteen")
    assert abs(len(first) - len(second)) <= 6


def test_lay_out_measures_chinese_by_width() -> None:
    assert lines("这座灯塔建于1902年，知道它的人并不多。", "zh") == ["这座灯塔建于1902年，", "知道它的人并不多。"]


def test_lay_out_leaves_right_to_left_text_as_it_is() -> None:
    text = "ذهبت إلى البيت لأن أمي طلبت مني أن أحضر المفاتيح معي."
    assert " ".join(lines(text, "ar")) == text


def test_lay_out_gives_two_speakers_a_line_each() -> None:
    laid = lay_out((Turn("Ann", "Ready?", label=True), Turn("Bob", "Yes.", label=True)), layout_of(labels="change"))
    assert laid == (CueLine("Ann", "-Ann: Ready?"), CueLine("Bob", "-Bob: Yes."))


def test_lay_out_says_where_words_do_not_fit() -> None:
    assert lay_out((Turn("", "word " * 30),), layout_of()) is None


def test_lay_out_has_no_room_for_three_speakers() -> None:
    assert lay_out([Turn(name, "Yes.") for name in "abc"], layout_of()) is None


def test_join_turns_keeps_the_first_name() -> None:
    assert join_turns([Turn("Ann", "So", True)], [Turn("Ann", "be it.", True)]) == (Turn("Ann", "So be it.", True),)


def test_needed_ms_counts_no_line_breaks() -> None:
    halves = (CueLine("", "a" * 20), CueLine("", "b" * 20))
    assert needed_ms(halves, layout_of()) == 2000


def test_needed_ms_is_slower_to_read_in_japanese_than_for_sdh() -> None:
    words = (CueLine("", "これは日本語です"),)
    assert [needed_ms(words, layout_of("ja", sdh=sdh)) for sdh in (False, True)] == [2000, 1143]

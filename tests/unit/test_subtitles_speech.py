"""Utterances become speech: clean, timed, with sounds or without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.records import Span, Utterance
from tasks.subtitles.speech import clean, place_times, to_speech, with_sounds
from tests.support.subtitle_layouts import layout_of


def said(text: str, start: int | None = None, end: int | None = None) -> Utterance:
    return Utterance(start, end, "Ann", "", text, "missing" if start is None else "model")


def times(*utterances: Utterance, until: int = 10_000) -> list[tuple[int | None, int | None]]:
    return [(one.start_ms, one.end_ms) for one in place_times(utterances, Span(0, until))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" a \n b ", "a b"),
        ("a\x00b\x1f", "ab"),
        ("a\ud800b", "ab"),
        ("你\n好", "你好"),
        ("قل\u200cها", "قل\u200cها"),  # Persian needs its joiner
    ],
)
def test_clean_gives_one_line(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "with_them", "without"),
    [
        ("[door slams]", "[door slams]", ""),
        ("(applause)", "[applause]", ""),
        ("Well, [sighs] yes.", "Well, [sighs] yes.", "Well, yes."),
        ("【音楽】", "[音楽]", ""),
        ("*laughs* No.", "[laughs] No.", "No."),
        ("See (page 4).", "See (page 4).", "See (page 4)."),
        ("2 * 3 * 4", "2 * 3 * 4", "2 * 3 * 4"),
        ("♪ la la ♪", "♪ la la ♪", "♪ la la ♪"),
    ],
)
def test_with_sounds_brackets_or_leaves_out(text: str, with_them: str, without: str) -> None:
    assert (with_sounds(text, sdh=True), with_sounds(text, sdh=False)) == (with_them, without)


def test_place_times_fills_a_gap_between_neighbours() -> None:
    assert times(said("a", 0, 1000), said("b" * 20), said("c", 5000, 6000))[1] == (1000, 2300)


def test_place_times_shares_where_there_is_no_gap() -> None:
    assert times(said("a" * 10, 0, 2000), said("b" * 10), said("c", 2000, 3000))[:2] == [(0, 1000), (1000, 2000)]


def test_place_times_goes_back_from_the_first_time() -> None:
    assert times(said("a" * 10), said("b", 5000, 6000))[0] == (4350, 5000)


def test_place_times_spreads_what_has_no_time_at_all() -> None:
    assert times(said("a"), said("b"), until=2) == [(0, 1), (1, 2)]


def test_place_times_makes_a_point_a_stretch() -> None:
    assert times(said("a" * 10, 1000, 1000), said("b" * 10, 1400, 1400)) == [(1000, 1400), (1400, 2050)]


@given(st.lists(st.tuples(st.none() | st.integers(0, 9000), st.integers(0, 900)), max_size=12))
def test_place_times_leaves_no_utterance_without(starts: list[tuple[int | None, int]]) -> None:
    utterances = [said("word", start, None if start is None else start + length) for start, length in starts]
    placed = place_times(utterances, Span(0, 10_000))
    assert [one.text for one in placed] == [one.text for one in utterances]
    assert all(one.start_ms is not None and one.end_ms is not None and one.start_ms < one.end_ms for one in placed)


def test_to_speech_leaves_out_what_has_no_words() -> None:
    assert to_speech([said("[door]", 0, 500), said(" ", 600, 700)], Span(0, 1000), layout_of()) == ()

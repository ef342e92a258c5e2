"""Lines of speech, their words, their speakers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.findings import Stretch, Utterance
from engine.hearing import agreed
from engine.listening import Line, grouped, utterances
from engine.voices import Turn, divided
from engine.wording import likeness, shared_out, tidied


def line(start_ms: int, end_ms: int, text: str = "word", speaker: int | None = None) -> Line:
    return Line(Stretch(start_ms, end_ms), speaker, text)


# --- words and times -------------------------------------------------------------------------------------------


def test_the_words_of_the_long_reading_go_to_the_lines_that_sound_like_them() -> None:
    reading = "It was the epoch of incredulity. It was the season of light."
    assert shared_out(reading, ["That was the epoch of incredulity.", "It was a season of light,"]) == [
        "It was the epoch of incredulity.",
        "It was the season of light.",
    ]


def test_a_line_that_the_long_reading_does_not_confirm_gets_no_words() -> None:
    assert shared_out("we had everything before us", ["we had everything", "before us", "You"])[2] == ""


def test_a_long_reading_that_repeats_itself_is_not_trusted() -> None:
    lines = ["for good", "or for evil"]
    assert shared_out("for good or for evil " * 5, lines) == lines


def test_a_long_reading_about_something_else_is_not_trusted() -> None:
    lines = ["the harbour at night", "boats come in"]
    assert shared_out("thank you very much everyone", lines) == lines


@given(st.text(max_size=60), st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_sharing_out_always_gives_one_text_per_line(reading: str, lines: list[str]) -> None:
    assert len(shared_out(reading, lines)) == len(lines)


def test_doubled_commas_are_tidied() -> None:
    assert tidied("In short,,  the period ") == "In short, the period"


def test_blanks_and_case_do_not_make_texts_unlike() -> None:
    assert likeness("FISH MARKET", "fishmarket") == 1.0


# --- grouping --------------------------------------------------------------------------------------------------


def test_lines_with_short_pauses_are_read_together() -> None:
    assert [len(group) for group in grouped([line(0, 900), line(1_200, 2_000), line(4_000, 5_000)])] == [2, 1]


def test_a_group_is_never_longer_than_one_reading() -> None:
    lines = [line(start, start + 4_900) for start in range(0, 60_000, 5_000)]
    groups = list(grouped(lines))
    assert all(group[-1].stretch.end_ms - group[0].stretch.start_ms <= 20_000 for group in groups)
    assert [each for group in groups for each in group] == lines


def test_a_sentence_ends_an_utterance() -> None:
    said = utterances([line(0, 2_500, "It was late."), line(2_600, 4_000, "The boats slept.")], told_apart=False)
    assert [each.text for each in said] == ["It was late.", "The boats slept."]


def test_lines_of_one_sentence_become_one_utterance() -> None:
    said = utterances([line(0, 2_500, "It was late, and"), line(2_600, 4_000, "the boats slept.")], told_apart=False)
    assert said == [Utterance(0, 4_000, None, "It was late, and the boats slept.")]


def test_a_new_speaker_begins_a_new_utterance_and_speakers_count_from_one() -> None:
    said = utterances([line(0, 500, "Who,", 7), line(600, 900, "me?", 3), line(950, 1_500, "you", 7)], told_apart=True)
    assert [(each.speaker, each.text) for each in said] == [(1, "Who,"), (2, "me?"), (1, "you")]


def test_a_line_without_words_is_left_out() -> None:
    assert utterances([line(0, 500, "")], told_apart=True) == []


# --- speakers --------------------------------------------------------------------------------------------------


def test_a_line_is_cut_where_the_speaker_changes() -> None:
    turns = [Turn(0, 1_500, 1), Turn(1_500, 4_000, 2)]
    assert divided(Stretch(100, 3_000), turns) == [(Stretch(100, 1_500), 1), (Stretch(1_500, 3_000), 2)]


def test_a_very_short_turn_belongs_to_its_neighbour() -> None:
    turns = [Turn(0, 1_000, 1), Turn(1_000, 1_200, 2), Turn(1_200, 3_000, 1)]
    assert divided(Stretch(0, 3_000), turns) == [(Stretch(0, 3_000), 1)]


def test_a_line_in_nobodys_turn_has_no_speaker() -> None:
    assert divided(Stretch(0, 1_000), [Turn(5_000, 6_000, 1)]) == [(Stretch(0, 1_000), None)]


# --- two detectors ---------------------------------------------------------------------------------------------


def test_a_line_that_only_one_detector_calls_speech_is_dropped() -> None:
    voice = [Stretch(0, 1_000), Stretch(2_000, 3_000)]
    assert agreed(voice, [Stretch(0, 300), Stretch(2_000, 2_500)]) == [Stretch(2_000, 3_000)]

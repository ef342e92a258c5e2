"""A second language has the times of the first, each line in its place."""

from __future__ import annotations

from tasks.records import Span, Utterance
from tasks.subtitles.bilingual import divide, make_bilingual_track
from tasks.subtitles.layouts import plain_layout
from tasks.subtitles.second_track import lines_to_translate, make_second_track
from tasks.subtitles.track import Source, make_track

EN, DE = plain_layout("en"), plain_layout("de")
SAID = [
    Utterance(900, 3000, "Ann", "", "Good morning.", "model"),
    Utterance(4000, 5000, "", "", "[door]", "model"),
    Utterance(6000, 9000, "Bob", "", "Is it?", "model"),
]
LINES = {0: "Guten Morgen.", 1: "[Tür]", 2: "Wirklich?"}
SOURCE = Source(Span(0, 20_000), [Span(0, 1000)])


def test_lines_to_translate_leave_out_what_nobody_said() -> None:
    invented = [*SAID, Utterance(100, 900, "", "", "Thanks for watching!", "model")]
    assert lines_to_translate(invented, SOURCE, ["Thanks for watching."]) == {
        0: "Good morning.",
        1: "[door]",
        2: "Is it?",
    }


def test_make_second_track_keeps_the_times_of_the_original() -> None:
    first, second = make_track(SAID, SOURCE, EN), make_second_track(SAID, LINES, SOURCE, DE)
    assert [one.start_ms for one in first.track.cues] == [one.start_ms for one in second.track.cues] == [1000, 6000]
    assert [cue.text for cue in second.track.cues] == ["Guten Morgen.", "Wirklich?"]


def test_make_second_track_keeps_words_that_were_put_in_brackets() -> None:
    made = make_second_track(SAID, {**LINES, 2: "(Wirklich?)"}, SOURCE, DE)
    assert made.track.cues[-1].text == "(Wirklich?)"


def test_make_bilingual_track_has_as_many_cues_as_the_longer_language_needs() -> None:
    said = [Utterance(0, 12_000, "", "", "It rained all day.", "model")]
    german = "Es regnete den ganzen Tag, und niemand ging hinaus, solange es so regnete, wie es eben geregnet hat."
    made = make_bilingual_track(said, {0: german}, SOURCE, (EN, DE))
    assert [cue.text.split("\n")[0] for cue in made.track.cues] == ["It rained", "all day."]
    assert " ".join(line for cue in made.track.cues for line in cue.text.split("\n")[1:]) == german


def test_divide_makes_fewer_parts_of_a_single_word() -> None:
    assert divide("Donaudampfschiff", [0.5, 1.0], DE) == ["Donaudampfschiff"]

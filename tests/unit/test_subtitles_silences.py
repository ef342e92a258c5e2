"""Silences of the recording mend the times of utterances, and divide them."""

from __future__ import annotations

import pytest

from tasks.records import Span, Utterance
from tasks.subtitles.cue import Speech
from tasks.subtitles.cues import make_cues
from tasks.subtitles.silences import fit_to_silences
from tasks.subtitles.track import Source, make_track
from tests.support.subtitle_layouts import layout_of

SILENCES = (Span(0, 1000), Span(3000, 3400), Span(6000, 9000))


def fitted(start: int, end: int) -> tuple[int, int, tuple[Span, ...]]:
    [one] = fit_to_silences([Speech(start, end, "", "One, two.")], SILENCES)
    return one.start_ms, one.end_ms, one.pauses


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((1000, 2900), (1000, 2900, ())),
        ((700, 2900), (1000, 2900, ())),
        ((1200, 6500), (1200, 6000, (SILENCES[1],))),
        ((900, 3300), (1000, 3000, ())),
        ((3100, 5000), (3400, 5000, ())),
        ((6500, 8000), (6500, 8000, ())),
        ((0, 900), (0, 900, ())),
        ((1200, 7500), (1200, 7500, (SILENCES[1],))),
        ((3390, 3450), (3390, 3450, ())),
    ],
)
def test_fit_to_silences_moves_edges_to_the_voice(
    said: tuple[int, int], expected: tuple[int, int, tuple[Span, ...]]
) -> None:
    assert fitted(*said) == expected


def shown(text: str, end: int, *pauses: Span) -> list[tuple[int, int, str]]:
    cues = make_cues([Speech(0, end, "", text, pauses=pauses)], layout_of())
    return [(cue.start_ms, cue.end_ms, cue.text.replace("\n", " ")) for cue in cues]


def test_make_cues_begins_a_cue_where_the_voice_sets_in_again() -> None:
    text = "He was not an ill-disposed young man, unless to be rather cold-hearted is to be ill-disposed."
    assert shown(text, 8200, Span(2780, 3500)) == [
        (0, 2780, "He was not an ill-disposed young man,"),
        (3500, 8200, "unless to be rather cold-hearted is to be ill-disposed."),
    ]


def test_make_cues_keeps_short_sentences_together_over_a_short_pause() -> None:
    text = "It was the best of times. It was the worst of times."
    assert shown(text, 3600, Span(1650, 2050)) == [(0, 3600, text)]


def test_make_cues_counts_no_pause_into_the_pace_of_words() -> None:
    text = "We waited for the ferry all that day, and the captain never came to the quay, nor did he send us any word."
    starts = [start for start, _, _ in shown(text, 12_000, Span(2200, 6000))]
    assert starts == [0, 6000]


def test_make_track_begins_with_the_voice_and_not_before() -> None:
    said = [Utterance(400, 3000, "", "", "Good morning to you all.", "model")]
    made = make_track(said, Source(Span(0, 9000), silences=SILENCES), layout_of())
    assert [(one.start_ms, one.end_ms) for one in made.track.cues] == [(1000, 3000)]

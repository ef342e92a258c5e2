"""Cues: no word is lost, none overlap, and every limit that can hold holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.records import Span, Utterance
from tasks.subtitles.cue import Cue, Layout, SpeakerLabels, Speech, Word
from tasks.subtitles.cues import make_cues
from tasks.subtitles.qc import check_cues
from tasks.subtitles.silences import fit_to_silences
from tasks.subtitles.speech import to_speech
from tests.support.subtitle_layouts import layout_of

LONG = "We towed her out in November with two boats and a lot of luck, because nobody would say who owned her."
WORDS = (
    "a the I Mr. J. R. 12 000 km, yes. no! and harbour lighthouse, because incomprehensibilities … — – ? « » naïve "
    "x-ray 今天我们去了北京。 日本語のテキスト ภาษาไทยสวยมาก مرحبا שלום 3.5% https://example.org/an/address/that/is/longer/than/a/line"
)
TEXTS = st.lists(st.sampled_from(WORDS.split()), max_size=30).map(" ".join) | st.text(max_size=60)
SPEAKERS = st.sampled_from(["", "Ann", "Bob", "Bartholomew the Third of Somewhere Very Far Away"])
LANGUAGES = st.sampled_from(["en", "zh", "ja", "th", "ko", "ar", "und"])
STYLES = st.sampled_from(["netflix", "bbc", "youtube"])
LABELS = st.sampled_from(["none", "change", "always"])
SILENCES = st.lists(st.integers(0, 30_000), unique=True, max_size=12).map(
    lambda edges: tuple(Span(start, end) for start, end in zip(*[iter(sorted(edges))] * 2, strict=False))
)


@st.composite
def utterances(draw: st.DrawFn) -> Utterance:
    """Any text, at any time or none, of any length, over any other."""
    start = draw(st.none() | st.integers(0, 20_000))
    end = None if start is None else start + draw(st.integers(0, 9000))
    return Utterance(start, end, draw(SPEAKERS), "", draw(TEXTS), "model")


def texts(cues: Sequence[Cue]) -> list[str]:
    return [cue.text for cue in cues]


def cues_of(*speech: Speech, layout: Layout | None = None) -> tuple[Cue, ...]:
    return make_cues(speech, layout or layout_of())


@settings(max_examples=100)
@given(st.lists(utterances(), max_size=10), SILENCES, STYLES, LANGUAGES, LABELS)
def test_make_cues_holds_every_limit_that_can_hold(
    said: list[Utterance], silences: tuple[Span, ...], style: str, language: str, labels: SpeakerLabels
) -> None:
    layout = layout_of(language, style, labels, sdh=True)
    speech = fit_to_silences(to_speech(said, Span(0, 30_000), layout), silences)
    cues = make_cues(speech, layout)
    assert all(cue.start_ms < cue.end_ms for cue in cues)
    assert all(first.end_ms + layout.gap_ms <= second.start_ms for first, second in pairwise(cues))
    assert all(1 <= len(cue.lines) <= layout.limits.max_lines for cue in cues)
    assert [violation for violation in check_cues(cues, layout) if violation.mendable] == []


@settings(max_examples=100)
@given(st.lists(utterances(), max_size=10), SILENCES, LANGUAGES, LABELS)
def test_make_cues_loses_no_word(
    said: list[Utterance], silences: tuple[Span, ...], language: str, labels: SpeakerLabels
) -> None:
    layout = layout_of(language, labels=labels, sdh=True)
    speech = fit_to_silences(to_speech(said, Span(0, 30_000), layout), silences)
    turns = [turn for cue in make_cues(speech, layout) for turn in cue.turns]
    for speaker in {one.speaker for one in speech}:
        heard = sorted("".join("".join(one.text.split()) for one in speech if one.speaker == speaker))
        shown = sorted("".join("".join(turn.text.split()) for turn in turns if turn.speaker == speaker))
        assert shown == heard


@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=8), LANGUAGES)
def test_make_cues_keeps_words_in_order(said: list[str], language: str) -> None:
    layout = layout_of(language, sdh=True)
    spoken = [Utterance(2000 * number, 2000 * number + 1900, "", "", text, "model") for number, text in enumerate(said)]
    speech = to_speech(spoken, Span(0, 60_000), layout)
    shown = "".join("".join(turn.text.split()) for cue in make_cues(speech, layout) for turn in cue.turns)
    assert shown == "".join("".join(one.text.split()) for one in speech)


def test_make_cues_starts_with_the_words() -> None:
    [cue] = cues_of(Speech(1234, 3000, "", "Good morning."))
    assert (cue.start_ms, cue.end_ms) == (1234, 3000)


def test_make_cues_holds_a_cue_until_it_is_read() -> None:
    [cue] = cues_of(Speech(0, 1000, "", "Forty characters take two seconds, here."))
    assert cue.end_ms == 2000


def test_make_cues_divides_time_in_proportion_to_words() -> None:
    first, second = cues_of(Speech(0, 10_000, "", LONG))
    assert texts([first, second]) == [
        "We towed her out in November\nwith two boats and a lot of luck,",
        "because nobody would say who owned her.",
    ]
    assert second.start_ms == pytest.approx(10_000 * 62 / 102, abs=150)


def test_make_cues_keeps_to_the_times_of_words() -> None:
    words = tuple(Word(text, 400 * place, 400 * place + 390) for place, text in enumerate(LONG.split()))
    _, second = cues_of(Speech(0, 10_000, "", LONG, words))
    assert second.start_ms == 400 * LONG.split().index("because")


def test_make_cues_never_shows_one_for_too_long() -> None:
    assert cues_of(Speech(0, 60_000, "", "Wait."))[0].duration_ms == 7000


@pytest.mark.parametrize(("pause_ms", "gap_ms"), [(100, 84), (400, 84), (600, 600)])
def test_make_cues_closes_short_gaps(pause_ms: int, gap_ms: int) -> None:
    first, second = cues_of(Speech(0, 2000, "", "Good morning."), Speech(2000 + pause_ms, 5000, "", "To you, too."))
    assert second.start_ms - first.end_ms == gap_ms


def test_make_cues_joins_what_is_too_brief_alone() -> None:
    assert texts(cues_of(Speech(0, 400, "Ann", "No."), Speech(450, 1500, "Ann", "I am sure."))) == ["No. I am sure."]


def test_make_cues_shows_two_brief_speakers_with_dashes() -> None:
    assert texts(cues_of(Speech(0, 400, "Ann", "Ready?"), Speech(450, 800, "Bob", "Yes."))) == ["-Ready?\n-Yes."]


def test_make_cues_puts_an_interjection_beside_the_words() -> None:
    story = "So I asked him about the Morning Star, which had been lying at the quay for a year."
    cues = cues_of(Speech(0, 6000, "Ann", story), Speech(3500, 4500, "Bob", "He did not!"))
    assert [cue.text for cue in cues if len(cue.turns) == 2] == ["-which had been lying at the quay\n-He did not!"]


def test_make_cues_names_speakers_at_a_change_only() -> None:
    said = [Speech(0, 2000, "Ann", "Good morning."), Speech(2500, 4500, "Ann", "Did you sleep?")]
    said.append(Speech(5000, 7000, "Bob", "Not at all."))
    assert texts(make_cues(said, layout_of(labels="change"))) == [
        "Ann: Good morning.",
        "Did you sleep?",
        "Bob: Not at all.",
    ]


def test_make_cues_names_nobody_where_one_speaks() -> None:
    assert texts(cues_of(Speech(0, 2000, "Ann", "Good morning."), layout=layout_of(labels="always"))) == [
        "Good morning."
    ]


def test_make_cues_names_every_cue_where_asked() -> None:
    said = [Speech(0, 9000, "Ann", LONG), Speech(9500, 11_000, "Bob", "I see.")]
    cues = make_cues(said, layout_of(labels="always"))
    assert [cue.text.partition(": ")[0] for cue in cues] == ["Ann", "Ann", "Bob"]


def test_make_cues_leaves_no_room_for_a_name_that_is_not_shown() -> None:
    goes_on = "It was the worst of times for both the cities."
    said = [
        Speech(0, 1800, "Ann", "It was the best of times."),
        Speech(2600, 6000, "Ann", goes_on),
        Speech(8000, 9900, "Bob", "Who wrote it?"),
    ]
    assert texts(make_cues(said, layout_of(labels="change")))[1] == "It was the worst of times\nfor both the cities."

"""What the engine writes is what the project reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.answer import NOT_TRANSCRIBED, clock, events, file_by_file, render
from engine.findings import Findings, Shot, SoundKinds, Stretch, TextSightings, Utterance, VisibleText
from engine.prompting import AnswerSpec
from tasks.answer.parse import parse_answer
from tasks.records import ParsedAnswer, Span

ALL = AnswerSpec(storyline=True, visible_text=True, speech=True, profiles=True, english=True)
PLAIN = AnswerSpec(storyline=False, visible_text=False, speech=False, profiles=False, english=True)
ONE_SHOT = (Shot(0, 4_000, 120, 40, 2.0),)
FOUND = Findings(
    duration_ms=10_000,
    shots=(Shot(0, 4_000, 120, 40, 2.0), Shot(4_000, 10_000, 5, 1, 0.0)),
    texts=TextSightings(
        (VisibleText(500, 3_000, "Ferry 6:30", "large light text on a darker background, top centre"),)
    ),
    sound=SoundKinds(speech=(Stretch(1_000, 3_000),), music=(Stretch(4_000, 9_000),)),
    utterances=(Utterance(1_000, 2_000, 1, "All aboard!"), Utterance(2_100, 3_000, 2, "“Wait,” he said.")),
    speakers_told_apart=True,
)


def read(findings: Findings, wanted: AnswerSpec = ALL) -> ParsedAnswer:
    return parse_answer(render(findings, wanted), "video", "sections", Span(0, findings.duration_ms))


def test_an_answer_is_parsed_as_whole() -> None:
    parsed = read(FOUND)
    assert parsed.outcome == "ok"
    assert [(each.start_ms, each.end_ms) for each in parsed.storyline or ()] == [(0, 4_000), (4_000, 10_000)]
    assert [(each.start_ms, each.end_ms, each.text) for each in parsed.visible_text or ()] == [
        (500, 3_000, "Ferry 6:30")
    ]
    assert [(each.start_ms, each.speaker, each.text) for each in parsed.transcript or ()] == [
        (1_000, "Speaker 1", "All aboard!"),
        (2_100, "Speaker 2", "“Wait,” he said."),
    ]
    assert [each.speaker for each in parsed.speakers or ()] == ["Speaker 1", "Speaker 2"]


def test_what_was_not_analysed_is_a_section_of_its_own() -> None:
    assert [each.heading for each in read(FOUND).extras] == ["Not Analysed"]


def test_nothing_shown_and_nothing_said_is_a_whole_answer() -> None:
    empty = replace(FOUND, texts=TextSightings(), sound=SoundKinds(), utterances=())
    assert "No text appears." in render(empty, ALL)
    assert "No speech appears." in render(empty, ALL)
    assert read(empty).outcome == "ok"


def test_speech_in_an_unknown_language_is_reported_but_not_transcribed() -> None:
    untold = replace(FOUND, utterances=None)
    assert NOT_TRANSCRIBED in render(untold, ALL)
    assert read(untold).transcript == ()


def test_where_speakers_are_not_told_apart_the_answer_says_so() -> None:
    same = replace(FOUND, utterances=(Utterance(0, 1_000, None, "Hello."),), speakers_told_apart=False)
    assert "speakers were not told apart" in render(same, ALL)
    assert [each.speaker for each in read(same).transcript or ()] == ["Speaker"]


def test_a_black_picture_and_the_sounds_are_told() -> None:
    last = (read(FOUND).storyline or ())[-1].description
    assert "The picture is black." in last
    assert "music (00:04.000 - 00:09.000)" in last


def test_a_prompt_without_headings_gets_plain_text_with_times() -> None:
    text = render(FOUND, PLAIN)
    assert "##" not in text
    assert "00:01.000 - 00:02.000 Speaker 1 says: “All aboard!”" in text


def test_only_the_sections_asked_for_are_answered() -> None:
    text = render(FOUND, replace(ALL, visible_text=False))
    assert "## Visible Text" not in text


def test_without_picture_the_storyline_follows_the_sounds() -> None:
    heard = Findings(10_000, sound=SoundKinds(speech=(Stretch(4_000, 9_500),), music=(Stretch(0, 3_900),)))
    assert events(heard) == [Stretch(0, 3_900), Stretch(3_900, 10_000)]


def test_very_short_shots_join_the_one_before() -> None:
    short = replace(FOUND, shots=(Shot(0, 4_000, 9, 9, 9), Shot(4_000, 4_500, 9, 9, 9), Shot(4_500, 10_000, 9, 9, 9)))
    assert events(short) == [Stretch(0, 4_000), Stretch(4_000, 10_000)]


@pytest.mark.parametrize(("ms", "text"), [(0, "00:00.000"), (61_005, "01:01.005"), (3_723_000, "62:03.000")])
def test_times_are_minutes_seconds_milliseconds(ms: int, text: str) -> None:
    assert clock(ms) == text


def test_a_storyline_quotes_so_many_texts_and_counts_the_rest() -> None:
    credits_ = tuple(VisibleText(n * 10, n * 10 + 3_000, f"Name {n:03d}", "small") for n in range(400))
    story = render(replace(FOUND, shots=ONE_SHOT, texts=TextSightings(credits_)), ALL).split("## Visible")[0]
    assert (story.count("“Name"), "“Name 011”, and 388 more." in story) == (12, True)


def test_a_storyline_quotes_a_long_text_and_counts_the_rest() -> None:
    long = tuple(VisibleText(0, 3_000, letter * 500, "small") for letter in "abc")
    story = render(replace(FOUND, shots=ONE_SHOT, texts=TextSightings(long)), ALL).split("## Visible")[0]
    assert "a”, and 2 more." in story


def test_texts_left_out_are_not_analysed() -> None:
    answer = render(replace(FOUND, texts=TextSightings((), unlisted=7, unread_ms=61_000)), ALL)
    assert "7 texts that went by faster" in answer.split("## Not Analysed")[1]
    assert "01:01.000" in answer.split("## Not Analysed")[1]


@pytest.mark.parametrize(
    ("music", "silence", "heard"),
    [
        (Stretch(0, 10_000), Stretch(4_000, 4_600), "music (00:00.000 - 00:04.000, 00:04.600 - 00:10.000)"),
        (Stretch(0, 10_000), Stretch(0, 9_500), "music (00:09.500 - 00:10.000)"),
        (Stretch(4_000, 4_200), Stretch(0, 10_000), "silence throughout"),
    ],
)
def test_of_a_silent_second_no_other_sound_is_said(music: Stretch, silence: Stretch, heard: str) -> None:
    kinds = SoundKinds(music=(music,), silence=(silence,))
    answer = render(replace(FOUND, shots=ONE_SHOT, sound=kinds, utterances=()), ALL)
    assert heard in answer


def test_answers_about_several_files_are_told_apart_by_name() -> None:
    text = file_by_file([render(Findings(4_000, shots=ONE_SHOT), ALL)] * 2, ALL)
    parsed = parse_answer(text, "image", "sections", Span(0, 0), "stop", ["storyline"], (0, 0))
    assert [event.member_seq for event in parsed.storyline or ()] == [1, 2]
    assert parsed.outcome == "ok"

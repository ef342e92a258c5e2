"""The outcome of a segment: what makes it ok, partial, malformed or truncated, and the reason given."""

from __future__ import annotations

import pytest

from tasks.answer.parse import parse_answer
from tasks.records import ExtraSection, Kind, ParsedAnswer, Span

SPAN = Span(30_000, 130_000)
STORY = "## Storyline\n00:00 - 01:40\nA fire burns.\n"
TEXT = "## Visible Text\nNo text appears.\n"
SPEECH = "## Speakers and Transcript\nNo speech appears.\n"


def read(text: str, kind: Kind = "video", finish_reason: str | None = "stop") -> ParsedAnswer:
    return parse_answer(text, kind, "sections", SPAN, finish_reason)


def test_all_required_sections_are_ok() -> None:
    answer = read(STORY + TEXT + SPEECH)
    assert (answer.outcome, answer.reason) == ("ok", "")
    assert (answer.visible_text, answer.speakers, answer.transcript) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "kind", "missing"),
    [
        (STORY + SPEECH, "video", "visible text"),
        (STORY + TEXT, "video", "speakers and transcript"),
        (TEXT, "video", "storyline, speakers and transcript"),
        (STORY, "audio", "speakers and transcript"),
        (SPEECH, "audio", "storyline"),
        (STORY, "image", "visible text"),
    ],
)
def test_a_missing_section_is_partial_and_named(text: str, kind: Kind, missing: str) -> None:
    answer = read(text, kind)
    assert (answer.outcome, answer.reason) == ("partial", f"missing: {missing}")


def test_sound_needs_no_visible_text() -> None:
    assert read(STORY + SPEECH, "audio").outcome == "ok"


def test_a_heading_with_nothing_below_is_a_missing_section() -> None:
    assert read(STORY + "## Visible Text\n" + SPEECH).reason == "missing: visible text"


def test_profiles_without_any_word_said_are_no_transcript() -> None:
    answer = read(STORY + TEXT + "## Speakers and Transcript\nSpeaker profiles:\nAnn - calm\n")
    assert (answer.outcome, answer.transcript) == ("partial", None)
    assert [profile.speaker for profile in answer.speakers or ()] == ["Ann"]


def test_an_answer_that_stops_early_is_partial() -> None:
    answer = read("## Storyline\n00:00 - 01:19.999\nA fire burns.\n" + TEXT + SPEECH)
    assert (answer.outcome, answer.reason) == ("partial", "the last time is 01:19.999 of 01:40.000")


def test_four_fifths_of_the_segment_are_enough() -> None:
    assert read("## Storyline\n00:00 - 01:20\nA fire burns.\n" + TEXT + SPEECH).outcome == "ok"


def test_the_last_time_of_any_section_counts() -> None:
    answer = read("## Storyline\n00:00 - 00:10\nA fire.\n" + TEXT + "## Transcript\n01:30 - 01:35\nAnn: “Fire!”")
    assert answer.outcome == "ok"


def test_without_a_timed_storyline_nothing_stops_early() -> None:
    answer = read("## Storyline\nA fire burns.\n" + TEXT + "## Transcript\n00:01 - 00:02\nAnn: “Fire!”")
    assert (answer.outcome, answer.reason) == ("partial", "without a time: storyline")


@pytest.mark.parametrize("text", ["I cannot help with that.", '{"storyline": []}', "## Mood\nCalm.", "?"])
def test_no_required_section_is_malformed_and_the_words_are_kept(text: str) -> None:
    answer = read(text)
    assert (answer.outcome, answer.reason) == ("malformed", "no required section found")
    assert answer.extras


@pytest.mark.parametrize("text", ["", " \r\n\t", "\ufeff\u200b", "```\n```", "<think>hm</think>"])
@pytest.mark.parametrize("finish_reason", ["stop", "length", None])
def test_an_empty_answer_is_malformed(text: str, finish_reason: str | None) -> None:
    answer = read(text, finish_reason=finish_reason)
    assert (answer.outcome, answer.reason) == ("malformed", "empty answer")


def test_an_answer_cut_off_at_the_token_limit_is_truncated_and_keeps_its_sections() -> None:
    answer = read(STORY + TEXT, finish_reason="length")
    assert (answer.outcome, answer.reason) == ("truncated", "the answer was cut off at the token limit")
    assert len(answer.storyline or ()) == 1


def test_an_answer_asked_for_as_text_is_one_section_without_heading() -> None:
    answer = parse_answer("## Storyline\nNo findings.\n", "video", "text", SPAN)
    assert answer == ParsedAnswer("ok", "", extras=(ExtraSection("", "## Storyline\nNo findings."),))
    assert parse_answer("Nothing", "audio", "text", SPAN, "length").outcome == "truncated"

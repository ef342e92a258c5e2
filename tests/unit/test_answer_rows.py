"""The rows of each section, in every form that models have been seen to write, or may write."""

from __future__ import annotations

import pytest

from tasks.answer.parse import parse_answer
from tasks.records import ParsedAnswer, Span

SPAN = Span(0, 60_000)


def read(text: str) -> ParsedAnswer:
    return parse_answer(text, "video", "sections", SPAN)


def events(text: str) -> list[tuple[int | None, int | None, str]]:
    rows = read(f"## Storyline\n{text}").storyline or ()
    return [(row.start_ms, row.end_ms, row.description) for row in rows]


def elements(text: str) -> list[tuple[str, str]]:
    rows = read(f"## Visible Text\n00:00 - 00:09\n{text}").visible_text or ()
    return [(row.text, row.appearance) for row in rows]


def profiles(text: str) -> list[tuple[str, str]]:
    answer = read(f"## Speakers and Transcript\nSpeaker profiles:\n{text}\n\n00:01 - 00:02\nSpeaker: X\nContent: “x”")
    return [(row.speaker, row.profile) for row in answer.speakers or ()]


def said(text: str) -> list[tuple[str, str, str]]:
    rows = read(f"## Speakers and Transcript\n00:01 - 00:02\n{text}").transcript or ()
    return [(row.speaker, row.state, row.text) for row in rows]


# --- storyline -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "00:00.000 - 00:05.000\nA fire.",
        "00:00.000 - 00:05.000 A fire.",
        "00:00.000 - 00:05.000\n\nA fire.",
        "- **00:00 – 00:05**: A fire.",
        "1. 0:00-0:05 A fire.",
        "* [00:00:00,000 --> 00:00:05,000] A fire.",
        "0s - 5s: A fire.",
        "A fire. (00:00 - 00:05)",
    ],
)
def test_an_event_is_a_time_and_a_paragraph_in_every_form_seen(text: str) -> None:
    assert events(text) == [(0, 5_000, "A fire.")]


def test_paragraphs_of_one_event_stay_together() -> None:
    assert events("00:00 - 00:05\nA fire.\nIt grows.\n\n\n\nSmoke.") == [(0, 5_000, "A fire.\nIt grows.\n\nSmoke.")]


def test_a_single_time_stamp_is_a_point_in_time() -> None:
    assert events("[00:05] A fire.\n[00:09] Smoke.") == [(5_000, 5_000, "A fire."), (9_000, 9_000, "Smoke.")]


def test_beside_ranges_a_bare_stamp_is_part_of_the_text() -> None:
    text = "12:30 is what the clock says."
    assert events(f"00:00 - 00:05\n{text}") == [(0, 5_000, text)]


def test_a_time_without_a_word_is_kept_as_text() -> None:
    answer = read("## Storyline\n00:00 - 00:05\nA fire.\n00:05 - 00:09\n")
    assert [(extra.heading, extra.text) for extra in answer.extras] == [("Storyline", "00:05.000 - 00:09.000")]


def test_rules_between_events_are_no_text() -> None:
    assert events("00:00 - 00:05\nA fire.\n---\n00:05 - 00:09\nSmoke.\n***\n") == [
        (0, 5_000, "A fire."),
        (5_000, 9_000, "Smoke."),
    ]


# --- visible text ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "“EXIT”: green",
        '"EXIT": green',
        "'EXIT': green",
        "「EXIT」：green",
        "『EXIT』: green",
        "«EXIT» : green",
        "„EXIT“: green",
        "“EXIT” - green",
        "“EXIT” – green",
        "“EXIT” (green)",
        "“EXIT”, green",
        "“EXIT” | green",
        "- “EXIT”: green",
        "1. “EXIT”: green",
        "**“EXIT”**: green",
        "**“EXIT”:** green",
        "* **EXIT**: green",
        "EXIT: green",
        "EXIT - green",
        "EXIT：green",
        "Text: “EXIT”\nAppearance: green",
        "**文字：** “EXIT”\n**外观：** green",
    ],
)
def test_an_element_is_its_exact_text_and_its_appearance(line: str) -> None:
    assert elements(line) == [("EXIT", "green")]


def test_elements_under_one_time_share_it() -> None:
    answer = read("## Visible Text\n00:01 - 00:02\n“A”: red\n“B”\n00:03 - 00:04 “C”: blue")
    assert [(row.start_ms, row.text) for row in answer.visible_text or ()] == [(1000, "A"), (1000, "B"), (3000, "C")]


def test_times_may_follow_the_element() -> None:
    answer = read("## Visible Text\n- “A” (00:01 - 00:02): red\n- “B” [00:03 - 00:04]: blue")
    rows = [(row.start_ms, row.end_ms, row.text, row.appearance) for row in answer.visible_text or ()]
    assert rows == [(1000, 2000, "A", "red"), (3000, 4000, "B", "blue")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("“LINE ONE\nLINE TWO”: white", [("LINE ONE\nLINE TWO", "white")]),
        ("“Say “hi””: white", [("Say “hi”", "white")]),
        ('"12:30": clock', [("12:30", "clock")]),
        ("“A: B”: white", [("A: B", "white")]),
        ("“A”: white,\nblinking", [("A", "white,\nblinking")]),
        ("A sign reads “EXIT” in green", [("EXIT", "A sign reads “EXIT” in green")]),
        ("“Never closed", [("Never closed", "")]),
        ("“Never closed\n“Closed”: red", [("Never closed", ""), ("Closed", "red")]),
        ("No smoking: red sign", [("No smoking", "red sign")]),
        ("“None”: grey", [("None", "grey")]),
    ],
)
def test_exact_text_survives_odd_lines(line: str, found: list[tuple[str, str]]) -> None:
    assert elements(line) == found


def test_a_stated_absence_is_no_element() -> None:
    assert elements("No text appears.") == []
    assert elements("“No text appears.”") == []


def test_an_introduction_to_the_elements_is_kept_as_text() -> None:
    answer = read("## Visible Text\nThe signs read:\n00:01 - 00:02\n“A”: red")
    assert [extra.text for extra in answer.extras] == ["The signs read:"]


# --- speakers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Ann - Irish, warm",
        "Ann – Irish, warm",
        "Ann—Irish, warm",
        "Ann: Irish, warm",
        "Ann：Irish, warm",
        "- Ann - Irish, warm",
        "1. **Ann** - Irish, warm",
        "**Ann:** Irish, warm",
        "“Ann” - Irish, warm",
    ],
)
def test_a_profile_is_a_name_and_a_description(line: str) -> None:
    assert profiles(line) == [("Ann", "Irish, warm")]


def test_profiles_on_several_lines_belong_to_the_name_above() -> None:
    text = "- Ann\n  - Accent: Irish\n  - Tone: warm\n- Bob - deep voice\n  older than Ann"
    assert profiles(text) == [("Ann", "Accent: Irish\nTone: warm"), ("Bob", "deep voice\nolder than Ann")]


def test_hyphens_inside_names_do_not_end_them() -> None:
    assert profiles("Anne-Marie - Irish") == [("Anne-Marie", "Irish")]


def test_profiles_are_found_without_their_label() -> None:
    answer = read("## Speakers and Transcript\nAnn - Irish\n\n00:01 - 00:02\nAnn: “Hi”")
    assert [profile.speaker for profile in answer.speakers or ()] == ["Ann"]


def test_two_headings_for_speakers_and_transcript_are_one_section() -> None:
    answer = read("## Speakers\nAnn - Irish\n## Transcript\n00:01 - 00:02\nAnn: “Hi”")
    assert [profile.speaker for profile in answer.speakers or ()] == ["Ann"]
    assert [row.text for row in answer.transcript or ()] == ["Hi"]


def test_an_utterance_alone_gives_no_profiles() -> None:
    assert read("## Transcript\n00:01 - 00:02\nAnn: “Hi”").speakers == ()


# --- transcript ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Speaker: Ann\nState: calm\nContent: “Hi there”",
        'Speaker: Ann\nState: calm\nContent: "Hi there"',
        "Speaker: Ann\nState: calm\nContent: Hi there",
        "Speaker: Ann\nState: calm\nContent:\n“Hi there”",
        "**Speaker:** Ann\n**State:** calm\n**Content:** “Hi there”",
        "**Speaker**: Ann\n**State**: calm\n**Content**: “Hi there”",
        "- Speaker: Ann\n- State: calm\n- Content: “Hi there”",
        "Speaker：Ann\nState：calm\nContent：「Hi there」",
        "说话人：Ann\n状态：calm\n内容：“Hi there”",
        "Speaker: Ann | State: calm | Content: “Hi there”",
        "Speaker: Ann, State: calm, Content: “Hi there”",
        "Ann (calm): “Hi there”",
        "**Ann** (calm): Hi there",
        "[Ann] (calm): “Hi there”",
        "Ann [calm]: “Hi there”",
    ],
)
def test_an_utterance_is_read_in_every_form_seen(text: str) -> None:
    assert said(text) == [("Ann", "calm", "Hi there")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Speaker: Ann\nContent: “Hi”", [("Ann", "", "Hi")]),
        ('Alice: "Hello"', [("Alice", "", "Hello")]),
        ("Alice: Hello", [("Alice", "", "Hello")]),
        ("woman 2: Hello", [("woman 2", "", "Hello")]),
        ("旁白：“大家好”", [("旁白", "", "大家好")]),
        ("Alice - “Hello”", [("Alice", "", "Hello")]),
        ("Alice: “Hi”\nBob: “Yo”", [("Alice", "", "Hi"), ("Bob", "", "Yo")]),
        ("Speaker: A\nContent: “Hi”\nSpeaker: B\nContent: “Yo”", [("A", "", "Hi"), ("B", "", "Yo")]),
        ("Speaker: A\nContent: “Hi”\nContent: “Yo”", [("A", "", "Hi"), ("A", "", "Yo")]),
        ("Just words", [("", "", "Just words")]),
        ("“Just words”", [("", "", "Just words")]),
        ("Two lines\nof words", [("", "", "Two lines\nof words")]),
        ("“One.”\n“Two.”", [("", "", "One.\nTwo.")]),
        ("She said: hello", [("", "", "She said: hello")]),
        ("Speaker: Ann\nState: laughing", [("Ann", "laughing", "")]),
        ("Speaker: Ann\nState: calm,\nthen loud\nContent: “Hi”", [("Ann", "calm,\nthen loud", "Hi")]),
        ("Speaker: Ann\nContent: “To do:\nName: Bob\nEnd”", [("Ann", "", "To do:\nName: Bob\nEnd")]),
        ("Speaker: Ann\nContent: “Hi,” she said, “you.”", [("Ann", "", "“Hi,” she said, “you.”")]),
        ("Speaker: Ann\nContent: “He said “no” to me”", [("Ann", "", "He said “no” to me")]),
        ('Speaker: Ann\nContent: "Hi," she said, "you."', [("Ann", "", '"Hi," she said, "you."')]),
        ('Speaker: Ann\nContent: "He said "no" to me"', [("Ann", "", 'He said "no" to me')]),
        ("Speaker: Ann\nContent: “None”", [("Ann", "", "None")]),
        ("Speaker: Ann\nContent: “Cut of", [("Ann", "", "Cut of")]),
        ("Speaker: N/A\nState: N/A\nContent: N/A", []),
        ("(No speech)", []),
    ],
)
def test_utterances_survive_odd_lines(text: str, found: list[tuple[str, str, str]]) -> None:
    assert said(text) == found


def test_a_known_speaker_may_stand_on_a_line_of_its_own() -> None:
    answer = read("## Speakers and Transcript\nSpeaker profiles:\nAnn - Irish\n00:01 - 00:02\nAnn\n“Hi”")
    assert [(row.speaker, row.text) for row in answer.transcript or ()] == [("Ann", "Hi")]


def test_remarks_behind_the_words_are_kept_as_text() -> None:
    answer = read("## Transcript\n00:01 - 00:02\nAnn: “Hi”\nThe rest is lost in noise.")
    assert [row.text for row in answer.transcript or ()] == ["Hi"]
    assert [extra.text for extra in answer.extras] == ["The rest is lost in noise."]


def test_lyrics_without_headings_are_a_transcript_and_lose_their_end_mark() -> None:
    answer = read(
        "[00:00:15,020 --> 00:00:28,085] : First line\n[00:00:28,085 --> 00:00:30,000] Verse two: line\n"
        "[00:00:30,000 --> 00:00:59,000] (End)"
    )
    assert [(row.start_ms, row.speaker, row.text) for row in answer.transcript or ()] == [
        (15_020, "", "First line"),
        (28_085, "", "Verse two: line"),
    ]
    assert answer.storyline is None


def test_words_without_times_or_names_are_a_transcript_only_under_its_own_heading() -> None:
    assert [row.text for row in read("## Transcript\nHello you.").transcript or ()] == ["Hello you."]
    answer = read("## Speakers and Transcript\nA crowd murmurs in the background of the hall, no words can be told.")
    assert answer.transcript == ()
    assert answer.extras[0].heading == "Speakers and Transcript"


def test_a_sentence_about_the_speech_is_neither_speaker_nor_utterance() -> None:
    sentence = "Speech was detected but not transcribed: nothing says which language it is in."
    answer = read(f"## Speakers and Transcript\n{sentence}\n")
    assert (answer.speakers, answer.transcript) == ((), ())
    assert [(extra.heading, extra.text) for extra in answer.extras] == [("Speakers and Transcript", sentence)]


def test_subtitles_lose_their_counters() -> None:
    answer = read("## Transcript\n1\n00:00:01,000 --> 00:00:02,000\nOne.\n\n2\n00:00:02,000 --> 00:00:03,000\nTwo.")
    assert [row.text for row in answer.transcript or ()] == ["One.", "Two."]

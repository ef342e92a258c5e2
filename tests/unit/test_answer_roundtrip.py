"""Properties of the parser: it takes any text, it inverts the renderer, and its time grows with the text's length."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.answer.absence import is_absence
from tasks.answer.headings import title_part
from tasks.answer.parse import parse_answer
from tasks.answer.render import render_answer
from tasks.records import Event, ExtraSection, Kind, ParsedAnswer, Span, SpeakerProfile, TextElement, Utterance

SPAN = Span(60_000, 120_000)

# --- any text --------------------------------------------------------------------------------------------------

MARKUP = [
    "# ",
    "## ",
    "**",
    "```",
    "---",
    "- ",
    "1. ",
    "“",
    "”",
    '"',
    "「",
    "」",
    "（",
    "）",
    ":",
    "：",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
]
HEADINGS = [
    "## Storyline",
    "**Visible Text**",
    "Visible Text: ",
    "Speaker profiles:",
    "## Speakers and Transcript",
    "故事线",
]
TIMES_SEEN = [
    "00:00.000 - 00:05.000",
    "[00:00:12,680 --> 00:00:16,960]",
    "**00:01 – 00:02**: ",
    "0:05",
    "12.3s",
    "99:99.9",
]
LINES = [
    "Speaker: ",
    "State: ",
    "Content: ",
    "说话人：",
    'Alice: "Hi"',
    "Alice - calm",
    "None",
    "No text appears.",
    "(End)",
    "...",
]
ODDITIES = ["<think>", "</think>", "\u200b", "\ufeff", "\ud800", "\x00", "\u2028"]
FRAGMENTS = st.sampled_from([*MARKUP, *HEADINGS, *TIMES_SEEN, *LINES, *ODDITIES])
HOSTILE = st.lists(FRAGMENTS | st.text(max_size=5), max_size=40).map("".join)


@settings(deadline=None)
@given(HOSTILE | st.text(), st.sampled_from(["video", "audio", "image"]), st.sampled_from(["stop", "length", None]))
def test_any_text_gives_rows_inside_the_segment_and_in_order(text: str, kind: Kind, finish_reason: str | None) -> None:
    parsed = parse_answer(text, kind, "sections", SPAN, finish_reason)
    for rows in (parsed.storyline, parsed.visible_text, parsed.transcript):
        timed = [
            (row.start_ms, row.end_ms) for row in rows or () if row.start_ms is not None and row.end_ms is not None
        ]
        assert all(SPAN.start_ms <= start <= end <= SPAN.end_ms for start, end in timed)
        assert [start for start, _ in timed] == sorted(start for start, _ in timed)
        assert all((row.start_ms is None) == (row.time_quality == "missing") for row in rows or ())
    render_answer(parsed, kind, SPAN).encode()


@settings(deadline=None)
@given(HOSTILE | st.text())
def test_an_answer_asked_for_as_text_is_kept_whole(text: str) -> None:
    parsed = parse_answer(text, "video", "text", SPAN)
    assert (parsed.outcome == "malformed") == (not parsed.extras)
    assert (parsed.storyline, parsed.visible_text, parsed.speakers, parsed.transcript) == (None, None, None, None)


# --- render, then parse ----------------------------------------------------------------------------------------

LETTERS = "abcdeXYZ éßñ 你好世界 مرحبا Привет 안녕 नमस्ते "


def worded(text: str) -> bool:
    """Words that mean nothing to the parser."""
    return bool(text) and not is_absence(text) and title_part(text, marked=True) is None


def normal(text: str) -> str:
    return " ".join(text.split())


WORDS = st.text(LETTERS, min_size=3, max_size=30).map(normal).filter(worded)
SENTENCE = (
    st.text(LETTERS + ".,;!?()'%&/", min_size=3, max_size=80)
    .map(normal)
    .filter(lambda text: worded(text) and text[0].isalpha())
)
PARAGRAPHS = st.lists(SENTENCE, min_size=1, max_size=3).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n"]).map(lambda gap: gap.join(lines))
)
QUOTABLE = (
    st.text(LETTERS + "0123456789.,:;!?()-–*#\"'/|", min_size=1, max_size=60)
    .map(normal)
    .filter(lambda text: bool(text) and not is_absence(f"“{text}”", strict=True))
)
NAMES = st.text("ABCDEabcde你好", min_size=2, max_size=12).filter(worded)
TIMES = st.tuples(st.integers(0, 60_000), st.integers(0, 60_000)).map(lambda pair: (min(pair), max(pair)))


def timeline(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted(((60_000 + start, 60_000 + end) for start, end in rows), key=lambda pair: pair[0])


@st.composite
def answers(draw: st.DrawFn) -> ParsedAnswer:
    """A well-formed answer whose last event reaches the end, so that it is complete."""
    told = [*timeline(draw(st.lists(TIMES, max_size=4))), (120_000, 120_000)]
    shown, said = timeline(draw(st.lists(TIMES, max_size=4))), timeline(draw(st.lists(TIMES, max_size=4)))
    names = draw(st.lists(NAMES, unique_by=str.casefold, max_size=3))
    return ParsedAnswer(
        "ok",
        "",
        {
            "storyline": tuple(Event(start, end, draw(PARAGRAPHS), "model") for start, end in told),
            "visible_text": tuple(
                TextElement(start, end, draw(QUOTABLE), draw(SENTENCE | st.just("")), "model") for start, end in shown
            ),
            "speakers": tuple(SpeakerProfile(name, draw(SENTENCE | st.just(""))) for name in names),
            "transcript": tuple(
                Utterance(
                    start,
                    end,
                    draw(st.sampled_from([*names, "Someone"])),
                    draw(SENTENCE | st.just("")),
                    draw(QUOTABLE),
                    "model",
                    draw(st.sampled_from(["", "Cantonese"])),
                )
                for start, end in said
            ),
        },
        extras=tuple(ExtraSection(draw(WORDS), draw(PARAGRAPHS)) for _ in range(draw(st.integers(0, 2)))),
    )


@settings(deadline=None)
@given(answers())
def test_parsing_gives_back_what_was_rendered(answer: ParsedAnswer) -> None:
    assert parse_answer(render_answer(answer, "video", SPAN), "video", "sections", SPAN) == answer


@settings(deadline=None)
@given(answers())
def test_an_audio_answer_is_rendered_without_visible_text(answer: ParsedAnswer) -> None:
    heard = {table: rows for table, rows in answer.sections.items() if table != "visible_text"}
    silent_picture = replace(answer, sections=heard)
    text = render_answer(silent_picture, "audio", SPAN)
    assert "Visible Text" not in text
    assert parse_answer(text, "audio", "sections", SPAN) == silent_picture


def test_what_is_absent_is_said_and_read_as_absent() -> None:
    nothing = ParsedAnswer("ok", "", {"storyline": (), "visible_text": (), "speakers": (), "transcript": ()})
    text = render_answer(nothing, "video", SPAN)
    assert "No text appears." in text
    assert "No speech appears." in text
    assert parse_answer(text, "video", "sections", SPAN) == nothing


# --- linear time -----------------------------------------------------------------------------------------------

RANGE = "00:00.000 - 00:05.000\n"
SPEECH = "## Speakers and Transcript\n"
HOSTILE_UNITS = {
    "headings": "## Transcript\n",
    "hashes": "#",
    "brackets": "[(",
    "spaces": " ",
    "spaces in a line": " a  ",
    "ranges": RANGE,
    "digits": "1",
    "stamps": "0:00",
    "quotes": "“",
    "quoted lines": "“a\n",
    "bold": "**",
    "pipes with keys": " | State: a",
    "absences": "no text in in in in in in in in in in in in x y\n",
    "fences": "```\n",
    "colons": "a:",
    "tabs": "\t",
    "rules": "- - - ",
}
OPENINGS = [
    "",
    "## Storyline\n",
    "## Visible Text\n" + RANGE,
    SPEECH,
    SPEECH + RANGE,
    SPEECH + RANGE + "Speaker: ",
    SPEECH + RANGE + "Content: “",
]


def seconds(text: str) -> float:
    """Processor time of one parse."""
    start = time.process_time()
    parse_answer(text, "video", "sections", SPAN)
    return time.process_time() - start


def grows_linearly(text: str, unit: str) -> bool:
    """Whether eight times the text takes far less than the 64 times of a quadratic parser."""
    small, large = (text + unit * (size // len(unit)) for size in (4_000, 32_000))
    return any(seconds(large) < 24 * seconds(small) + 0.005 for _ in range(3))  # a busy machine gets a second chance


@pytest.mark.parametrize("unit", HOSTILE_UNITS.values(), ids=HOSTILE_UNITS.keys())
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    assert [opening for opening in OPENINGS if not grows_linearly(opening, unit)] == []

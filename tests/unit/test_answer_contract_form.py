"""The contract's form: read by patterns of whole entries, and never otherwise than line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.answer import parse
from tasks.answer.contract_form import read_contract
from tasks.answer.parse import parse_answer
from tasks.answer.render import render_answer
from tasks.records import Kind, ParsedAnswer, Span
from tests.golden.answers import case
from tests.unit.test_answer_golden import ANSWERS
from tests.unit.test_answer_roundtrip import SPAN, answers

REPORT = """## Storyline
00:00.000 - 00:30.000
A bell rings twice.

**00:30.000 – 01:00.000**
The door opens: a man walks in.

He sits down.

## Visible Text
00:00 - 00:05
“EXIT 2: this way”: white on green
“A – B”

## Speakers and Transcript
Speaker profiles:
Ann - a calm voice

00:01.000 - 00:02.000
Speaker: Ann
State: calm, slowly
Content: “It is 10:30 already.”
00:04.000 - 00:06.500
Speaker: ann
Content: "Yes."

## Mood
Calm.
"""


def in_general(text: str, kind: Kind = "video", span: Span = SPAN) -> ParsedAnswer:
    """The answer as it is read line by line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse, "read_contract", lambda *_: None)
        return parse_answer(text, kind, "sections", span)


def is_in_form(text: str) -> bool:
    return read_contract(text, SPAN) is not None


# --- the same either way ---------------------------------------------------------------------------------------


def test_a_report_is_in_the_contracts_form_and_reads_the_same() -> None:
    assert is_in_form(REPORT)
    assert parse_answer(REPORT, "video", "sections", SPAN) == in_general(REPORT)


LINE_STARTS = [
    "From 3 to 8th second, ", "In the first 8 seconds, ", "t = 4: ", "Time: early on", "Start: 1", "12:30 ", "1. ",
    "Two minutes in, ", "- ", "**", "> ", "### ", "## ", "Scene 3: ", "Visible Text: ", "Storyline", "Name: ", "Role: ",
    "Dialect: ", "At the beginning:", "Sh: ", "(End)", "---", "[0:05] ", "|", "\u3000", "\u200c", "？", "第4秒",
]  # fmt: skip
VALUES = [
    "[inaudible]", "[speaks Thai]", "(calm) ", "No text", "None", "N/A", "Nobody speaks. ", "Text: EXIT", "End: 2; ",
    "“", "”", '"', "「", "’", "(angry)", "*", "_", "`", "&lt;", "{", "\t", "\x1c", "\u200e", "\u2028", ". ", "; ", "无",
    "x=1",
]  # fmt: skip
LINES = [
    "", "## Storyline", "## Transcript", "## Findings", "## Music", "Speaker profiles:", "00:03.000 - 00:05.000", "===",
    "0:05 - 0:04", "99:59.000 - 00:01.000", "Speaker: Old Tom (angry)", "Content: “Hi”", "State: ", "Ann: “Hello.”",
    "Ann - a man", "No text appears.", "No speech appears.", "Speech in Thai, not transcribed.", "“No text”: x",
    "“A” and “B”: red", "WEBVTT",
]  # fmt: skip


@st.composite
def disturbed(draw: st.DrawFn) -> str:
    """An answer in the contract's form, with something in it that may mean something else."""
    lines = render_answer(draw(answers()), "video", SPAN).split("\n")
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key, colon, value = lines[at].partition(": ")
        match draw(st.sampled_from(["start", "value", "end", "line", "again", "gone"])):
            case "start":
                lines[at] = draw(st.sampled_from(LINE_STARTS)) + lines[at]
            case "value" if colon:
                lines[at] = f"{key}: {value[:1]}{draw(st.sampled_from(VALUES))}{value[1:]}"
            case "end":
                lines[at] += draw(st.sampled_from(VALUES))
            case "again":
                lines.insert(draw(st.integers(0, len(lines))), lines[at])
            case "gone" if len(lines) > 1:
                del lines[at]
            case _:
                lines[at] = draw(st.sampled_from(LINES))
    return "\n".join(lines)


@settings(max_examples=3 * settings().max_examples)
@given(disturbed(), st.sampled_from(["video", "audio"]), st.sampled_from([SPAN, Span(60_000, 75_000)]))
def test_any_answer_is_read_as_it_is_line_by_line(text: str, kind: Kind, span: Span) -> None:
    assert parse_answer(text, kind, "sections", span) == in_general(text, kind, span)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_golden_answer_is_read_as_line_by_line(path: Path) -> None:
    original = case.original(path)
    if not original.lengths:
        assert parse_answer(original.text, original.kind, "sections", original.span) == in_general(
            original.text, original.kind, original.span
        )


# --- what is in the form, and what is not ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("Speaker: ", "Voice: "),
        ("State: calm", "State: calm: and"),
        ("00:30.000", "00:30,000"),
        ("A bell rings", "Text: a bell"),
        ("A bell rings", "12:30 A bell"),
        ("“EXIT 2: this way”: white on green", "“No text appears.”"),
        ("It is", "[inaudible]\nIt is"),
        ("Calm.", "00:05 Calm."),
        ("## Mood", "## Storyline"),
        ("Ann - a calm voice", "Start: 1"),
        ("Yes.", "<b>Yes.</b>"),
    ],
)
def test_anything_else_is_left_to_the_other_readers(written: str, instead: str) -> None:
    assert written in REPORT
    assert not is_in_form(REPORT.replace(written, instead, 1))


def test_what_an_answer_states_to_be_absent_is_in_the_form() -> None:
    nothing = ParsedAnswer("ok", "", {"storyline": (), "visible_text": (), "speakers": (), "transcript": ()})
    assert read_contract(render_answer(nothing, "video", SPAN), SPAN) == nothing


def test_rows_out_of_order_or_beyond_the_segment_are_placed_as_ever() -> None:
    answer = read_contract("## Storyline\n00:09.000 - 00:70.000\nRain.\n\n00:01.000 - 00:02.000\nSun.\n", SPAN)
    assert answer
    assert [(row.start_ms, row.end_ms, row.time_quality) for row in answer.storyline or ()] == [
        (61_000, 62_000, "reordered"),
        (69_000, 120_000, "clamped"),
    ]

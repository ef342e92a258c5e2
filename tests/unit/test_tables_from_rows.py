"""Published rows read again: the same parser gives the same rows, another parser its own, and nothing is paid twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.records import AnalysisPlan, Answer, AnswerForm, Event, Kind, ParsedAnswer, Span
from tasks.tables.analysis import Attempt, analysis_rows
from tasks.tables.arrow import to_arrow
from tasks.tables.from_rows import READ_AGAIN, answer_form, answer_of, differs, recording_of, rows_from
from tasks.tables.rows import Rows, media_row
from tests.support.dataset_rows import START, answer, plan, planned, row, run

DONE = START + timedelta(minutes=5)
SECTIONS = (
    "## Storyline\n00:00.000 - 00:58.000\nA street.\n## Visible Text\nNo text appears.\n"
    "## Speakers and Transcript\nSpeaker profiles:\nAnn - a calm voice\n\n"
    "00:01.000 - 00:58.000\nSpeaker: Ann\nState: calm\nContent: “Hello.”\n## Music\nA waltz.\n"
)
TEXTS = [SECTIONS, "## Storyline\n00:00 - 00:59\nA – “b” 影片 🎬\r\n", "what?", " \n ", ""]


def published(of: AnalysisPlan, *answers: Answer, number: int = 1) -> Rows:
    """The rows of an attempt, as its files give them."""
    rows = analysis_rows(Attempt(of, run(), number, None, DONE), answers)
    return {table: to_arrow(table, found).to_pylist() for table, found in rows.items()}


def again(of: AnalysisPlan, rows: Rows) -> Rows:
    return rows_from(rows, recording_of(media_row(of.recording)), run("run-2"))


@st.composite
def answers(draw: st.DrawFn, seq: int) -> Answer:
    segment = planned(seq, seq * 60_000, (seq + 1) * 60_000, f"s{seq}")
    text = draw(st.sampled_from(TEXTS))
    facts = {
        "reasoning": draw(st.sampled_from(["", "hm"])),
        "voice_path": draw(st.sampled_from([None, "v.wav"])),
        "finish_reason": draw(st.sampled_from(["stop", "length", None])),
    }
    if text.strip():
        return answer(segment, text, **facts)
    outcome = draw(st.sampled_from(["refused", "failed", "truncated", "skipped"]))
    clip = {} if draw(st.booleans()) else {"clip": None}
    return answer(
        replace(segment, picture=draw(st.sampled_from([None, segment.picture]))),
        text, outcome=outcome, reason="no answer", error_class="X", retryable=draw(st.booleans()), **clip, **facts,
    )  # fmt: skip


@settings(deadline=None)  # the first call of pyarrow is slow
@given(st.data(), st.sampled_from(["sections", "text"]), st.sampled_from(["video", "audio"]))
def test_the_same_parser_reads_the_same(data: st.DataObject, form: AnswerForm, kind: Kind) -> None:
    given_answers = [data.draw(answers(seq)) for seq in range(data.draw(st.integers(1, 4)))]
    of = plan(*(a.segment for a in given_answers), form=form, kind=kind)
    first = published(of, *given_answers)
    assert not differs(first, again(of, first))


def test_an_attempt_read_again_is_the_next_one_of_the_same_moment_and_pays_nothing() -> None:
    of = plan(planned(0, 0, 60_000, "s0"), planned(1, 60_000, 120_000, "s1"))
    lost = answer(of.segments[1], "", outcome="failed", reason="timed out", retryable=True)
    rows = again(of, published(of, answer(of.segments[0], SECTIONS), lost, number=3))
    [analysis] = rows["analyses"]
    assert (analysis["attempt"], analysis["run_id"], analysis["completed_at"]) == (4, "run-2", DONE)
    assert {(r["attempt"], r["run_id"]) for table in READ_AGAIN for r in rows[table]} == {(4, "run-2")}
    assert (rows["calls"], rows["failures"]) == ([], [])
    assert [(s["attempts"], s["outcome"], s["retryable"]) for s in rows["segments"]] == [
        (0, "ok", False), (0, "failed", True),
    ]  # fmt: skip


def test_another_parser_makes_other_rows() -> None:
    def newer(text: str, kind: Kind, form: AnswerForm, span: Span, *_: object) -> ParsedAnswer:
        return ParsedAnswer("ok", "", {"storyline": (Event(0, 1000, f"read anew by {kind} {form}", "model"),)})

    of = plan()
    first = published(of, answer(of.segments[0], SECTIONS))
    rows = rows_from(first, recording_of(media_row(of.recording)), run("run-2"), newer)
    assert differs(first, rows)
    assert [event["description"] for event in rows["storyline"]] == ["read anew by video sections"]
    assert rows["transcript"] == []


@pytest.mark.parametrize("table", READ_AGAIN)
def test_a_difference_in_any_table_counts(table: str) -> None:
    of = plan()
    first = published(of, answer(of.segments[0], SECTIONS.replace("No text appears.", "00:01 - 00:02\n“EXIT”: red")))
    rows = again(of, first)
    assert not differs(first, rows)
    first[table][0]["media_id"] = "other"
    assert differs(first, rows)


def test_turns_are_carried_along() -> None:
    of = plan()
    first = published(of, answer(of.segments[0], SECTIONS))
    first["turns"] = [row("turns", run_id="run-1", attempt=1, turn=1, question="why?", answer="because")]
    [turn] = again(of, first)["turns"]
    assert (turn["attempt"], turn["run_id"], turn["question"]) == (2, "run-2", "why?")


def test_an_answer_of_blanks_keeps_its_outcome() -> None:
    of = plan()
    [segment] = published(of, answer(of.segments[0], " \n", outcome="truncated", reason="no word"))["segments"]
    taken = answer_of(segment)
    assert (taken.text, taken.outcome, taken.reason, taken.taken_over) == (" \n", "truncated", "no word", True)


# --- attempts from before answer_form ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["sections", "text"])
@pytest.mark.parametrize("text", [SECTIONS, "Nothing to worry about."])
def test_how_answers_were_read_is_told_from_the_rows_where_no_column_says_so(form: AnswerForm, text: str) -> None:
    of = plan(planned(0, 0, 60_000, "s0"), planned(1, 60_000, 120_000, "s1"), form=form)
    first = published(of, answer(of.segments[0], text), answer(of.segments[1], "", outcome="refused"))
    first["analyses"][0]["answer_form"] = None
    assert answer_form(first) == form
    assert not differs(first, again(of, first))


def test_without_an_ok_answer_sections_are_assumed() -> None:
    of = plan(form="text")
    first = published(of, answer(of.segments[0], "", outcome="refused"))
    first["analyses"][0]["answer_form"] = None
    assert answer_form(first) == "sections"
    assert not differs(first, again(of, first))

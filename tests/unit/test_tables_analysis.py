"""Answers into the rows of an analysis: numbering, outcomes, speakers, money, failures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.types import Price
from tasks.records import AnalysisPlan, Answer, Failure, FollowUp, Outcome, Span, Tokens
from tasks.tables.analysis import (
    Attempt,
    analysis_rows,
    read_answers,
    recording_outcome,
    segment_failures,
)
from tasks.tables.arrow import to_arrow
from tasks.tables.coverage import covered_share
from tasks.tables.from_rows import answer_of
from tasks.tables.rows import Rows
from tasks.tables.schemas import FACT_TABLES, TABLES
from tests.support.dataset_rows import START, answer, call, plan, planned, run

DONE = START + timedelta(minutes=5)
FIRST = planned(0, 0, 60_000, "s0")
SECOND = planned(1, 60_000, 120_000, "s1")
PRICE = Price(
    model="m", region="r", currency="CNY", as_of=date(2026, 6, 1), text_in=7, image_video_in=7, audio_in=53,
    text_out=40, audio_out=213,
)  # fmt: skip


def _answer(events: str = "00:00.000 - 00:59.000\nA street.", said: str = "No speech appears.") -> str:
    return f"## Storyline\n{events}\n## Visible Text\nNo text appears.\n## Speakers and Transcript\n{said}\n"


def _failures(*answers: Answer) -> list[Failure]:
    attempt = _attempt()
    return segment_failures(attempt, read_answers(attempt.plan, answers))


def _spoken(start: str, name: str, words: str, profile: str = "") -> str:
    profiles = f"Speaker profiles:\n{name} - {profile}\n\n" if profile else ""
    return f"{profiles}{start} - 00:58.000\nSpeaker: {name}\nState: calm\nContent: “{words}”\n"


def _attempt(of: AnalysisPlan | None = None, price: Price | None = None) -> Attempt:
    return Attempt(of or plan(FIRST, SECOND), run(), 1, price, DONE)


def _rows(*answers: Answer, of: AnalysisPlan | None = None) -> Rows:
    return analysis_rows(_attempt(of), answers)


def test_every_row_fits_its_table() -> None:
    rows = _rows(
        answer(FIRST, _answer(said=_spoken("00:01.000", "Ann", "Hello.", "young")) + "## Music\nA waltz.\n"),
        answer(SECOND, "", outcome="failed", reason="no", error_class="BadRequest"),
    )
    assert set(rows) == {*FACT_TABLES, "failures"}
    for table, found in rows.items():
        assert to_arrow(table, found).num_rows == len(found)
        assert found or table in ("visible_text", "turns", "findings")


def test_events_are_numbered_through_the_recording_in_the_order_of_time() -> None:
    rows = _rows(answer(SECOND, _answer("00:10.000 - 00:55.000\nLater.")), answer(FIRST, _answer()))
    assert [(r["seq"], r["segment_id"], r["start_ms"], r["description"]) for r in rows["storyline"]] == [
        (0, "s0", 0, "A street."),
        (1, "s1", 70_000, "Later."),
    ]
    assert [(r["seq"], r["segment_id"]) for r in rows["segments"]] == [(0, "s0"), (1, "s1")]


def test_an_event_without_a_time_stays_behind_the_one_before_it() -> None:
    text = _answer("Untimed.")
    rows = _rows(answer(FIRST, _answer()), answer(SECOND, text))
    assert [(r["seq"], r["start_ms"]) for r in rows["storyline"]] == [(0, 0), (1, None)]


def test_a_speaker_is_the_union_of_what_the_segments_say() -> None:
    rows = _rows(
        answer(FIRST, _answer(said=_spoken("00:01.000", "Ann", "Hello."))),
        answer(SECOND, _answer(said=_spoken("00:48.000", "Ann", "Bye.", "a young woman"))),
    )
    [speaker] = rows["speakers"]
    assert (speaker["speaker"], speaker["profile"], speaker["talk_ms"]) == ("Ann", "a young woman", 57_000 + 10_000)
    assert json.loads(speaker["segment_names_json"]) == {"s0": "Ann", "s1": "Ann"}


@pytest.mark.parametrize(("told", "stored"), [("en", "en"), ("auto", None)])
def test_the_language_of_an_utterance_is_what_the_model_was_told(told: str, stored: str | None) -> None:
    said = _answer(said=_spoken("00:01.000", "Ann", "Hello."))
    [utterance] = _rows(answer(FIRST, said), of=plan(FIRST, language=told))["transcript"]
    assert (utterance["language"], utterance["text"], utterance["state"]) == (stored, "Hello.", "calm")


def test_a_prompt_for_plain_text_gives_one_section_without_heading() -> None:
    rows = _rows(answer(FIRST, "Nothing to worry about."), of=plan(FIRST, form="text"))
    [section] = rows["extra_sections"]
    assert (section["heading"], section["text"]) == (None, "Nothing to worry about.")
    assert rows["analyses"][0]["outcome"] == "ok"


def test_what_was_shown_is_recorded() -> None:
    [segment] = _rows(answer(FIRST, _answer()), of=plan(FIRST))["segments"]
    shown = ("width", "height", "fps", "max_pixels", "bytes_sent", "video_sent", "audio_sent", "transport")
    assert tuple(segment[name] for name in shown) == (64, 32, 2.0, 4096, 1000, "sent", "sent", "base64")
    [uncut] = _rows(answer(FIRST, "", clip=None, calls=(), outcome="failed"), of=plan(FIRST))["segments"]
    assert (uncut["bytes_sent"], uncut["video_sent"], uncut["audio_sent"]) == (None, None, None)


def test_the_raw_answer_is_stored_as_it_came() -> None:
    text = "## Storyline\n00:00 - 00:59\nA – “b”\r\n\r\n"
    [segment] = _rows(answer(FIRST, text, reasoning="hm"), of=plan(FIRST))["segments"]
    assert (segment["raw_answer"], segment["reasoning"]) == (text, "hm")


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (answer(FIRST, _answer()), "ok"),
        (answer(FIRST, "what?", finish_reason="length"), "truncated"),
        (answer(FIRST, "", outcome="refused", reason="inspection"), "refused"),
        (answer(FIRST, "", outcome="skipped", reason="no budget", calls=(), clip=None), "skipped"),
        (answer(FIRST, ""), "failed"),
    ],
)
def test_the_outcome_is_the_answers_own_or_what_was_read_out_of_it(given: Answer, outcome: str) -> None:
    [segment] = _rows(given, of=plan(FIRST))["segments"]
    assert segment["outcome"] == outcome
    assert bool(segment["reason"]) == (outcome != "ok")


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [
        (["ok", "ok"], "ok"),
        (["ok", "refused"], "partial"),
        (["partial"], "partial"),
        (["partial", "failed", "skipped"], "partial"),
        (["refused", "refused"], "refused"),
        (["refused", "failed"], "failed"),
        (["malformed", "truncated"], "failed"),
        ([], "failed"),
    ],
)
def test_the_outcome_of_a_recording(outcomes: list[Outcome], outcome: Outcome) -> None:
    assert recording_outcome(outcomes) == outcome


def test_coverage_is_the_share_of_the_duration_with_an_ok_answer() -> None:
    rows = _rows(answer(FIRST, _answer()), answer(SECOND, "", outcome="refused"))
    assert rows["analyses"][0]["coverage"] == 0.5
    assert rows["analyses"][0]["outcome"] == "partial"


@pytest.mark.parametrize(
    ("spans", "duration", "share"),
    [
        ([], 100, 0.0),
        ([Span(0, 60), Span(40, 100)], 100, 1.0),
        ([Span(0, 10), Span(0, 50)], 100, 0.5),
        ([Span(50, 120)], 100, 0.7),
        ([Span(0, 200)], 100, 1.0),
        ([], 0, 0.0),
        ([Span(0, 500)], 0, 1.0),
    ],
)
def test_overlaps_count_once(spans: list[Span], duration: int, share: float) -> None:
    assert covered_share(spans, duration) == share


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 50)), max_size=8))
def test_coverage_counts_each_millisecond_once(parts: list[tuple[int, int]]) -> None:
    spans = [Span(start, min(100, start + length)) for start, length in parts]
    seen = {ms for span in spans for ms in range(span.start_ms, span.end_ms)}
    assert covered_share(spans, 100) == pytest.approx(len(seen) / 100)


def test_each_request_is_a_row_with_its_cost() -> None:
    tried = (
        call(1, None, http_status=429, error_class="RateLimited"),
        call(2, Tokens(video=1000, audio=100, output=50)),
    )
    rows = analysis_rows(_attempt(plan(FIRST), PRICE), [answer(FIRST, _answer(), calls=tried)])
    first, second = rows["calls"]
    assert (first["try"], first["http_status"], first["video_tokens"], first["cost_nano"]) == (1, 429, None, None)
    assert (second["try"], second["video_tokens"], second["output_tokens"]) == (2, 1000, 50)
    assert second["cost_nano"] == 1000 * 7_000 + 100 * 53_000 + 50 * 40_000
    assert (second["currency"], second["price_date"]) == ("CNY", date(2026, 6, 1))
    assert rows["segments"][0]["attempts"] == 2


def test_without_a_price_the_cost_is_unknown_not_nought() -> None:
    [one] = _rows(answer(FIRST, _answer(), calls=(call(1, Tokens(video=5)),)), of=plan(FIRST))["calls"]
    assert (one["cost_nano"], one["currency"], one["price_date"]) == (None, None, None)


def test_a_segment_without_an_answer_is_a_failure_with_its_stage() -> None:
    lost = answer(FIRST, "", outcome="failed", reason="timed out", error_class="ConnectionLost", retryable=True)
    uncut = answer(SECOND, "", outcome="failed", reason="bad stream", error_class="FfmpegFailed", clip=None, calls=())
    asked, cut = _failures(lost, uncut)
    assert (asked.stage, asked.error_class, asked.message, asked.retryable) == (
        "ask",
        "ConnectionLost",
        "timed out",
        True,
    )
    assert (asked.attempts, asked.occurred_at) == (1, START + timedelta(milliseconds=1500))
    assert (cut.stage, cut.attempts, cut.occurred_at, cut.segment_id) == ("cut", 0, DONE, "s1")


def test_what_was_taken_over_has_its_calls_and_failures_where_it_was_asked() -> None:
    taken = [
        answer(FIRST, _answer(), calls=(), taken_over=True),
        answer(SECOND, "", outcome="failed", reason="timed out", retryable=True, calls=(), taken_over=True),
    ]
    rows = _rows(*taken)
    assert (rows["calls"], rows["failures"]) == ([], [])
    assert [(s["outcome"], s["reason"], s["retryable"], s["attempts"]) for s in rows["segments"]] == [
        ("ok", "", False, 0), ("failed", "timed out", True, 0),
    ]  # fmt: skip
    assert (rows["analyses"][0]["outcome"], rows["analyses"][0]["coverage"]) == ("partial", 0.5)


def test_what_was_asked_again_beside_it_is_a_row_of_this_attempt() -> None:
    rows = _rows(
        answer(FIRST, "", outcome="failed", reason="old", calls=(), taken_over=True),
        answer(SECOND, "", outcome="failed", reason="new", error_class="ServiceBusy", retryable=True),
    )
    assert [(f["segment_id"], f["message"], f["attempts"]) for f in rows["failures"]] == [("s1", "new", 1)]
    assert [s["attempts"] for s in rows["segments"]] == [0, 1]


def test_half_a_recording_is_worth_something() -> None:
    third = planned(2, 80_000, 120_000, "s2")
    rows = _rows(
        answer(FIRST, _answer(), calls=(), taken_over=True),
        answer(planned(1, 60_000, 80_000, "s1"), "", outcome="skipped", calls=(), clip=None),
        answer(third, "## Storyline\n00:00 - 00:39\nA door.\n"),
        of=plan(FIRST, planned(1, 60_000, 80_000, "s1"), third),
    )
    assert [s["outcome"] for s in rows["segments"]] == ["ok", "skipped", "partial"]
    assert [e["segment_id"] for e in rows["storyline"]] == ["s0", "s2"]
    assert (rows["analyses"][0]["outcome"], rows["analyses"][0]["coverage"]) == ("partial", 0.5)


def test_every_answer_that_is_not_ok_is_a_failure() -> None:
    answers = [answer(FIRST, "", outcome="refused", reason="no"), answer(SECOND, "Hm.")]
    assert [(f.outcome, f.error_class, f.segment_id) for f in _failures(*answers)] == [
        ("refused", "AnswerRefused", "s0"),
        ("malformed", "AnswerMalformed", "s1"),
    ]
    assert _failures(answer(FIRST, "", outcome="skipped")) == []


@pytest.mark.parametrize("table", ["storyline", "visible_text", "transcript"])
def test_timed_tables_start_as_the_schema_says(table: str) -> None:
    assert TABLES[table].names[5:8] == ["seq", "start_ms", "end_ms"]


# --- modes and follow-up questions -------------------------------------------------------------------------------


def test_turns_become_rows_and_their_requests_are_calls_of_the_segment() -> None:
    turns = (FollowUp("Who?", "Ann", calls=(call(1),)), FollowUp("Why?", reason="overloaded", calls=(call(1), call(2))))
    rows = _rows(answer(FIRST, _answer(), calls=(call(1),), turns=turns))
    assert [(r["turn"], r["question"], r["answer"]) for r in rows["turns"]] == [(1, "Who?", "Ann"), (2, "Why?", None)]
    assert [row["try"] for row in rows["calls"]] == [1, 2, 3, 4]
    assert rows["segments"][0]["attempts"] == 4
    [failed] = rows["failures"]
    assert (failed["message"], failed["attempts"]) == ("Follow-up 2 got no answer: overloaded", 2)
    assert rows["segments"][0]["outcome"] == "ok"


def test_a_voice_that_could_not_be_kept_is_told_and_spoils_nothing() -> None:
    rows = _rows(answer(FIRST, _answer(), reason="The spoken answer could not be kept. The disk is full."))
    assert (rows["segments"][0]["outcome"], rows["segments"][0]["reason"]) == ("ok", "")
    [failed] = rows["failures"]
    assert (failed["error_class"], failed["stage"]) == ("VoiceLost", "ask")


def test_what_is_taken_over_keeps_its_voice_and_its_turns_without_a_failure() -> None:
    turns = (FollowUp("Who?", None),)
    rows = _rows(answer(FIRST, _answer(), voice_path="v.wav", turns=turns, taken_over=True, calls=()))
    assert (rows["segments"][0]["voice_path"], len(rows["turns"])) == ("v.wav", 1)
    assert (rows["failures"], rows["calls"]) == ([], [])


# --- segments that overlap -----------------------------------------------------------------------------------------

EARLY = replace(planned(0, 0, 60_000, "s0"), owned=Span(0, 57_000), silences=(Span(1_000, 2_000),))
LATE = replace(planned(1, 54_000, 120_000, "s1"), owned=Span(57_000, 120_000))


def _overlapping() -> Rows:
    early = _spoken("00:54.500", "Ann", "Good morning to you all.", "Irish, warm")
    late = "00:00.600 - 00:04.000\nSpeaker: Woman\nContent: “Morning to you all.”\n"
    return _rows(answer(EARLY, _answer(said=early)), answer(LATE, _answer(said=late)), of=plan(EARLY, LATE))


def test_what_two_segments_heard_is_one_row_and_one_speaker() -> None:
    rows = _overlapping()
    assert [(r["seq"], r["segment_id"], r["speaker"], r["text"]) for r in rows["transcript"]] == [
        (0, "s0", "Ann", "Good morning to you all.")
    ]
    [speaker] = rows["speakers"]
    assert (speaker["speaker"], speaker["profile"]) == ("Ann", "Irish, warm")
    assert json.loads(speaker["segment_names_json"]) == {"s0": "Ann", "s1": "Woman"}


def test_a_segment_row_has_its_window_and_its_silences() -> None:
    first, second = _overlapping()["segments"]
    assert (first["owned_start_ms"], first["owned_end_ms"], first["silences_json"]) == (0, 57_000, "[[1000,2000]]")
    assert (second["owned_start_ms"], second["silences_json"]) == (57_000, None)


def test_an_overlapping_segment_is_the_same_once_read_back() -> None:
    [row, _] = to_arrow("segments", _overlapping()["segments"]).to_pylist()
    back = answer_of(row).segment
    assert (back.owned, back.silences) == (EARLY.owned, EARLY.silences)

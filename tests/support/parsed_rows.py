"""Attempts whose rows a parser has read, today's or an older one, made without media or model."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tasks.records import AnswerForm, Event, Kind, ParsedAnswer, Span
from tasks.store.commit import publish_attempts
from tasks.store.dataset import Dataset
from tasks.tables.analysis import Attempt, Parser, analysis_rows
from tasks.tables.rows import Rows, media_row
from tests.support.dataset_rows import START, answer, plan, planned, run

TEXT = "## Storyline\n00:00.000 - 00:59.000\nA street.\n## Speakers and Transcript\nNo speech appears.\n"


def older(text: str, kind: Kind, form: AnswerForm, span: Span, *_: object) -> ParsedAnswer:
    """A parser that found less."""
    event = Event(span.start_ms, span.end_ms, "something", "model")
    return ParsedAnswer("partial", "missing", {"storyline": (event,)})


def parsed_attempt(
    name: str = "aa",
    number: int = 1,
    parse: Parser = older,
    run_id: str = "run-1",
    *,
    complete: bool = False,
    **of_recording: Any,
) -> Rows:
    """An attempt with two answers and a segment that failed, unless it is complete."""
    segments = [planned(seq, seq * 60_000, (seq + 1) * 60_000, f"{name}{seq}") for seq in range(3)]
    answers = [answer(segment, TEXT) for segment in segments]
    if not complete:
        answers[2] = answer(segments[2], "", outcome="failed", reason="timed out", error_class="X", retryable=True)
    of = plan(*segments, kind="audio", **of_recording)
    moment = START + timedelta(minutes=number)
    rows = analysis_rows(Attempt(of, run(run_id), number, None, moment), answers, parse)
    renamed = {t: [{**row, "analysis_id": name} if "analysis_id" in row else row for row in rows[t]] for t in rows}
    return renamed | {"media": [media_row(of.recording)]}


def publish_parsed(dataset: Dataset, *attempts: Rows, name: str = "", run_id: str = "run-1") -> None:
    """Publish attempts in one commit, in files called `name`, or after the first of them."""
    first = attempts[0]["analyses"][0]
    publish_attempts(dataset, attempts, run(run_id), name or f"{first['analysis_id']}-{first['attempt']}")

"""Turn published rows back into the records that they were made from.

So an answer can be read again without a call.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any

from tasks.answer.parse import parse_answer
from tasks.media_records import MissingPart
from tasks.records import (
    AnalysisPlan,
    Answer,
    AnswerForm,
    Clip,
    Outcome,
    Picture,
    PlannedSegment,
    Question,
    Recording,
    Span,
    Tokens,
)
from tasks.tables.analysis import Attempt, Parser, analysis_rows
from tasks.tables.arrow import to_arrow
from tasks.tables.rows import Row, Rows, RunInfo
from tasks.tables.schemas import SECTION_TABLES, TABLES

READ_AGAIN = ("segments", *SECTION_TABLES, "speakers", "extra_sections", "analyses")
"""The tables that hold what is read out of answers. The others stay with the attempt that asked."""

# What differs from attempt to attempt without saying anything about the recording. `answer_form` is told from the rows
# where an older attempt lacks it.
_NO_CONTENT = frozenset({"run_id", "attempt", "attempts", "answer_form"})
_SECTIONED = (*SECTION_TABLES, "speakers")


OF_RECORDING = ("media_id", "id_basis", "uri", "kind", "duration_ms", "declared_duration_ms", "missing_json")
"""The columns of `media` that `recording_of` reads."""

# What columns hold where there is nothing to say: in older rows they are null.
_NOTHING = {("analyses", "reason"): "", ("segments", "damaged_packets"): 0, ("segments", "media_notes_json"): "[]"}


def rows_from(published: Rows, recording: Recording, run: RunInfo, parse: Parser = parse_answer) -> Rows:
    """Return the rows of the next attempt, from the answers of a published one.

    `published` holds all rows of one attempt by table. No calls and no failures: those stay rows of the attempt that
    asked. Follow-up turns are no part of the answers that are read here, and are carried along; so are findings, since
    they are judged by a policy and not all of them come from answers.
    """
    [analysis] = published["analyses"]
    answers = [answer_of(row) for row in published["segments"]]
    number = analysis["attempt"] + 1
    attempt = Attempt(_plan(published, recording, answers), run, number, None, analysis["completed_at"])
    carried = {
        table: [{**row, "run_id": run.run_id, "attempt": number} for row in published.get(table, [])]
        for table in ("turns", "findings")
    }
    return analysis_rows(attempt, answers, parse) | carried


def differs(published: Rows, again: Rows) -> bool:
    """Return whether an attempt that was read again has other content."""
    return any(
        _content(table, published.get(table, [])) != _content(table, to_arrow(table, again[table]).to_pylist())
        for table in READ_AGAIN
    )


def recording_of(row: Row) -> Recording:
    """Return a recording from its row of `media`, as far as rows are made from it.

    It cannot be cut: the path is not known.
    """
    return Recording(
        media_id=row["media_id"],
        id_basis=row["id_basis"],
        uri=row["uri"],
        path="",
        kind=row["kind"],
        container="",
        size_bytes=0,
        duration_ms=row["duration_ms"],
        video=None,
        audio=None,
        probe_json="",
        declared_duration_ms=row["declared_duration_ms"],
        missing=tuple(MissingPart(**part) for part in json.loads(row["missing_json"] or "[]")),
        members=tuple(_members(row)),
    )


def _members(row: Row) -> Iterator[Recording]:
    """Yield the files of a group, of each its name and length."""
    if row["id_basis"] != "group":
        return
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        for one in json.loads(row["probe_json"])["members"]:
            yield Recording(
                media_id="",
                id_basis="bytes",
                uri=str(one.get("uri", "")),
                path="",
                kind=row["kind"],
                container="",
                size_bytes=0,
                duration_ms=int(one["duration_ms"]),
                video=None,
                audio=None,
                probe_json="",
            )


def answer_of(row: Row) -> Answer:
    """Return an answer that is taken over, from its row of `segments`.

    It has no calls, as each of them is a row already.
    """
    span = Span(row["start_ms"], row["end_ms"])
    segment = PlannedSegment(
        seq=row["seq"],
        segment_id=row["segment_id"],
        span=span,
        cut_reason=row["cut_reason"],
        picture=_picture(row, span),
        sound=row["audio_sent"] not in (None, "absent"),
        tokens=Tokens(),
        owned=None if row["owned_start_ms"] is None else Span(row["owned_start_ms"], row["owned_end_ms"]),
        silences=_silences(row["silences_json"]),
    )
    clip = None
    if row["bytes_sent"] is not None:
        clip = Clip(
            segment,
            "",
            "",
            row["bytes_sent"],
            row["video_sent"],
            row["audio_sent"],
            tuple(json.loads(row["media_notes_json"] or "[]")),
            row["transport"],
            damaged_packets=row["damaged_packets"] or 0,
        )
    broken = row["outcome"] in ("failed", "refused")
    text = "" if broken else row["raw_answer"] or ""
    spoken = bool(text.strip())  # blanks alone are no text to read: the row says what became of it
    outcome: Outcome | None = None if spoken else row["outcome"]
    return Answer(
        segment=segment,
        text=text,
        reasoning=row["reasoning"] or "",
        finish_reason=row["finish_reason"],
        request_id=row["request_id"],
        model_snapshot=row["model_snapshot"],
        calls=(),
        clip=clip,
        outcome=outcome,
        reason="" if spoken else row["reason"],
        error_class=row["error_class"],
        retryable=bool(row["retryable"]),
        voice_path=row["voice_path"],
        taken_over=True,
        broken_text=(row["raw_answer"] or "") if broken else "",
    )


def answer_form(published: Rows) -> AnswerForm:
    """Return how the answers of an attempt were read.

    Rows from before the column show it themselves: plain text is whole in one section without heading, and is ok; an
    answer that was expected to have sections and came without any never is.
    """
    form: AnswerForm | None = published["analyses"][0]["answer_form"]
    if form:
        return form
    ok = {row["segment_id"] for row in published["segments"] if row["outcome"] == "ok"}
    sectioned = any(published.get(table) for table in _SECTIONED)
    return "text" if ok and not sectioned and ok <= _whole(published.get("extra_sections", [])) else "sections"


def _whole(sections: Collection[Row]) -> set[str]:
    """Return the segments whose answer is one section without heading."""
    count = Counter(row["segment_id"] for row in sections)
    return {row["segment_id"] for row in sections if not row["heading"] and count[row["segment_id"]] == 1}


def _content(table: str, rows: Sequence[Row]) -> Counter[tuple[Any, ...]]:
    """Count the content of an attempt's rows, in any order."""
    names = [name for name in TABLES[table].names if name not in _NO_CONTENT]
    return Counter(
        tuple(_NOTHING.get((table, name)) if row[name] is None else row[name] for name in names) for row in rows
    )


def _plan(published: Rows, recording: Recording, answers: Sequence[Answer]) -> AnalysisPlan:
    [analysis] = published["analyses"]
    question = Question(
        prompt=analysis["prompt"],
        prompt_sha256=analysis["prompt_sha256"],
        instruction="",
        answer=answer_form(published),
        language=analysis["language"],
        sections=_required(analysis["required_json"]),
    )
    return AnalysisPlan(
        analysis_id=analysis["analysis_id"],
        recording=recording,
        scenario=analysis["scenario"],
        question=question,
        provider=analysis["provider"],
        model=analysis["model"],
        transport=published["segments"][0]["transport"],
        segments=tuple(answer.segment for answer in answers),
        params_json=analysis["params_json"],
    )


def _required(required_json: str | None) -> tuple[str, ...] | None:
    return None if required_json is None else tuple(json.loads(required_json))


def _silences(silences_json: str | None) -> tuple[Span, ...] | None:
    return None if silences_json is None else tuple(Span(*one) for one in json.loads(silences_json))


def _picture(row: Row, span: Span) -> Picture | None:
    if row["width"] is None:
        return None
    fps = row["fps"] or 0.0  # null: an image
    frames = round(fps * span.duration_ms / 1000) or 1
    return Picture(row["width"], row["height"], fps, frames, row["max_pixels"])

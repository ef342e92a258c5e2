"""Rows, records and whole attempts for tests of the dataset, made without media, parser or model."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from tasks.media_records import AudioStream, VideoStream
from tasks.records import (
    AnalysisPlan,
    Answer,
    Call,
    Clip,
    Picture,
    PlannedSegment,
    Question,
    Recording,
    Span,
    Tokens,
)
from tasks.tables.columns import allowed
from tasks.tables.rows import Row, Rows, RunInfo
from tasks.tables.schemas import TABLES
from tests.support.tables import odd_values

START = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
MEDIA = "ab" * 32

_PLAIN: dict[pa.DataType, Any] = {
    pa.string(): "",
    pa.int64(): 0,
    pa.float64(): 0.0,
    pa.bool_(): False,
    pa.date32(): date(2026, 11, 22),
    pa.timestamp("us", tz="UTC"): START,
}


def run(run_id: str = "run-1", started_at: datetime = START) -> RunInfo:
    return RunInfo(run_id, started_at, "command", "0.1.0", "{}")


def row(table: str, **given: Any) -> Row:
    """A row of the table: what is given, null where that is allowed, and something plain elsewhere."""
    unknown = given.keys() - set(TABLES[table].names)
    assert not unknown, f"{table} has no {unknown}"
    made = {f.name: given.get(f.name, None if f.nullable else _plain(f)) for f in TABLES[table]}
    assert not (odd := odd_values(table, [made])), f"{table} has no {odd}"
    return made


def _plain(field: pa.Field) -> Any:
    return next(iter(allowed(field)), _PLAIN[field.type])


def attempt_rows(
    analysis_id: str = "a1" * 16,
    attempt: int = 1,
    outcomes: tuple[str, ...] = ("ok", "ok"),
    *,
    run_id: str = "run-1",
    media_id: str = MEDIA,
    outcome: str = "ok",
    scenario: str = "standard",
    completed_at: datetime = START,
    text: str = "hello",
    **line: str,
) -> Rows:
    """One attempt with a row in every fact table for each segment of 60 s; a failed segment may be retried.

    `line` may name the analysis' prompt, language and model.
    """
    common = {"run_id": run_id, "analysis_id": analysis_id, "attempt": attempt, "media_id": media_id}
    rows: Rows = {
        name: [] for name in ("segments", "storyline", "visible_text", "transcript", "extra_sections", "calls")
    }
    rows |= {"turns": [], "findings": [], "failures": []}
    for seq, segment_outcome in enumerate(outcomes):
        of = {**common, "segment_id": segment_id(analysis_id, seq)}
        at = {"start_ms": seq * 60_000, "end_ms": (seq + 1) * 60_000}
        answered = segment_outcome not in ("failed", "skipped")
        rows["segments"].append(
            row("segments", **of, seq=seq, **at, outcome=segment_outcome, retryable=segment_outcome == "failed",
                raw_answer=f"{text} {seq}" if answered else None, bytes_sent=1000 if answered else None,
                video_sent="sent" if answered else None, audio_sent="silent" if answered else None,
                width=64 if answered else None, height=32 if answered else None, fps=2.0 if answered else None,
                max_pixels=4096 if answered else None)
        )  # fmt: skip
        if not answered:
            continue
        rows["storyline"].append(
            row("storyline", **of, seq=seq, **at, description=f"{text} {seq}", time_quality="model")
        )
        rows["visible_text"].append(row("visible_text", **of, seq=seq, **at, text="EXIT", time_quality="model"))
        rows["transcript"].append(
            row("transcript", **of, seq=seq, **at, speaker="Ann", text=text, time_quality="model")
        )
        rows["extra_sections"].append(row("extra_sections", **of, seq=seq, heading="Music", text="none"))
        rows["turns"].append(row("turns", **of, turn=1, question="why?", answer="because"))
        rows["findings"].append(
            row("findings", **of, **at, finding_id=f"f-{of['segment_id']}", label="hate", severity=3)
        )
        rows["calls"].append(
            row("calls", **of, call_id=f"{analysis_id}-{attempt}-{seq}", **{"try": 1}, model="m", http_status=200,
                started_at=START + timedelta(minutes=seq), video_tokens=100, audio_tokens=7, image_tokens=0,
                text_tokens=10, output_tokens=20, cost_nano=1_500_000, currency="CNY")
        )  # fmt: skip
    rows["speakers"] = [row("speakers", **common, speaker="Ann", talk_ms=1000, segment_names_json="{}")]
    rows["media"] = [row("media", media_id=media_id, uri=f"{media_id[:4]}.mp4", kind="video", duration_ms=120_000)]
    rows["analyses"] = [
        row("analyses", **common, scenario=scenario, provider="local", outcome=outcome, coverage=1.0,
            completed_at=completed_at, **{"prompt": "p", "model": "m", "language": "en"} | line)
    ]  # fmt: skip
    return rows


def segment_id(analysis_id: str, seq: int) -> str:
    return f"{seq:02d}{analysis_id}"


def recording(**given: Any) -> Recording:
    facts: dict[str, Any] = {
        "media_id": MEDIA,
        "id_basis": "bytes",
        "uri": "film.mp4",
        "path": "/media/film.mp4",
        "kind": "video",
        "container": "mov,mp4",
        "size_bytes": 5000,
        "duration_ms": 120_000,
        "video": VideoStream(0, "h264", 640, 360, 90, 30_000, 1001, False, 0),
        "audio": AudioStream(1, "aac", 48_000, 2, 23),
        "probe_json": '{"format":{"tags":{"title":"Ein Film"}}}',
    }
    return Recording(**facts | given)


def planned(seq: int = 0, start_ms: int = 0, end_ms: int = 60_000, name: str = "") -> PlannedSegment:
    picture = Picture(64, 32, 2.0, 2 * (end_ms - start_ms) // 1000, 4096)
    return PlannedSegment(seq, name or f"{seq:02d}cafe", Span(start_ms, end_ms), "scenario", picture, True, Tokens())


def plan(*segments: PlannedSegment, form: str = "sections", language: str = "en", **of_recording: Any) -> AnalysisPlan:
    question = Question("structured_video", "f0" * 32, "Describe.", form, language)  # type: ignore[arg-type]
    return AnalysisPlan(
        "a1" * 16,
        recording(**of_recording),
        "standard",
        question,
        "local",
        "m",
        "base64",
        segments or (planned(),),
        "{}",
    )


def call(try_number: int = 1, tokens: Tokens | None = None, **given: Any) -> Call:
    facts: dict[str, Any] = {
        "call_id": f"c{try_number}",
        "attempt_no": try_number,
        "model": "m",
        "http_status": 200,
        "error_class": None,
        "started_at": START,
        "latency_ms": 1500,
        "first_token_ms": 300,
        "tokens": tokens,
    }
    return Call(**facts | given)


def answer(segment: PlannedSegment | None = None, text: str = "hello", **given: Any) -> Answer:
    segment = segment or planned()
    facts: dict[str, Any] = {
        "segment": segment,
        "text": text,
        "reasoning": "",
        "finish_reason": "stop" if text else None,
        "request_id": "r1",
        "model_snapshot": "m-2026",
        "calls": (call(),),
        "clip": Clip(segment, "/clips/clip.mp4", "mp4", 1000, "sent", "sent", ("a note",)),
    }
    return Answer(**facts | given)

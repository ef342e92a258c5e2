"""Synthetic recordings for `bench.scale`: ten minutes each, talked through, as rows that are ready to be published."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from tasks.tables.rows import Row, Rows, RunInfo
from tasks.tables.schemas import TABLES

UTTERANCES = 100  # of a recording
SEGMENTS = 3
EVENTS = 20
TEXTS = 5
SPEAKERS = ("Anna", "Ben", "Chloé", "Dmitri")
LENGTH_MS = 600_000
WORDS = 12  # of an utterance
RARE = "refund"  # the word that is looked for: in one utterance of a thousand
START = datetime(2026, 1, 1, tzinfo=UTC)

_VOCABULARY = [hashlib.md5(str(n).encode(), usedforsecurity=False).hexdigest()[: 3 + n % 7] for n in range(20_000)]
_HOW_OFTEN = list(accumulate(1 / (rank + 1) for rank in range(len(_VOCABULARY))))  # as in any language
_PROBE = json.dumps({"format": {"format_name": "mov,mp4", "tags": {"title": "synthetic"}}, "streams": ["x" * 800]})


def run_of(number: int) -> RunInfo:
    """One run a day."""
    started = START + timedelta(days=number)
    return RunInfo(f"{started:%Y%m%dT%H%M%SZ}-{number:06x}", started, "schedule", "0.1.0", '{"cwd": "/talks"}')


def uri_of(number: int) -> str:
    return f"talks/{number // 1000:04d}/{number:08d}.mp4"


def id_of(*what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


def recording_rows(number: int, run: RunInfo) -> Rows:
    """One attempt with all its tables; of a hundred recordings one has a segment that failed."""
    chance = random.Random(number)
    said = _texts(chance, UTTERANCES)
    media_id, analysis_id = id_of("media", number), id_of("analysis", number)[:32]
    common = {"run_id": run.run_id, "analysis_id": analysis_id, "attempt": 1, "media_id": media_id}
    names = [id_of(analysis_id, seq)[:32] for seq in range(SEGMENTS)]
    failed = number % 100 == 0
    done = run.started_at + timedelta(seconds=number % 80_000)

    def spread(count: int, seq: int) -> Row:
        start = seq * LENGTH_MS // count
        segment = names[seq * SEGMENTS // count]
        times = {
            "start_ms": start,
            "end_ms": start + LENGTH_MS // count - 500,
            "time_quality": "model",
        }
        return {**common, "segment_id": segment, "seq": seq, **times}

    rows: Rows = {
        "segments": list(_segments(common, names, said, failed)),
        "storyline": [{**spread(EVENTS, n), "description": said[n]} for n in range(EVENTS)],
        "visible_text": [{**spread(TEXTS, n), "text": said[n][:30], "appearance": "white"} for n in range(TEXTS)],
        "transcript": [
            {**spread(UTTERANCES, n), "speaker": SPEAKERS[n % 4], "state": "calm", "text": text, "language": "en"}
            for n, text in enumerate(said)
        ],
        "speakers": [
            {**common, "speaker": name, "profile": "", "segment_names_json": "{}", "talk_ms": 137_500}
            for name in SPEAKERS
        ],
        "calls": [
            _full("calls", **common, segment_id=name, call_id=id_of("call", name)[:32], model="m", http_status=200,
                  started_at=done, latency_ms=4000, video_tokens=20_000, audio_tokens=1400, image_tokens=0,
                  text_tokens=200, output_tokens=1500, cost_nano=123_456_789, currency="CNY", **{"try": 1})
            for name in names
        ],
        "media": [
            {"media_id": media_id, "id_basis": "bytes", "uri": uri_of(number), "kind": "video", "container": "mov,mp4",
             "size_bytes": 10**8, "duration_ms": LENGTH_MS, "probe_json": _PROBE, "tags_json": "{}"}
        ],
        "analyses": [
            {**common, "scenario": "standard", "prompt": "structured-video", "prompt_sha256": "f" * 64,
             "provider": "dashscope", "model": "m", "language": "en", "params_json": json.dumps({"spans": names}),
             "answer_form": "sections", "required_json": None, "outcome": "partial" if failed else "ok",
             "coverage": 0.667 if failed else 1.0, "completed_at": done}
        ],
    }  # fmt: skip
    if failed:
        rows["failures"] = [
            {"run_id": run.run_id, "media_id": media_id, "segment_id": names[-1], "uri": uri_of(number), "stage": "ask",
             "error_class": "ServiceBusy", "message": "The service could not answer.", "retryable": True,
             "attempts": 5, "occurred_at": done, "outcome": "failed"}
        ]  # fmt: skip
    return {table: [_full(table, **row) for row in some] for table, some in rows.items()}


def _segments(common: Row, names: list[str], said: list[str], failed: bool) -> Iterator[Row]:
    for seq, name in enumerate(names):
        answered = not (failed and seq == SEGMENTS - 1)
        share = said[seq * len(said) // SEGMENTS : (seq + 1) * len(said) // SEGMENTS]
        yield _full(
            "segments", **common, segment_id=name, seq=seq, start_ms=seq * 200_000, end_ms=(seq + 1) * 200_000,
            cut_reason="scenario", transport="base64", outcome="ok" if answered else "failed", reason="",
            retryable=not answered, attempts=1, video_sent="sent", audio_sent="sent", bytes_sent=4_000_000,
            raw_answer="\n".join(share) if answered else None,
        )  # fmt: skip


def _full(table: str, **given: Any) -> Row:
    """All columns of the table, null where nothing is given."""
    return dict.fromkeys(TABLES[table].names) | given


def _texts(chance: random.Random, count: int) -> list[str]:
    drawn = chance.choices(_VOCABULARY, cum_weights=_HOW_OFTEN, k=count * WORDS)
    texts = [" ".join(drawn[n * WORDS : (n + 1) * WORDS]).capitalize() + "." for n in range(count)]
    if chance.random() < count / 1000:
        texts[chance.randrange(count)] += f" A {RARE}, please."
    return texts

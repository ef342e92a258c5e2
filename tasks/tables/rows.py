"""Turn records into the rows of a run: `runs`, `inputs`, `media`, `failures`.

Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tasks.records import Failure, InputStatus, Recording, RunState, Tokens
from tasks.tables.counts import RECORDING_COUNTS, SEGMENT_COUNTS, TOKEN_COLUMNS

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run's info is what all its rows share. `config_json` holds no secret."""

    run_id: str
    started_at: datetime  # aware
    trigger: str  # "command", "schedule", ...
    code_version: str
    config_json: str

    @property
    def month(self) -> str:
        """Return the partition of all rows of the run: `YYYY-MM` of its start in UTC."""
        return self.started_at.astimezone(UTC).strftime("%Y-%m")


@dataclass(frozen=True, slots=True)
class RunTotals:
    """A run's totals count its recordings, segments, requests, tokens and cost.

    `recordings` and `segments` have the keys of `RECORDING_COUNTS` and `SEGMENT_COUNTS`.
    """

    recordings: Mapping[str, int]
    segments: Mapping[str, int]
    requests: int
    tokens: Tokens
    cost_nano: int | None  # None: a price is missing
    currency: str | None


def run_row(run: RunInfo, state: RunState, totals: RunTotals, ended_at: datetime | None) -> Row:
    """Return the row of `runs`. A count that is not given is 0."""
    return {
        "run_id": run.run_id,
        "started_at": run.started_at,
        "ended_at": ended_at,
        "state": state,
        "trigger": run.trigger,
        "config_json": run.config_json,
        "code_version": run.code_version,
        **{f"recordings_{name}": totals.recordings.get(name, 0) for name in RECORDING_COUNTS},
        **{f"segments_{name}": totals.segments.get(name, 0) for name in SEGMENT_COUNTS},
        "requests": totals.requests,
        **token_columns(totals.tokens),
        "cost_nano": totals.cost_nano,
        "currency": totals.currency,
    }


def input_row(
    run_id: str,
    uri: str,
    media_id: str | None,
    status: InputStatus,
    reason: str = "",
    options_json: str | None = None,
    analysis_id: str | None = None,
) -> Row:
    """Return the row of `inputs`.

    `status` is new, known, moved, duplicate, ignored (for that reason) or failed.

    >>> input_row("r1", "a.mp4", None, "ignored", "hidden")["reason"]
    'hidden'
    """
    seen = {"run_id": run_id, "uri": uri, "media_id": media_id, "status": status}
    return {**seen, "reason": reason, "options_json": options_json, "analysis_id": analysis_id}


def media_row(recording: Recording) -> Row:
    """Return the row of `media`."""
    video, audio = recording.video, recording.audio
    return {
        "media_id": recording.media_id,
        "id_basis": recording.id_basis,
        "uri": recording.uri,
        "kind": recording.kind,
        "container": recording.container,
        "size_bytes": recording.size_bytes,
        "duration_ms": recording.duration_ms,
        "video_codec": video.codec if video else None,
        "audio_codec": audio.codec if audio else None,
        "width": video.width if video else None,
        "height": video.height if video else None,
        "rotation": video.rotation if video else None,
        "fps_num": video.fps_num if video else None,
        "fps_den": video.fps_den if video else None,
        "variable_fps": video.variable_fps if video else None,
        "sample_rate": audio.sample_rate if audio else None,
        "channels": audio.channels if audio else None,
        "audio_start_ms": audio.start_ms if audio else None,
        "video_start_ms": video.start_ms if video else None,
        "probe_json": recording.probe_json,
        "tags_json": _tags(recording),
        "declared_duration_ms": recording.declared_duration_ms,
        "missing_json": compact_json([asdict(part) for part in recording.missing]),
        "notes_json": compact_json(recording.notes),
    }


def failure_row(failure: Failure, run_id: str) -> Row:
    """Return the row of `failures`."""
    return {
        "run_id": run_id,
        "media_id": failure.media_id,
        "segment_id": failure.segment_id,
        "uri": failure.uri,
        "stage": failure.stage,
        "error_class": failure.error_class,
        "message": failure.message,
        "retryable": failure.retryable,
        "attempts": failure.attempts,
        "occurred_at": failure.occurred_at,
        "outcome": failure.outcome,
    }


def token_columns(tokens: Tokens | None) -> Row:
    """Return the token columns; all are null where the service counted none.

    >>> token_columns(Tokens(video=7))["video_tokens"]
    7
    """
    return {f"{name}_tokens": None if tokens is None else getattr(tokens, name) for name in TOKEN_COLUMNS}


def _tags(recording: Recording) -> str:
    try:
        tags = json.loads(recording.probe_json).get("format", {}).get("tags", {})
    except (ValueError, AttributeError):
        tags = {}
    if recording.tags_json:
        tags = {**tags, **json.loads(recording.tags_json)}
    return compact_json(tags)


def compact_json(value: object) -> str:
    """Write a value as JSON in a column.

    >>> compact_json({"b": 1, "a": []})
    '{"a":[],"b":1}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

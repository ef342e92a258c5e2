"""What the dataset knows: which analyses are done, and which answers an unfinished one has already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads

from tasks.records import Answer, Clip, Outcome, Picture, PlannedSegment, Span, Tokens
from tasks.store.dataset import Dataset
from tasks.tables.schemas import TABLES

_OF_ANSWER = (
    "segment_id", "seq", "start_ms", "end_ms", "cut_reason", "width", "height", "fps", "max_pixels", "bytes_sent",
    "video_sent", "audio_sent", "outcome", "reason", "error_class", "finish_reason", "request_id", "model_snapshot",
    "raw_answer", "reasoning",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownAnalysis:
    """The newest attempt at an analysis."""

    attempt: int
    outcome: Outcome
    unfinished: bool  # some segment was skipped, or failed in a way that asking again may mend


class History:
    """What was there when it was first asked for; it reads only the columns that it needs.

    Recover the dataset first, so that what a killed run had decided is there too.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @cached_property
    def analyses(self) -> Mapping[str, KnownAnalysis]:
        """The newest attempt by analysis_id."""
        open_attempts = self._open_attempts()
        known: dict[str, KnownAnalysis] = {}
        for row in self._read("analyses", ("analysis_id", "attempt", "outcome")):
            analysis_id, attempt = row["analysis_id"], row["attempt"]
            if analysis_id not in known or attempt > known[analysis_id].attempt:
                known[analysis_id] = KnownAnalysis(attempt, row["outcome"], (analysis_id, attempt) in open_attempts)
        return known

    def is_done(self, analysis_id: str) -> bool:
        """Whether nothing is left to ask."""
        known = self.analyses.get(analysis_id)
        return known is not None and not known.unfinished

    def next_attempt(self, analysis_id: str) -> int:
        known = self.analyses.get(analysis_id)
        return 1 if known is None else known.attempt + 1

    def answers(self, analysis_id: str) -> dict[str, Answer]:
        """The answers of the newest attempt by segment_id: text or a refusal; the rest is still to be asked.

        Their calls are empty, since each call is a row already: what was paid is counted once.
        """
        known = self.analyses.get(analysis_id)
        if known is None:
            return {}
        rows = self._read(
            "segments",
            _OF_ANSWER,
            (pads.field("analysis_id") == analysis_id) & (pads.field("attempt") == known.attempt),
            file_name=f"{analysis_id}-{known.attempt}",
        )
        return {row["segment_id"]: _answer(row) for row in rows if row["raw_answer"] or row["outcome"] == "refused"}

    @cached_property
    def uris(self) -> Mapping[str, str]:
        """Where each recording was first seen, by media_id."""
        return {row["media_id"]: row["uri"] for row in self._read("media", ("media_id", "uri"))}

    def _open_attempts(self) -> set[tuple[str, int]]:
        outcome = pads.field("outcome")
        rows = self._read(
            "segments",
            ("analysis_id", "attempt"),
            (outcome == "skipped") | ((outcome == "failed") & pads.field("retryable")),
        )
        return {(row["analysis_id"], row["attempt"]) for row in rows}

    def _read(
        self, table: str, columns: tuple[str, ...], only: pads.Expression | None = None, file_name: str = "*"
    ) -> list[dict[str, Any]]:
        """Rows of a table; `file_name` spares looking into files that cannot hold them."""
        files = sorted(self._dataset.table(table).glob(f"month=*/{file_name}.parquet"))
        if not files:
            return []
        schema: pa.Schema = TABLES[table]
        source = pads.dataset([str(f) for f in files], schema=schema, format="parquet")
        rows: list[dict[str, Any]] = source.to_table(columns=list(columns), filter=only).to_pylist()
        return rows


def _answer(row: dict[str, Any]) -> Answer:
    span = Span(row["start_ms"], row["end_ms"])
    segment = PlannedSegment(
        seq=row["seq"],
        segment_id=row["segment_id"],
        span=span,
        cut_reason=row["cut_reason"],
        picture=_picture(row, span),
        sound=row["audio_sent"] not in (None, "absent"),
        tokens=Tokens(),
    )
    clip = None
    if row["bytes_sent"] is not None:
        clip = Clip(segment, "", "", row["bytes_sent"], row["video_sent"], row["audio_sent"])
    return Answer(
        segment=segment,
        text=row["raw_answer"] or "",
        reasoning=row["reasoning"] or "",
        finish_reason=row["finish_reason"],
        request_id=row["request_id"],
        model_snapshot=row["model_snapshot"],
        calls=(),
        clip=clip,
        outcome=row["outcome"] if not row["raw_answer"] else None,
        reason=row["reason"] if not row["raw_answer"] else "",
        error_class=row["error_class"],
    )


def _picture(row: dict[str, Any], span: Span) -> Picture | None:
    if row["width"] is None:
        return None
    frames = round(row["fps"] * span.duration_ms / 1000)
    return Picture(row["width"], row["height"], row["fps"], frames, row["max_pixels"])

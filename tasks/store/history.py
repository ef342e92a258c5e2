"""What the dataset knows: which analyses are done, and which answers an unfinished one has already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.dataset as pads

from tasks.records import Answer, Clip, Outcome, Picture, PlannedSegment, Span, Tokens
from tasks.store.dataset import Dataset
from tasks.tables.schemas import TABLES

_OF_ANSWER = (
    "segment_id", "seq", "start_ms", "end_ms", "cut_reason", "width", "height", "fps", "max_pixels", "bytes_sent",
    "video_sent", "audio_sent", "outcome", "reason", "error_class", "finish_reason", "request_id", "model_snapshot",
    "raw_answer", "reasoning",
)  # fmt: skip
_OWN_FILE = re.compile(r"([^.]+)-(\d+)")  # <analysis_id>-<attempt>; a file that attempts share is named otherwise


@dataclass(frozen=True, slots=True)
class KnownAnalysis:
    """The newest attempt at an analysis."""

    attempt: int
    outcome: Outcome
    unfinished: bool  # some segment was skipped, or failed in a way that asking again may mend


class History:
    """What is published. The names of the files tell most of it; a file is opened only for what is asked about.

    Recover the dataset first, so that what a killed run had decided is there too.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @cached_property
    def attempts(self) -> Mapping[str, int]:
        """The newest attempt at each analysis, as of when this is first asked."""
        newest: dict[str, int] = {}
        shared = []
        for file in self._dataset.files("analyses"):
            if own := _OWN_FILE.fullmatch(file.stem):
                newest[own[1]] = max(int(own[2]), newest.get(own[1], 0))
            else:
                shared.append(file)
        for row in _read(shared, "analyses", ("analysis_id", "attempt")):
            newest[row["analysis_id"]] = max(row["attempt"], newest.get(row["analysis_id"], 0))
        return newest

    def known(self, analysis_id: str) -> KnownAnalysis | None:
        """The newest attempt at an analysis; None: there is none."""
        attempt = self.attempts.get(analysis_id)
        if attempt is None:
            return None
        outcome: Outcome = read_attempt(self._dataset, "analyses", analysis_id, attempt, ("outcome",))[0]["outcome"]
        unfinished = outcome != "ok" and is_unfinished(self._dataset, analysis_id, attempt)
        return KnownAnalysis(attempt, outcome, unfinished)

    def is_done(self, analysis_id: str) -> bool:
        """Whether nothing is left to ask."""
        known = self.known(analysis_id)
        return known is not None and not known.unfinished

    def next_attempt(self, analysis_id: str) -> int:
        return self.attempts.get(analysis_id, 0) + 1

    def answers(self, analysis_id: str) -> dict[str, Answer]:
        """The answers of the newest attempt by segment_id: text or a refusal; the rest is still to be asked.

        Their calls are empty, since each call is a row already: what was paid is counted once.
        """
        attempt = self.attempts.get(analysis_id)
        if attempt is None:
            return {}
        rows = read_attempt(self._dataset, "segments", analysis_id, attempt, _OF_ANSWER)
        return {row["segment_id"]: _answer(row) for row in rows if row["raw_answer"] or row["outcome"] == "refused"}

    @cached_property
    def uris(self) -> Mapping[str, str]:
        """Where each recording was first seen, by media_id. Reads one column of the whole table."""
        files = self._dataset.files("media")
        return {row["media_id"]: row["uri"] for row in _read(files, "media", ("media_id", "uri"))}


def is_unfinished(dataset: Dataset, analysis_id: str, attempt: int) -> bool:
    """Whether some segment of the attempt was skipped, or failed in a way that asking again may mend."""
    rows = read_attempt(dataset, "segments", analysis_id, attempt, ("outcome", "retryable"))
    return any(r["outcome"] == "skipped" or (r["outcome"] == "failed" and r["retryable"]) for r in rows)


def read_attempt(
    dataset: Dataset, table: str, analysis_id: str, attempt: int, columns: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The attempt's rows of a table, from its own file, or from wherever they lie."""
    own = dataset.find(table, f"{analysis_id}-{attempt}")
    only = (pads.field("analysis_id") == analysis_id) & (pads.field("attempt") == attempt)
    return _read([own] if own else dataset.files(table), table, columns, only)


def _read(
    files: list[Path], table: str, columns: tuple[str, ...], only: pads.Expression | None = None
) -> list[dict[str, Any]]:
    if not files:
        return []
    source = pads.dataset([str(f) for f in files], schema=TABLES[table], format="parquet")
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

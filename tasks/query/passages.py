"""Find what is known to be said and shown in recordings, by any analysis."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from tasks.moderation.word_list import Passage
from tasks.query.sql import run_sql
from tasks.records import AnalysisPlan, Span
from tasks.store.dataset import Dataset

_SAID = """
SELECT media_id, start_ms, end_ms, text, 'speech' AS modality FROM current_transcript WHERE media_id IN ({ids})
UNION ALL
SELECT media_id, start_ms, end_ms, text, 'text' AS modality FROM current_visible_text WHERE media_id IN ({ids})
"""


def words_of(dataset: Dataset, media_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of transcripts and visible text, by media_id."""
    if not media_ids:
        return {}
    ids = ", ".join(f"'{media_id}'" for media_id in sorted(media_ids))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in run_sql(dataset, _SAID.format(ids=ids)).to_pylist():
        found.setdefault(row["media_id"], []).append(row)
    return found


def passages_in(plan: AnalysisPlan, rows: Sequence[dict[str, Any]]) -> tuple[Passage, ...]:
    """Place what was said and shown in the segments of a plan.

    What has no time belongs to the first one, and has its span.
    """
    return tuple(_passage(plan, row) for row in rows)


def _passage(plan: AnalysisPlan, row: dict[str, Any]) -> Passage:
    first, *_ = plan.segments
    start, end = row["start_ms"], row["end_ms"]
    if start is None or end is None:
        is_image = plan.recording.kind == "image"
        return Passage(first.segment_id, None if is_image else first.span, row["text"], row["modality"])
    segment = next((one for one in plan.segments if start < one.span.end_ms), plan.segments[-1])
    return Passage(segment.segment_id, Span(start, end), row["text"], row["modality"])

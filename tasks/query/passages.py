"""Find what is known to be said and shown in recordings, by any analysis."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from tasks.moderation.word_list import Passage
from tasks.query.sql import run_sql
from tasks.records import Span
from tasks.store.dataset import Dataset

_SAID = """
SELECT media_id, start_ms, end_ms, text, 'speech' AS modality FROM current_transcript WHERE media_id IN ({ids})
UNION ALL
SELECT media_id, start_ms, end_ms, text, 'text' AS modality FROM current_visible_text WHERE media_id IN ({ids})
"""


_SINCE = """
SELECT media_id, max(completed_at) AS completed_at FROM (
    SELECT media_id, analysis_id, attempt FROM current_transcript WHERE media_id IN ({ids})
    UNION SELECT media_id, analysis_id, attempt FROM current_visible_text WHERE media_id IN ({ids})
) JOIN analyses USING (media_id, analysis_id, attempt) GROUP BY media_id
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


def heard_since(dataset: Dataset, media_ids: Collection[str]) -> dict[str, datetime]:
    """Return when something was last found to be said or shown, by media_id."""
    if not media_ids:
        return {}
    ids = ", ".join(f"'{media_id}'" for media_id in sorted(media_ids))
    rows = run_sql(dataset, _SINCE.format(ids=ids)).to_pylist()
    return {row["media_id"]: row["completed_at"] for row in rows}


def passages_in(
    segments: Sequence[tuple[str, Span]], rows: Sequence[dict[str, Any]], *, is_image: bool = False
) -> tuple[Passage, ...]:
    """Place what was said and shown in segments, each an id and a span.

    What has no time belongs to the first one, and has its span, which an image has none of.

    >>> rows = [{"start_ms": 5000, "end_ms": 6000, "text": "Good day.", "modality": "speech"}]
    >>> [passage.segment_id for passage in passages_in([("a", Span(0, 4000)), ("b", Span(4000, 9000))], rows)]
    ['b']
    """
    return tuple(_passage(segments, row, is_image) for row in rows)


def _passage(segments: Sequence[tuple[str, Span]], row: dict[str, Any], is_image: bool) -> Passage:
    start, end = row["start_ms"], row["end_ms"]
    if start is None or end is None:
        first, span = segments[0]
        return Passage(first, None if is_image else span, row["text"], row["modality"])
    name = next((name for name, span in segments if start < span.end_ms), segments[-1][0])
    return Passage(name, Span(start, end), row["text"], row["modality"])

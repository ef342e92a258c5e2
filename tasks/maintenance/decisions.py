"""Publish what a person decides about analyses and failures.

That is which analysis the views show first, and which failures are known. Each decision is a row that is never
changed: what was decided last counts.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from tasks.errors import UsageError
from tasks.query.sql import connect
from tasks.records import DecisionKind
from tasks.store.commit import publish_decisions
from tasks.store.dataset import Dataset
from tasks.store.read_consistently import read_consistently
from tasks.tables.rows import Row, RunInfo

SHORTEST = 6  # characters of an id's beginning


def prefer(dataset: Dataset, name: str, run: RunInfo, *, clear: bool = False) -> Row:
    """Have the views show an analysis first, or, with `clear`, no longer.

    Returns the decision. `name` is its analysis_id or the beginning of it. Raises UsageError where it is none,
    DatasetNotWritable.
    """
    sql = "SELECT analysis_id, media_id, uri FROM best_attempts LEFT JOIN media USING (media_id)"
    rows = _found(dataset, f"{sql} WHERE starts_with(analysis_id, $1)", name)
    found = {analysis_id: (media_id, uri or "") for analysis_id, media_id, uri in rows}
    if name in found:
        found = {name: found[name]}
    if len(name) < SHORTEST or len(found) != 1:
        raise UsageError(
            f"The id of one analysis was expected, or at least {SHORTEST} characters of its beginning, and {name!r} is "
            f"that of {len(found) or 'none'}: `reelsheet query 'FROM current_analyses'` shows them."
        )
    [(analysis_id, (media_id, uri))] = found.items()
    one = _decision("clear" if clear else "prefer", run.started_at, media_id=media_id, analysis_id=analysis_id, uri=uri)
    publish_decisions(dataset, [one], run)
    return one


def accept(dataset: Dataset, name: str, reason: str, run: RunInfo) -> list[Row]:
    """Accept open failures as known until something fails anew.

    Returns the decisions, one for each. `name` is the failure's segment, analysis, recording, run or input, or the
    beginning of one of these ids. Raises UsageError where nothing is open by that name, DatasetNotWritable.
    """
    if not reason.strip():
        raise UsageError("A reason was expected, and --reason is empty: say why nothing is to be done.")
    ids = "starts_with(segment_id, $1) OR starts_with(analysis_id, $1) OR starts_with(media_id, $1)"
    columns = "media_id, analysis_id, segment_id, uri, run_id"
    where = f"uri = $1 OR run_id = $1 OR {ids}"
    sql = f"SELECT {columns} FROM open_failures WHERE {where} ORDER BY uri, segment_id"  # noqa: S608 - our names
    found = _found(dataset, sql, name) if len(name) >= SHORTEST or "." in name else []
    if not found:
        raise UsageError(
            f"Something that is open was expected, and {name!r} is neither its input, nor at least {SHORTEST} "
            "characters of its segment_id, analysis_id or media_id: `reelsheet query 'FROM open_failures'` shows them."
        )
    named = [dict(zip(columns.split(", "), one, strict=True)) for one in found]
    rows = [_decision("accept", run.started_at, reason=reason, **one) for one in named]
    publish_decisions(dataset, rows, run)
    return rows


def _found(dataset: Dataset, sql: str, name: str) -> list[tuple[str, ...]]:
    def ask() -> list[tuple[str, ...]]:
        with connect(dataset) as connection:
            return connection.execute(sql, [name]).fetchall()

    return read_consistently(dataset, ask)


def _decision(kind: DecisionKind, moment: datetime, **of: str | None) -> Row:
    nothing = {"media_id": None, "analysis_id": None, "segment_id": None, "uri": "", "run_id": None, "reason": ""}
    return {"decision_id": uuid.uuid4().hex, "decision": kind, **nothing, **of, "decided_at": moment}

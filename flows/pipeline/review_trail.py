"""Gather the whole trail of something to review, from the dataset alone."""

from __future__ import annotations

import json
from typing import Any

from flows.pipeline.datasets import existing_dataset
from tasks.errors import UsageError
from tasks.moderation.reviews import ReviewItem, reviews_of
from tasks.query.moderations import judge_again, policy_in
from tasks.query.review_items import open_desk
from tasks.query.sql import as_rows, run_sql
from tasks.store.dataset import Dataset
from tasks.store.history import History
from tasks.tables.moderation_rows import review_row
from tasks.tables.rows import Row

_OF_SEGMENT = (
    *("segment_id", "start_ms", "end_ms", "outcome", "reason", "width", "height", "fps", "video_sent", "audio_sent"),
    *("request_id", "model_snapshot", "raw_answer"),
)
_OF_ANALYSIS = ("analysis_id", "attempt", "provider", "model", "scenario", "prompt", "prompt_sha256", "params_json")
_OF_VERDICT = ("outcome", "action", "reasons", "passes", "judged_at", "run_id")


def trail(folder: str | None, item_id: str) -> dict[str, Any]:
    """Gather the trail of an item, and judge its recording again from it.

    Raises UsageError.
    """
    dataset = existing_dataset(folder)
    desk = open_desk(dataset)
    item = desk.item(item_id)
    [media] = _rows(dataset, "media", media_id=item.media_id)
    [verdict] = _rows(dataset, "current_verdicts", media_id=item.media_id)
    runs = _rows(dataset, "runs", run_id=verdict["run_id"])
    if not runs:
        raise UsageError(f"The run {verdict['run_id']} has no row yet: wait until it has ended.")
    config_json = runs[0]["config_json"]
    policy = policy_in(config_json)
    instructions = json.loads(config_json)["moderation"]["instructions"]
    with History(dataset) as history:
        again = judge_again(history, verdict, media, policy).verdict
    is_same = (again.outcome, again.action) == (verdict["outcome"], verdict["action"])
    passes = [
        _looked_at(dataset, item, (verdict[f"{which}analysis_id"], verdict[f"{which}attempt"]))
        for which in ("", "second_")
        if verdict[f"{which}analysis_id"] is not None
    ]
    for one in passes:
        one["instruction"] = instructions.get(one["pass"], {}).get(media["kind"])
    finding = next(iter(_rows(dataset, "held_findings", finding_id=item.finding_id)), None) if item.finding_id else None
    thresholds = policy.thresholds_of(finding["label"]) if finding else None
    return {
        "item": item.item_id,
        "recording": {name: media[name] for name in ("uri", "media_id", "kind", "duration_ms")},
        "finding": finding,
        "looked_at": passes,
        "policy": {
            "id": policy.id,
            "version": policy.version,
            "review": str(thresholds.review) if thresholds else None,
            "reject": str(thresholds.reject) if thresholds else None,
        },
        "verdict": {
            **{name: verdict[name] for name in _OF_VERDICT},
            "judged_again": "the same" if is_same else f"{again.outcome}, {again.action}",
        },
        "reviews": [review_row(one) for one in reviews_of(item, desk.reviews)],
    }


def _looked_at(dataset: Dataset, item: ReviewItem, of: tuple[str, int]) -> dict[str, Any]:
    """Gather what was shown, asked and answered in a pass, at the item's place."""
    which = {"media_id": item.media_id, "analysis_id": of[0], "attempt": of[1]}
    [analysis] = _rows(dataset, "analyses", **which)
    segments = sorted(_rows(dataset, "segments", **which), key=lambda row: (row["start_ms"], row["end_ms"]))
    there = [row for row in segments if item.span is None
             or (row["start_ms"] <= item.span.end_ms and row["end_ms"] >= item.span.start_ms)]  # fmt: skip
    return {
        "pass": json.loads(analysis["params_json"]).get("pass", ""),
        **{name: analysis[name] for name in _OF_ANALYSIS},
        "segments": [{name: row[name] for name in _OF_SEGMENT} for row in there],
    }


def _rows(dataset: Dataset, table: str, **equal: object) -> list[Row]:
    """Return the rows whose columns have these values, which are ours."""
    only = " AND ".join(f"{name} = '{value}'" for name, value in equal.items())
    return as_rows(run_sql(dataset, f"SELECT * FROM {table} WHERE {only}"))  # noqa: S608

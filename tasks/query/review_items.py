"""Gather what people review: findings, unjudged recordings, a clear sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.policy_types import Policy
from tasks.errors import UsageError
from tasks.identity import recording_item_id
from tasks.moderation.records import Review
from tasks.moderation.review_queue import is_sampled
from tasks.moderation.reviews import ReviewItem
from tasks.query.moderations import policy_in
from tasks.query.sql import run_sql
from tasks.records import Span
from tasks.store.dataset import Dataset
from tasks.tables.moderation_rows import review_of
from tasks.tables.rows import Row

SHORTEST = 6  # characters of an id's beginning


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """Hold all there is to review in a dataset, and all reviews so far."""

    urgent: tuple[ReviewItem, ...]  # findings that are acted on, and recordings that nobody could judge
    sample: tuple[ReviewItem, ...]  # of clear recordings
    others: tuple[ReviewItem, ...]  # findings about which nothing is done
    labels: dict[str, str]  # of findings, by their ids
    reviews: tuple[Review, ...]

    def item(self, name: str) -> ReviewItem:
        """Return the item of an id, or of its beginning. Raises UsageError."""
        every = (*self.urgent, *self.sample, *self.others)
        found = {one.item_id: one for one in every if one.item_id.startswith(name)}
        if len(name) < SHORTEST or len(found) != 1:
            many = f"{len(found)} begin with it" if found and len(name) >= SHORTEST else "found none"
            raise UsageError(
                f"Expected the id of an item, or at least {SHORTEST} characters of its beginning, as `reelsheet review "
                f'list` shows them: "{name}", {many}.'
            )
        return next(iter(found.values()))


def open_desk(dataset: Dataset) -> ReviewDesk:
    """Gather the items and reviews of a dataset."""
    findings = _rows(dataset, "SELECT * FROM held_findings")
    verdicts = _rows(dataset, "SELECT v.*, r.config_json FROM current_verdicts AS v LEFT JOIN runs AS r USING (run_id)")
    acted = {row["media_id"] for row in findings if row["action"] != "allow"}
    undecided = [row for row in verdicts if row["action"] != "allow" and row["media_id"] not in acted]
    policies = {text: policy_in(text) for row in verdicts if (text := row["config_json"])}
    sampled = [
        row for row in verdicts
        if row["outcome"] == "clear" and row["config_json"] and _is_drawn(row, policies[row["config_json"]])
    ]  # fmt: skip
    return ReviewDesk(
        urgent=(*(_finding(row) for row in findings if row["action"] != "allow"), *map(_recording, undecided)),
        sample=tuple(map(_recording, sampled)),
        others=tuple(_finding(row) for row in findings if row["action"] == "allow"),
        labels={row["finding_id"]: row["label"] for row in findings},
        reviews=tuple(review_of(row) for row in _rows(dataset, "SELECT * FROM reviews")),
    )


def _is_drawn(verdict: Row, policy: Policy) -> bool:
    """Tell whether a clear recording is in the sample.

    Each version of a policy draws it anew.
    """
    return is_sampled(verdict["media_id"], policy, verdict["policy_version"])


def _finding(row: Row) -> ReviewItem:
    span = None if row["start_ms"] is None else Span(row["start_ms"], row["end_ms"])
    return ReviewItem(
        item_id=row["finding_id"],
        finding_id=row["finding_id"],
        media_id=row["media_id"],
        uri=row["uri"] or row["media_id"],
        span=span,
        severity=row["severity"],
        opened_at=row["judged_at"],
        policy_version=row["policy_version"],
    )


def _recording(row: Row) -> ReviewItem:
    return ReviewItem(
        item_id=recording_item_id(row["media_id"], row["policy"]),
        finding_id=None,
        media_id=row["media_id"],
        uri=row["uri"] or row["media_id"],
        span=None,
        severity=None,
        opened_at=row["judged_at"],
        policy_version=row["policy_version"],
    )


def _rows(dataset: Dataset, sql: str) -> Sequence[dict[str, Any]]:
    rows: list[dict[str, Any]] = run_sql(dataset, sql).to_pylist()
    return rows

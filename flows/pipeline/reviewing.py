"""Review what a moderation has found, without Prefect: the queue and decisions."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flows.pipeline.datasets import dataset_to_change, existing_dataset
from flows.pipeline.setup import new_run
from tasks.moderation.records import Review
from tasks.moderation.review_csv import export_items, import_decisions
from tasks.moderation.review_queue import review_queue
from tasks.moderation.review_stats import agreements, missed_share, precision_by_label
from tasks.moderation.reviews import Act, ReviewItem, decision_of, holder, review, reviews_of
from tasks.query.review_items import open_desk
from tasks.store.commit import publish_decisions
from tasks.store.dataset import Dataset
from tasks.tables.moderation_rows import review_row
from tasks.tables.rows import Row


def who() -> str:
    """Name the reviewer, where none is given: as the system knows this user."""
    return getpass.getuser()


def queue(folder: str | None, reviewer: str, most: int, claim: int = 0) -> list[ReviewItem]:
    """List what a reviewer may take, the most severe first.

    With `claim`, so many, which nobody else gets. Raises UsageError.
    """
    dataset = dataset_to_change(folder) if claim else existing_dataset(folder)
    desk, now = open_desk(dataset), datetime.now(UTC)
    items = review_queue(desk.urgent, desk.sample, desk.reviews, reviewer, now, reviewer)
    if not claim:
        return items[:most]
    mine = items[:claim]
    _publish(dataset, [review(item, Act(reviewer, "claim"), desk.reviews, now) for item in mine])
    reviews = open_desk(dataset).reviews  # of two claims at once the first holds
    return [item for item in mine if holder(reviews_of(item, reviews), datetime.now(UTC)) == reviewer]


def decide(folder: str | None, item_id: str, act: Act) -> Row:
    """Decide about an item, and return the row.

    Raises UsageError, DatasetNotWritable.
    """
    dataset = dataset_to_change(folder)
    desk = open_desk(dataset)
    made = review(desk.item(item_id), act, desk.reviews, datetime.now(UTC))
    _publish(dataset, [made])
    return review_row(made)


def export(folder: str | None, reviewer: str) -> str:
    """Write the queue as CSV. Raises UsageError."""
    return export_items(queue(folder, reviewer, most=1_000_000))


def take_in(folder: str | None, text: str, reviewer: str) -> list[Row]:
    """Take in the decisions of a CSV file, all or none.

    Raises UsageError, DatasetNotWritable.
    """
    dataset = dataset_to_change(folder)
    desk, now = open_desk(dataset), datetime.now(UTC)
    items = {item.item_id: item for item in (*desk.urgent, *desk.sample, *desk.others)}
    made: list[Review] = []
    for item, act in import_decisions(text, items):
        named = act if act.reviewer else Act(reviewer, act.decision, act.reason)
        made.append(review(item, named, (*desk.reviews, *made), now))
    _publish(dataset, made)
    return [review_row(one) for one in made]


def stats(folder: str | None) -> dict[str, Any]:
    """Measure the model and its reviewers by the decisions that stand.

    Raises UsageError.
    """
    desk = open_desk(existing_dataset(folder))
    seen, rejected = missed_share([item.media_id for item in desk.sample], desk.reviews)
    return {
        "decided": sum(decision_of(item, desk.reviews) is not None for item in (*desk.urgent, *desk.sample)),
        "open": sum(decision_of(item, desk.reviews) is None for item in (*desk.urgent, *desk.sample)),
        "precision": [
            {"label": one.label, "decided": one.decided, "rejected": one.rejected, "precision": one.share}
            for one in precision_by_label(desk.labels, desk.reviews)
        ],
        "agreement": [
            {"reviewers": list(one.reviewers), "items": one.items, "percent": one.percent, "kappa": one.kappa}
            for one in agreements(desk.reviews)
        ],
        "sampled_clear": {"decided": seen, "rejected": rejected},
    }


def _publish(dataset: Dataset, reviews: Sequence[Review]) -> None:
    if reviews:
        publish_decisions(dataset, [review_row(one) for one in reviews], new_run("manual", {}), "reviews")

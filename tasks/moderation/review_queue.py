"""Order what people review, with a sample of clear recordings between.

The most severe comes first, then the oldest.

Pure and deterministic: one seed gives one sample and one order on any machine. An item of the sample looks like any
other, so that nobody knows which recordings the model found clear.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from datetime import datetime

from config.policy_types import Policy
from tasks.moderation.records import Review
from tasks.moderation.reviews import ReviewItem, decision_of, holder, reviews_of

UNKNOWN_SEVERITY = 4  # of 0 to 7: where what nobody has rated stands in the queue


def is_sampled(media_id: str, policy: Policy, seed: str) -> bool:
    """Tell whether a person sees a recording even if it is clear.

    The sample is the policy's share of all.

    >>> from config.policy_loader import load_policy
    >>> everything = load_policy().model_copy(update={"review_sample": 1.0})
    >>> is_sampled("ab" * 32, everything, "2026")
    True
    """
    digest = hashlib.sha256(f"{seed}\n{policy.id}\n{media_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < policy.review_sample


def review_queue(
    items: Iterable[ReviewItem],
    sample: Iterable[ReviewItem],
    reviews: Sequence[Review],
    reviewer: str,
    now: datetime,
    seed: str,
) -> list[ReviewItem]:
    """List the items that a reviewer may take, in their order.

    They are undecided, and claimed by nobody else.

    >>> from datetime import UTC, datetime
    >>> review_queue([], [], [], "ada", datetime(2026, 11, 28, tzinfo=UTC), "seed")
    []

    Those of the sample stand anywhere among the others; `seed` says where.
    """

    def is_open(item: ReviewItem) -> bool:
        rows = reviews_of(item, reviews)
        return decision_of(item, rows) is None and holder(rows, now) in (None, reviewer)

    urgent = sorted((item for item in items if is_open(item)), key=_urgency)
    drawn = sorted((item for item in sample if is_open(item)), key=lambda item: _digest(seed, item))
    positions = set(random.Random(seed).sample(range(len(urgent) + len(drawn)), len(drawn)))  # noqa: S311 - no secret
    first, second = iter(urgent), iter(drawn)
    return [next(second if position in positions else first) for position in range(len(urgent) + len(drawn))]


def _urgency(item: ReviewItem) -> tuple[int, datetime, str]:
    severity = UNKNOWN_SEVERITY if item.severity is None else item.severity
    return -severity, item.opened_at, item.item_id


def _digest(seed: str, item: ReviewItem) -> str:
    return hashlib.sha256(f"{seed}\n{item.item_id}".encode()).hexdigest()

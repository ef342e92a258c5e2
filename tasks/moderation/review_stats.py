"""Measure the model and its reviewers by the decisions that stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from tasks.moderation.records import Review
from tasks.moderation.reviews import standing


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement is between two reviewers, on the items that both have decided."""

    reviewers: tuple[str, str]
    items: int
    percent: float  # 0 to 100
    kappa: float | None  # Cohen's; None: both always say one and the same, so that chance explains all


@dataclass(frozen=True, slots=True)
class Precision:
    """Precision is the share of a label's findings that people confirm.

    Of `decided` findings, `rejected` were found to break the rule.
    """

    label: str
    decided: int
    rejected: int

    @property
    def share(self) -> float:
        return self.rejected / self.decided


def agreements(reviews: Iterable[Review]) -> tuple[Agreement, ...]:
    """Compare each two reviewers who have decided an item in common.

    >>> agreements([])
    ()
    """
    decided = _decisions(reviews)
    names = sorted({reviewer for by in decided.values() for reviewer in by})
    found = []
    for first, second in combinations(names, 2):
        pairs = [(by[first], by[second]) for by in decided.values() if first in by and second in by]
        if pairs:
            agreed = sum(a == b for a, b in pairs) / len(pairs)
            found.append(Agreement((first, second), len(pairs), 100 * agreed, _kappa(pairs, agreed)))
    return tuple(found)


def precision_by_label(labels: Mapping[str, str], reviews: Iterable[Review]) -> tuple[Precision, ...]:
    """Compute the precision of each label that people have decided about.

    `labels` gives that of each finding.

    Where reviewers differ the majority counts; a finding on which as many allow as reject counts nowhere.

    >>> precision_by_label({"f1": "hate"}, [])
    ()
    """
    decided: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for (_, finding_id), by in _decisions(reviews).items():
        votes, label = Counter(by.values()), labels.get(finding_id or "")
        if label is not None and votes["reject"] != votes["allow"]:
            decided[label] += 1
            rejected[label] += votes["reject"] > votes["allow"]
    return tuple(Precision(label, decided[label], rejected[label]) for label in sorted(decided))


def missed_share(sampled: Iterable[str], reviews: Iterable[Review]) -> tuple[int, int]:
    """Count the sampled clear recordings decided, and those rejected.

    `sampled` are media ids.

    >>> missed_share(["m1"], [])
    (0, 0)
    """
    wanted = set(sampled)
    votes = [Counter(by.values()) for (media_id, finding), by in _decisions(reviews).items() if finding is None
             and media_id in wanted]  # fmt: skip
    return len(votes), sum(vote["reject"] > vote["allow"] for vote in votes)


def _decisions(reviews: Iterable[Review]) -> dict[tuple[str, str | None], dict[str, str]]:
    """Return the standing `allow` or `reject` of each reviewer about each item."""
    decided: dict[tuple[str, str | None], dict[str, str]] = {}
    for row in standing(reviews):
        if row.decision in ("allow", "reject"):
            decided.setdefault((row.media_id, row.finding_id), {})[row.reviewer] = row.decision
    return decided


def _kappa(pairs: list[tuple[str, str]], agreed: float) -> float | None:
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[name] * second[name] for name in first) / len(pairs) ** 2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)

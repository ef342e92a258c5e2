"""Apply another policy to stored findings, without a call.

Pure. Labels that the new policy does not have become the nearest above them, or `other`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from config.policy_types import Policy
from tasks.moderation.labels import asks_the_same, resolve_labels
from tasks.moderation.records import Action, Finding, SegmentResult, Verdict
from tasks.moderation.verdict import action_of, judge_recording


@dataclass(frozen=True, slots=True)
class ActionChange:
    """A change is another action about a finding, under another policy."""

    finding: Finding
    before: Action
    after: Action


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A change is another verdict on a recording, under another policy."""

    media_id: str
    before: Verdict
    after: Verdict


def under_policy(finding: Finding, policy: Policy) -> Finding:
    """Give a finding a label of the policy.

    The label that it had before is kept as answered.

    >>> from config.policy_loader import load_policy
    >>> from tasks.moderation.findings import refused_part
    >>> from tasks.records import Span
    >>> found = replace(refused_part("s", Span(0, 1000), ""), label="hate.sneer")
    >>> under_policy(found, load_policy()).label
    'hate'
    """
    if policy.label(finding.label) is not None:
        return finding
    [resolved, *_] = resolve_labels(finding.label, policy)
    return replace(finding, label=resolved.label, answered_label=finding.answered_label or finding.label)


def action_changes(findings: Iterable[Finding], old: Policy, new: Policy) -> tuple[ActionChange, ...]:
    """List the findings about which the new policy does something else.

    >>> from config.policy_loader import load_policy
    >>> action_changes([], load_policy(), load_policy())
    ()
    """
    changes = (ActionChange(f, action_of(f, old), action_of(under_policy(f, new), new)) for f in findings)
    return tuple(change for change in changes if change.before != change.after)


def verdict_change(
    media_id: str, results: Sequence[SegmentResult], findings: Sequence[Finding], policies: tuple[Policy, Policy]
) -> VerdictChange | None:
    """Judge a recording by two policies; None where they agree.

    >>> from config.policy_loader import load_policy
    >>> verdict_change("m1", [], [], (load_policy(), load_policy())) is None
    True
    """
    before, after = (_judged(results, findings, policy) for policy in policies)
    changed = (before.outcome, before.action) != (after.outcome, after.action)
    return VerdictChange(media_id, before, after) if changed else None


def policy_differences(old: Policy, new: Policy) -> tuple[str, ...]:
    """List what differs between two policies, a sentence each.

    () where nothing does that matters.

    >>> from config.policy_loader import load_policy
    >>> policy_differences(load_policy(), load_policy().model_copy(update={"review_sample": 0.5}))
    ('review_sample: 0.02 -> 0.5',)
    """
    old_ids, new_ids = [label.id for label in old.labels], [label.id for label in new.labels]
    lines = [f"label {name}: new" for name in new_ids if name not in old_ids]
    lines += [f"label {name}: gone" for name in old_ids if name not in new_ids]
    for name in (name for name in new_ids if name in old_ids):
        before, after = old.thresholds_of(name), new.thresholds_of(name)
        lines += [f"label {name}: review at {before.review} -> {after.review}"] * (before.review != after.review)
        lines += [f"label {name}: reject at {before.reject} -> {after.reject}"] * (before.reject != after.reject)
    for key in ("review_sample", "indeterminate", "merge_gap_ms"):
        lines += [f"{key}: {getattr(old, key)} -> {getattr(new, key)}"] * (getattr(old, key) != getattr(new, key))
    for key in ("hash_match", "word_list"):
        one, other = getattr(old.sources, key), getattr(new.sources, key)
        lines += [f"sources.{key}: {one} -> {other}"] * (one != other)
    if not asks_the_same(old, new):
        lines.append("the labels that the model reads differ: what only they would find needs a new moderation")
    return tuple(lines)


def _judged(results: Sequence[SegmentResult], findings: Sequence[Finding], policy: Policy) -> Verdict:
    under = [replace(r, findings=tuple(under_policy(f, policy) for f in r.findings)) for r in results]
    return judge_recording(under, [under_policy(f, policy) for f in findings], policy)

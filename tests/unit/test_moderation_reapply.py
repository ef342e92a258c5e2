"""Another policy over findings that are there."""

from __future__ import annotations

from tasks.moderation.reapply import action_changes, policy_differences, under_policy, verdict_change
from tests.support.findings import finding, policy, result

STRICT = policy(version="2", thresholds={"review": {"severity": 1, "confidence": 10}})
OTHER_LABELS = policy(
    labels=[
        {"id": "hate", "title": "Hate", "description": "contempt"},
        {"id": "other", "title": "Other", "description": "all else"},
    ]
)


def test_the_same_policy_changes_nothing() -> None:
    assert action_changes([finding(), finding(severity=None)], policy(), policy()) == ()


def test_a_lower_threshold_takes_up_what_was_allowed() -> None:
    [change] = action_changes([finding(severity=2), finding()], policy(), STRICT)
    assert (change.finding.severity, change.before, change.after) == (2, "allow", "review")


def test_a_label_that_is_gone_becomes_the_one_above_it() -> None:
    moved = under_policy(finding(label="hate.slur"), OTHER_LABELS)
    assert (moved.label, moved.answered_label) == ("hate", "hate.slur")


def test_a_recording_changes_with_its_findings() -> None:
    found = finding(severity=2)
    change = verdict_change("m1", [result(0, 60, found)], [found], (policy(), STRICT))
    assert change is not None
    assert (change.before.outcome, change.after.outcome) == ("clear", "flagged")


def test_a_recording_that_nobody_judged_stays_indeterminate() -> None:
    assert verdict_change("m1", [result(outcome="failed")], [], (policy(), STRICT)) is None


def test_the_differences_of_two_policies_are_told() -> None:
    changed = policy(indeterminate="reject", sources={"word_list": "reject"}, review_sample=0.5)
    assert policy_differences(policy(), changed) == (
        "review_sample: 0.1 -> 0.5",
        "indeterminate: review -> reject",
        "sources.word_list: review -> reject",
    )


def test_thresholds_are_told_by_label() -> None:
    assert policy_differences(policy(), STRICT)[:2] == (
        "label hate: review at severity 3, confidence 50 % -> severity 1, confidence 10 %",
        "label hate: reject at severity 6, confidence 80 % -> never",
    )


def test_other_labels_need_a_new_moderation() -> None:
    assert policy_differences(policy(), OTHER_LABELS) == (
        "label hate.slur: gone",
        "label swimwear: gone",
        "the labels that the model reads differ: what only they would find needs a new moderation",
    )

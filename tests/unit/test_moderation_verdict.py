"""What a policy makes of findings and answers, as tables of examples."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import records
from tasks.moderation.records import Action, Finding, SegmentResult
from tasks.moderation.verdict import action_of, judge_recording, judge_segment
from tests.support.findings import finding, policy, result

BLOCK = finding(source="provider_block", label="other", severity=None, confidence=None)
KNOWN = finding(source="hash_match", severity=None, confidence=None, distance=4)
WORD = finding(source="word_list", severity=None, confidence=None)


@pytest.mark.parametrize(
    ("given", "changes", "action"),
    [
        ({"severity": 2, "confidence": 99}, {}, "allow"),
        ({"severity": 5, "confidence": 49}, {}, "allow"),
        ({"severity": 3, "confidence": 50}, {}, "review"),
        ({"severity": 7, "confidence": 79}, {}, "review"),
        ({"severity": 6, "confidence": 80}, {}, "reject"),
        ({"severity": None, "confidence": 99}, {}, "review"),
        ({"severity": 7, "confidence": None}, {}, "review"),
        ({"severity": 1, "confidence": None}, {}, "allow"),
        ({"severity": None, "confidence": None}, {}, "review"),
        ({"severity": 7, "confidence": 99, "label": "swimwear"}, {}, "allow"),
        ({"severity": None, "confidence": None, "label": "swimwear"}, {}, "allow"),
        ({"severity": 6, "confidence": 80, "label": "unheard-of"}, {}, "reject"),
        ({"source": "provider_block", "severity": None}, {}, "review"),
        ({"source": "hash_match", "severity": None}, {}, "review"),
        ({"source": "hash_match", "severity": None}, {"sources": {"hash_match": "reject"}}, "reject"),
        ({"source": "hash_match", "severity": 1}, {"sources": {"hash_match": "allow"}}, "allow"),
        ({"source": "hash_match", "severity": 5, "confidence": None}, {"sources": {"hash_match": "allow"}}, "review"),
        ({"source": "word_list", "severity": None}, {"sources": {"word_list": "allow"}}, "allow"),
    ],
)
def test_what_is_done_about_a_finding(given: dict[str, Any], changes: dict[str, Any], action: Action) -> None:
    assert action_of(finding(**given), policy(**changes)) == action


@pytest.mark.parametrize(
    ("segment", "outcome", "action"),
    [
        (result(), "clear", "allow"),
        (result(0, 60, finding(severity=1)), "clear", "allow"),
        (result(0, 60, finding()), "flagged", "review"),
        (result(0, 60, finding(severity=7, confidence=90)), "flagged", "reject"),
        (result(0, 60, KNOWN), "flagged", "review"),
        (result(0, 60, WORD), "flagged", "review"),
        (result(outcome="malformed"), "indeterminate", "review"),
        (result(outcome="partial"), "indeterminate", "review"),
        (result(outcome="truncated"), "indeterminate", "review"),
        (result(outcome="failed"), "indeterminate", "review"),
        (result(outcome="skipped"), "indeterminate", "review"),
        (result(0, 60, finding(), outcome="truncated"), "flagged", "review"),
        (result(0, 60, finding(severity=1), outcome="partial"), "indeterminate", "review"),
        (result(not_shown=("the sound was not sent",)), "indeterminate", "review"),
        (result(can_judge=False), "indeterminate", "review"),
        (result(0, 60, WORD, can_judge=False), "flagged", "review"),
        (result(outcome="refused"), "blocked", "review"),
        (result(0, 60, BLOCK), "blocked", "review"),
        (result(0, 60, BLOCK, finding()), "flagged", "review"),
        (result(0, 60, finding(severity=7, confidence=90), outcome="refused"), "flagged", "reject"),
    ],
)
def test_the_verdict_on_a_segment(segment: SegmentResult, outcome: str, action: Action) -> None:
    verdict = judge_segment(segment, policy())
    assert (verdict.outcome, verdict.action) == (outcome, action)


@pytest.mark.parametrize(
    ("results", "findings", "unread", "outcome", "action"),
    [
        ([], [], [], "indeterminate", "review"),
        ([result()], [], [], "clear", "allow"),
        ([result()], [finding(severity=0)], [], "clear", "allow"),
        ([result(), result(60, 120, outcome="failed")], [], [], "indeterminate", "review"),
        ([result()], [], ["readable only up to 00:12.400"], "indeterminate", "review"),
        ([], [], ["nothing could be read"], "indeterminate", "review"),
        ([result(), result(60, 120, outcome="refused")], [], [], "blocked", "review"),
        ([result(outcome="failed"), result(60, 120, outcome="refused")], [], [], "blocked", "review"),
        ([result()], [finding()], [], "flagged", "review"),
        ([result(outcome="failed")], [finding(severity=7, confidence=90)], [], "flagged", "reject"),
        ([result(outcome="refused")], [finding(), BLOCK], [], "flagged", "review"),
        ([result()], [BLOCK], [], "blocked", "review"),
        ([], [KNOWN], [], "flagged", "review"),
    ],
)
def test_the_verdict_on_a_recording(
    results: list[SegmentResult], findings: list[Finding], unread: list[str], outcome: str, action: Action
) -> None:
    verdict = judge_recording(results, findings, policy(), unread)
    assert (verdict.outcome, verdict.action) == (outcome, action)
    assert bool(verdict.reasons) == (outcome != "clear")


def test_what_nobody_judged_may_be_rejected_by_a_policy() -> None:
    verdict = judge_recording([result(outcome="failed")], [], policy(indeterminate="reject"))
    assert (verdict.outcome, verdict.action) == ("indeterminate", "reject")


def test_the_reasons_name_what_was_found_and_what_was_not_judged() -> None:
    results = [result(0, 60, finding(5, 10)), result(60, 120, outcome="failed", reason="timed out")]
    assert judge_recording(results, [finding(5, 10)], policy()).reasons == (
        "00:05.000-00:10.000 hate (model): review",
        "01:00.000-02:00.000: there is no answer (timed out)",
    )


OUTCOMES = st.sampled_from(get_args(records.Outcome))
RESULTS = st.builds(
    lambda outcome, can_judge, shown, found: result(
        0, 60, *found, outcome=outcome, can_judge=can_judge, not_shown=() if shown else ("no sound",)
    ),
    OUTCOMES,
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from([finding(), finding(severity=0), BLOCK, KNOWN]), max_size=2),
)


@given(st.lists(RESULTS, max_size=4), st.lists(st.just("unreadable"), max_size=1))
def test_clear_means_that_all_of_it_was_judged(results: list[SegmentResult], unread: list[str]) -> None:
    findings = [found for one in results for found in one.findings]
    verdict = judge_recording(results, findings, policy(), unread)
    judged = all(one.outcome == "ok" and one.can_judge and not one.not_shown for one in results)
    quiet = all(action_of(found, policy()) == "allow" for found in findings)
    assert (verdict.outcome == "clear") == (bool(results) and judged and quiet and not unread)

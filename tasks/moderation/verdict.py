"""Judge findings, segments and recordings by a policy.

Pure, and the same for answers that are new and for rows that were stored years ago. Nothing is `clear` that somebody
has not looked at whole and understood: no findings alone never mean that there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from config.policy_types import Policy, Threshold, When
from tasks.moderation.labels import is_guessed
from tasks.moderation.records import Action, Finding, SegmentResult, Verdict, strongest
from tasks.records import Outcome
from tasks.timecode import format_ms

_UNJUDGED: dict[Outcome, str] = {
    "partial": "the answer is incomplete",
    "malformed": "the answer cannot be read",
    "truncated": "the answer was cut off",
    "failed": "there is no answer",
    "skipped": "it was not asked about",
}


def action_of(finding: Finding, policy: Policy) -> Action:
    """Choose what is done about a finding.

    A severity or confidence that nobody stated is no low one: such a finding goes to a person wherever the policy has
    any review for its label, and is never rejected on it. A provider's refusal goes to a person and is never rejected.
    Known content and words have no severity unless their list gives one: then `[sources]` says the least that is done.

    >>> from config.policy_loader import load_policy
    >>> from tasks.moderation.findings import refused_part
    >>> from tasks.records import Span
    >>> action_of(refused_part("segment", Span(0, 15_000), "refused"), load_policy())
    'review'
    """
    if finding.source == "provider_block":
        return "review"
    if finding.source != "model":
        least = policy.sources.hash_match if finding.source == "hash_match" else policy.sources.word_list
        return least if finding.severity is None else strongest(least, _by_thresholds(finding, policy))
    return _by_thresholds(finding, policy)


def judge_segment(result: SegmentResult, policy: Policy) -> Verdict:
    """Judge a segment: flagged, else blocked, else indeterminate, else clear.

    >>> from config.policy_loader import load_policy
    >>> from tasks.records import Span
    >>> judge_segment(SegmentResult("segment", Span(0, 60_000), "malformed"), load_policy())
    Verdict(outcome='indeterminate', action='review', reasons=('00:00.000-01:00.000: the answer cannot be read',))
    """
    actions = [action_of(finding, policy) for finding in result.findings if finding.source != "provider_block"]
    is_blocked = result.outcome == "refused" or any(f.source == "provider_block" for f in result.findings)
    gaps = _gaps(result)
    reasons = tuple(f"{result.span.label}: {gap}" for gap in gaps)
    if is_blocked:
        reasons = (*reasons, f"{result.span.label}: the provider refused to answer about it")
    unjudged: Action = policy.indeterminate if gaps else "allow"
    blocked: Action = "review" if is_blocked else "allow"
    if any(action != "allow" for action in actions):
        return Verdict("flagged", strongest(*actions, unjudged, blocked), reasons)
    if is_blocked:
        return Verdict("blocked", strongest("review", unjudged), reasons)
    if gaps:
        return Verdict("indeterminate", policy.indeterminate, reasons)
    return Verdict("clear", "allow")


def judge_recording(
    results: Sequence[SegmentResult], findings: Iterable[Finding], policy: Policy, unread: Sequence[str] = ()
) -> Verdict:
    """Judge a recording by its segments and the findings about it.

    `findings` are those of all sources, merged; `unread` says, a sentence each, which parts could not be read. A
    recording without a single result is indeterminate. The reasons name what was found and what could not be judged.

    >>> from config.policy_loader import load_policy
    >>> judge_recording([], [], load_policy()).outcome
    'indeterminate'
    """
    verdicts = [judge_segment(result, policy) for result in results]
    missing = tuple(unread) if results or unread else ("nothing of it was looked at",)
    acted = [(finding, action) for finding in findings if (action := action_of(finding, policy)) != "allow"]
    flagged = [(f, action) for f, action in acted if f.source != "provider_block"]
    outcomes = {verdict.outcome for verdict in verdicts}
    is_flagged = bool(flagged) or "flagged" in outcomes
    is_blocked = "blocked" in outcomes or len(flagged) < len(acted)
    actions = [verdict.action for verdict in verdicts] + [action for _, action in acted]
    if missing:
        actions.append(policy.indeterminate)
    reasons = (
        *(f"{_where(finding)}{finding.label} ({finding.source}): {action}" for finding, action in acted),
        *dict.fromkeys(reason for verdict in verdicts for reason in verdict.reasons),
        *missing,
    )
    if is_flagged:
        return Verdict("flagged", strongest(*actions), reasons)
    if is_blocked:
        return Verdict("blocked", strongest("review", *actions), reasons)
    if missing or "indeterminate" in outcomes:
        return Verdict("indeterminate", strongest(*actions), reasons)
    return Verdict("clear", "allow")


def _by_thresholds(finding: Finding, policy: Policy) -> Action:
    thresholds = policy.thresholds_of(finding.label)
    if thresholds.review == "never" and is_guessed(finding.answered_label, policy):
        thresholds = policy.thresholds  # what nobody acts on is the label, not what the model meant by another one
    if _is_reached(thresholds.reject, finding, unknown=False):
        return "reject"
    return "review" if _is_reached(thresholds.review, finding, unknown=True) else "allow"


def _gaps(result: SegmentResult) -> list[str]:
    """Say why a segment is not judged, or not wholly."""
    gaps = []
    if not result.can_judge:
        gaps.append("the model cannot moderate")
    elif result.outcome in _UNJUDGED:
        gaps.append(f"{_UNJUDGED[result.outcome]}{f' ({result.reason})' if result.reason else ''}")
    return [*gaps, *result.not_shown]


def _is_reached(when: When, finding: Finding, *, unknown: bool) -> bool:
    """Tell whether a finding reaches a threshold.

    `unknown` is what to think of a value that is not known.
    """
    if not isinstance(when, Threshold):
        return False
    severity, confidence = finding.severity, finding.confidence
    if not unknown and (severity is None or confidence is None):
        return False
    return (severity is None or severity >= when.severity) and (confidence is None or confidence >= when.confidence)


def _where(finding: Finding) -> str:
    if finding.span is None:
        return ""
    return f"{format_ms(finding.span.start_ms)}-{format_ms(finding.span.end_ms)} "

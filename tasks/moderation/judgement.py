"""Judge a recording by all passes over it.

Pure: which findings hold, and what follows from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from config.policy_types import Policy
from tasks.moderation.passes import after_both
from tasks.moderation.records import Finding, SegmentResult, Verdict
from tasks.moderation.verdict import judge_recording, judge_segment


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judgement has the verdict on a recording, and on each segment of each pass."""

    verdict: Verdict
    findings: tuple[Finding, ...]  # those that hold, in the order of the segments
    segments: tuple[tuple[SegmentResult, Verdict], ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Return the segments by outcome."""
        return Counter(verdict.outcome for _, verdict in self.segments)


def judge_passes(passes: Sequence[Sequence[SegmentResult]], policy: Policy, unread: Sequence[str] = ()) -> Judgement:
    """Judge a recording by the results of its passes, in their order.

    `unread` says, a sentence each, which parts could not be read.

    >>> from config.policy_loader import load_policy
    >>> from tasks.records import Span
    >>> seen = SegmentResult("quick", Span(0, 60_000), "ok")
    >>> judge_passes([[seen]], load_policy()).verdict.outcome
    'clear'
    """
    results = reduce(after_both, passes) if passes else ()
    findings = tuple(dict.fromkeys(finding for result in results for finding in result.findings))
    verdict = judge_recording(results, findings, policy, unread)
    return Judgement(verdict, findings, tuple((result, judge_segment(result, policy)) for result in results))

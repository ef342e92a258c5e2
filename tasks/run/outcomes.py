"""Record what came of a segment: its outcome, or why it has no answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from tasks.errors import OverBudget, ReelsheetError
from tasks.records import AnalysisPlan, Answer, Outcome, PlannedSegment
from tasks.tables.analysis import read_answers, recording_outcome

_QUOTED = re.compile("“.*”", re.DOTALL)


def unanswered(segment: PlannedSegment, outcome: Literal["failed", "skipped"], error: ReelsheetError) -> Answer:
    """Record a segment about which nothing was asked.

    It could not be cut (`failed`), or the run was stopped (`skipped`).
    """
    what = "could not be cut" if outcome == "failed" else "was not asked"
    return Answer(
        segment=segment,
        text="",
        reasoning="",
        finish_reason=None,
        request_id=None,
        model_snapshot=None,
        calls=error.calls,
        clip=None,
        outcome=outcome,
        reason="budget" if isinstance(error, OverBudget) else f"{what}: {error}",
        error_class=type(error).__name__,
        retryable=outcome == "skipped" or error.retryable,
    )


def segment_outcome(plan: AnalysisPlan, answers: Sequence[Answer]) -> tuple[Outcome, str]:
    """Return the outcome of a planned segment, and why where that is not "ok".

    There are several answers where it was halved. The reason is for logs: words of an answer that it quotes are left
    out.
    """
    reads = read_answers(plan, answers)
    outcomes = [read.outcome for read in reads]
    outcome = outcomes[0] if len(set(outcomes)) == 1 else recording_outcome(outcomes)
    reasons = dict.fromkeys(read.reason for read in reads if read.outcome != "ok" and read.reason)
    return outcome, _QUOTED.sub("“…”", "; ".join(reasons))

"""Emit what automations may react to: flagged recordings, runs with failures."""

from __future__ import annotations

from prefect.events import emit_event

from tasks.run.summary import Summary

FLAGGED = "recording.flagged"
FAILURES = "run.failures"
_MOST = 100  # of one run; the tables have all
_MOST_FINDINGS = 10  # of one recording


def emit_events(summary: Summary) -> None:
    """Emit an event for each flagged recording, and one for a run that has failures."""
    for one in summary.moderation.judged[:_MOST] if summary.moderation else ():
        verdict = one.judgement.verdict
        if verdict.outcome != "flagged":
            continue
        acted = [row for row in one.findings if row["action"] != "allow"]
        emit_event(
            event=FLAGGED,
            resource={"prefect.resource.id": f"reelsheet.recording.{one.media_id}", "prefect.resource.name": one.uri},
            payload={
                "run_id": summary.run_id,
                "dataset": summary.dataset,
                "action": verdict.action,
                "findings": [
                    {"item": row["finding_id"], "label": row["label"], "severity": row["severity"]}
                    for row in acted[:_MOST_FINDINGS]
                ],
            },
        )
    if summary.exit_status == 1 or summary.error is not None:
        emit_event(
            event=FAILURES,
            resource={
                "prefect.resource.id": f"reelsheet.run.{summary.run_id}",
                "prefect.resource.name": summary.run_id,
            },
            payload={
                "sentence": summary.sentence,
                "dataset": summary.dataset,
                "failures": len(summary.all_failures),
                "recordings": summary.recordings,
            },
        )

"""Print what a run of `moderate` came to."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from rich.console import Console

from flows.commands.run_output import print_end, print_notes
from flows.output.console import print_table
from flows.output.failures import print_failures
from flows.pipeline.reapplying import Reapplied
from tasks.run.moderation_report import JudgedRecording, ModerationReport
from tasks.run.summary import Summary
from tasks.run.usage import plural
from tasks.timecode import format_ms

_MOST = 40
_ORDER = ("flagged", "blocked", "indeterminate", "clear")


def print_moderation(console: Console, run: Summary) -> None:
    """Print outcomes, findings, costs, and what to do next."""
    print_notes(console, run)
    if (report := run.moderation) is not None:
        _print_recordings(console, report)
        _print_findings(console, report)
        if any(one.usage.requests for one in report.passes):
            print_table(console, ("pass", "requests", "cost"), report.cost_lines(run.currency))
    print_failures(console, run.failures)
    print_end(console, run)
    if report is not None and report.action != "allow":
        console.print(f"To review: `reelsheet review list --dataset {run.dataset}`.", markup=False)


def _print_recordings(console: Console, report: ModerationReport) -> None:
    judged = sorted(report.judged, key=lambda one: _ORDER.index(one.judgement.verdict.outcome))
    if judged:
        print_table(console, ("recording", "outcome", "action", "why"), map(_recording, judged[:_MOST]))
    if len(judged) > _MOST:
        console.print(f"… and {len(judged) - _MOST} more in the table verdicts.", markup=False)


def _recording(one: JudgedRecording) -> tuple[Any, ...]:
    verdict = one.judgement.verdict
    more = f" (and {len(verdict.reasons) - 1} more)" if len(verdict.reasons) > 1 else ""
    return (
        PurePath(one.uri).name,
        verdict.outcome,
        verdict.action,
        f"{verdict.reasons[0]}{more}" if verdict.reasons else "",
    )


def _print_findings(console: Console, report: ModerationReport) -> None:
    found = report.findings
    heads = ("finding", "recording", "from", "label", "severity", "sure", "action")
    if found:
        print_table(console, heads, map(_finding, found[:_MOST]))
    if len(found) > _MOST:
        console.print(f"… and {len(found) - _MOST} more in the view current_findings.", markup=False)


def _finding(row: dict[str, Any]) -> tuple[Any, ...]:
    start = "" if row["start_ms"] is None else format_ms(row["start_ms"])
    severity = "?" if row["severity"] is None else row["severity"]
    confidence = "?" if row["confidence"] is None else f"{row['confidence']} %"
    label = row["label"] if row["source"] == "model" else f"{row['label']} ({row['source']})"
    return row["finding_id"][:8], PurePath(row["uri"]).name, start, label, severity, confidence, row["action"]


def print_reapplied(console: Console, done: Reapplied) -> None:
    """Print what another policy makes of what is stored."""
    for line in done.differences:
        console.print(f"Policy: {line}", markup=False)
    changed = [(PurePath(one.uri).name, ", ".join(one.before), ", ".join(one.after)) for one in done.changes[:_MOST]]
    if changed:
        print_table(console, ("recording", "before", "after"), changed)
    would = "would be" if done.is_trial else "was"
    console.print(
        f"{plural(done.recordings, 'recording')} judged by {done.policy.id} {done.policy.version}: of "
        f"{plural(len(done.changes), 'recording')} the outcome or action {would} another, of "
        f"{plural(done.findings, 'finding')} the action. No model was asked."
        + (" Leave out --dry-run to apply it." if done.is_trial else ""),
        markup=False,
    )

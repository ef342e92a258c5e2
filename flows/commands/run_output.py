"""Print what a run of `analyze` or `retry` came to."""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console

from flows.output.console import print_table
from flows.output.failures import print_failures
from tasks.run.summary import SavedRecording, Summary
from tasks.run.usage import money

_MOST_RECORDINGS = 40


def print_summary(console: Console, run: Summary) -> None:
    """Print what a run came to."""
    print_notes(console, run)
    if run.saved:
        heads = ("recording", "outcome", "coverage", "segments", "tokens in", "out")
        # What needs a look comes first; a large run's good recordings are in the tables.
        shown = sorted(run.saved, key=lambda saved: saved.outcome == "ok")[:_MOST_RECORDINGS]
        print_table(console, heads, map(_saved_row, shown))
        if len(run.saved) > len(shown):
            console.print(f"… and {len(run.saved) - len(shown)} more in the table analyses.", markup=False)
    for complaint in run.complaints[:_MOST_RECORDINGS]:
        console.print(f"Not ok: {complaint}", markup=False)
    for note in run.speech_notes:
        console.print(f"Warning: {note}", markup=False)
    print_failures(console, run.failures)
    if run.usage.requests:
        print_table(console, ("tokens", "estimated", "actual"), [*run.by_modality, _cost_row(run)])
    print_end(console, run)


def print_notes(console: Console, run: Summary) -> None:
    """Print what people should know about the run as a whole, a line each."""
    for warning in run.notes:
        console.print(f"Note: {warning}", markup=False)


def print_end(console: Console, run: Summary) -> None:
    """Print the run in a sentence, and what can be done about it."""
    if run.error is None:
        cost = f" Cost: {money(run.usage.cost_nano, run.currency)}." if run.usage.requests else ""
        console.print(f"{run.sentence}{cost}", markup=False)
        if run.hint:
            console.print(run.hint, markup=False)
    else:
        Console(stderr=True, emoji=False, highlight=False, soft_wrap=True).print(
            f"reelsheet: {run.sentence}", markup=False
        )


def _cost_row(run: Summary) -> tuple[str, str, str]:
    return "cost", money(run.estimate.cost_nano, run.currency), money(run.usage.cost_nano, run.currency)


def _saved_row(saved: SavedRecording) -> tuple[Any, ...]:
    segments, tokens = sum(saved.segments.values()), saved.usage.tokens
    return saved.uri, saved.outcome, f"{saved.coverage:.0%}", segments, f"{tokens.input:,}", f"{tokens.output:,}"


def print_files(console: Console, run: Summary) -> None:
    """Print what became of the subtitle files, those that need a look first."""
    files = sorted(run.files or (), key=lambda file: file.status not in ("failed", "kept"))
    if files:
        heads = ("file", "language", "cues", "violations", "status")
        rows = ((short_path(o.path), o.language, o.cues, o.violations, o.status) for o in files[:_MOST_RECORDINGS])
        print_table(console, heads, rows)
    if len(files) > _MOST_RECORDINGS:
        console.print(f"… and {len(files) - _MOST_RECORDINGS} more in the table subtitles.", markup=False)
    for one in files[:_MOST_RECORDINGS]:
        if one.status == "kept":
            console.print(f"Kept: {short_path(one.path)} was {one.reason}; --force replaces it.", markup=False)
        elif one.status == "failed":
            console.print(f"Not written: {short_path(one.path)}: {one.reason}", markup=False)
        elif one.reason:
            console.print(f"Empty: {short_path(one.path)}: {one.reason}.", markup=False)
    if run.files_sentence:
        console.print(run.files_sentence, markup=False)


def short_path(path: str) -> str:
    """Return a path as seen from the current folder where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the folder is gone
        return path
    return min(relative, path, key=len)

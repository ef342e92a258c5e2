"""Print the queue, the trail of an item, and what reviews say of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from flows.output.console import print_json, print_table
from tasks.moderation.reviews import ReviewItem
from tasks.run.usage import plural
from tasks.timecode import format_ms

_SHOWN = 10  # characters of an id
_NO_USE = ("run_id", "segment_id", "attempt", "media_id", "uri", "outcome", "judged_at")


def print_queue(console: Console, items: Sequence[ReviewItem], *, as_json: bool) -> None:
    """Print where to look, and not what the model thought.

    So the sample looks like all others.
    """
    if as_json:
        print_json([_as_json(item) for item in items])
        return
    if not items:
        console.print("There is nothing to review.", markup=False)
        return
    print_table(console, ("item", "recording", "from", "to", "found"), map(_row, items))


def _as_json(item: ReviewItem) -> dict[str, Any]:
    span = item.span
    return {
        "item": item.item_id,
        "uri": item.uri,
        "media_id": item.media_id,
        "start_ms": span.start_ms if span else None,
        "end_ms": span.end_ms if span else None,
        "opened_at": item.opened_at.isoformat(),
    }


def _row(item: ReviewItem) -> tuple[str, ...]:
    times = (format_ms(item.span.start_ms), format_ms(item.span.end_ms)) if item.span else ("", "")
    return item.item_id[:_SHOWN], item.uri, *times, f"{item.opened_at:%Y-%m-%d %H:%M}"


def print_trail(console: Console, found: Mapping[str, Any]) -> None:
    """Print the trail of an item from the recording to the reviews."""
    _section(console, f"Item {found['item']}", found["recording"])
    if found["finding"]:
        _section(console, "Finding", {k: v for k, v in found["finding"].items() if k not in _NO_USE})
    for looked in found["looked_at"]:
        plain = {name: value for name, value in looked.items() if name not in ("segments", "instruction", "pass")}
        _section(console, f"Asked in pass {looked['pass']}", plain)
        console.print(f"  instruction:\n{_indented(looked['instruction'] or 'not kept')}", markup=False)
        for segment in looked["segments"]:
            shown = {name: value for name, value in segment.items() if name != "raw_answer"}
            _section(console, "Segment", shown)
            console.print(f"  raw answer:\n{_indented(segment['raw_answer'] or 'none')}", markup=False)
    _section(console, "Policy", found["policy"])
    _section(console, "Verdict", found["verdict"])
    for one in found["reviews"]:
        _section(console, "Review", one)


def _section(console: Console, title: str, values: Mapping[str, Any]) -> None:
    console.print(f"\n{title}", markup=False, style="bold")
    for name, value in values.items():
        if value is not None and value != "":
            text = ", ".join(f"{k} at {v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value)
            console.print(f"  {name}: {text}".replace("\n", "\n    "), markup=False)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def print_stats(console: Console, found: Mapping[str, Any]) -> None:
    """Print precision by label, agreement, and what the sample shows."""
    if found["precision"]:
        rows = [(r["label"], r["decided"], r["rejected"], f"{r['precision']:.0%}") for r in found["precision"]]
        print_table(console, ("label", "decided", "confirmed", "precision"), rows)
    if found["agreement"]:
        rows = [
            (" and ".join(r["reviewers"]), r["items"], f"{r['percent']:.0f} %", _kappa(r["kappa"]))
            for r in found["agreement"]
        ]
        print_table(console, ("reviewers", "items", "agree", "kappa"), rows)
    sampled = found["sampled_clear"]
    console.print(
        f"{plural(found['decided'], 'item')} decided, {found['open']} open. "
        f"Of {plural(sampled['decided'], 'sampled clear recording')} {sampled['rejected']} were rejected.",
        markup=False,
    )


def _kappa(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"

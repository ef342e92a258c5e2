"""Print what `plan` found, for people and with `--json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from flows.output.console import print_table
from flows.output.failures import failure_object, print_failures
from flows.pipeline.preview import Preview
from tasks.planning.budget import NANO
from tasks.planning.cost import cost_nano
from tasks.planning.expected import plan_tokens, requests
from tasks.planning.rate import hours
from tasks.records import AnalysisPlan, Tokens
from tasks.run.job import Job
from tasks.run.target_language import estimate_sentence
from tasks.run.usage import money, plural
from tasks.timecode import format_ms

_WAYS = {"upload": "temporary upload", "frames": "lists of frames", "url": "their own addresses"}
_INPUTS = ("video", "audio", "image", "text")
_OUTPUTS = {"output": "out", "output_audio": "spoken"}


def plan_table(console: Console, found: Preview) -> None:
    """Print a row per recording with its tokens by modality, and the total.

    Everything else is in `--json`.
    """
    if found.plans:
        _print_plans(console, found)
    else:
        console.print("There is nothing to ask about.", markup=False)
    for warning in found.warnings:
        console.print(f"Note: {warning}", markup=False)
    print_failures(console, found.failures)


def _print_plans(console: Console, found: Preview) -> None:
    job, tokens = found.job, plan_tokens(found.plans)
    shown = [name for name in (*_INPUTS, *_OUTPUTS) if getattr(tokens, name) or name in ("text", "output")]
    ways = bool(job.question_sets)
    asked = ("scenario", "prompt", "language") if ways else ()
    names = [_OUTPUTS.get(name, name) for name in shown]
    heads = ("recording", *asked, "length", "segments", "seen at", *names, "cost")
    rows = [_plan_row(job, plan, shown, ways) for plan in found.plans]
    length = format_ms(sum(plan.recording.duration_ms for plan in found.plans))
    segments = sum(len(plan.segments) for plan in found.plans)
    total = ("total", *([""] * len(asked)), length, segments, "", *_token_cells(tokens, shown), _cost(job, tokens))
    scenario = "" if ways else f", scenario {job.scenario.name}"
    print_table(console, heads, [*rows, total], f"{job.model.name} at {job.provider.name}{scenario}")
    console.print(f"Tokens in: {tokens.input:,}. What comes out is a guess.", markup=False)
    for way, count in sorted(Counter(plan.transport for plan in found.plans).items()):
        if way != "base64":
            console.print(f"{plural(count, 'recording')} by {_WAYS[way]}.", markup=False)
    if found.languages:
        console.print(estimate_sentence(job, found.languages, found.translations), markup=False)
    if (least := _hours(job, found)) is not None:
        console.print(f"Within the limits ({_limits(job)} a minute) this takes {_length(least)} or more.", markup=False)


def _hours(job: Job, found: Preview) -> float | None:
    """Return the hours that the limits imply.

    There is a request for each segment and follow-up question, with its tokens in and out.
    """
    tokens = plan_tokens(found.plans)
    sent = sum(requests(plan) for plan in found.plans)
    return hours(sent, tokens.input + tokens.output + tokens.output_audio, job.limits)


def _limits(job: Job) -> str:
    given = ((job.limits.requests, "request"), (job.limits.tokens, "token"))
    return ", ".join(f"{limit:,} {name}{'' if limit == 1 else 's'}" for limit, name in given if limit is not None)


def _length(hours_: float) -> str:
    return f"{hours_:,.1f} hours" if hours_ >= 1 else f"{hours_ * 60:.1f} minutes"


def _plan_row(job: Job, plan: AnalysisPlan, shown: Sequence[str], ways: bool) -> tuple[Any, ...]:
    picture = plan.segments[0].picture
    tokens = plan_tokens([plan])
    rate = f" {picture.fps:.3g}/s" if picture and picture.fps else ""  # an image has none
    seen = f"{picture.width}x{picture.height}{rate}" if picture else "sound only"
    length = format_ms(plan.recording.duration_ms)
    asked = (plan.scenario, plan.question.prompt, plan.question.language) if ways else ()
    cells = (*asked, length, len(plan.segments), seen, *_token_cells(tokens, shown))
    return plan.recording.name, *cells, _cost(job, tokens)


def _cost(job: Job, tokens: Tokens) -> str:
    return money(_nano(job, tokens), _currency(job))


def _nano(job: Job, tokens: Tokens) -> int | None:
    return cost_nano(tokens, job.price, search=job.modes.search)


def _token_cells(tokens: Tokens, shown: Sequence[str]) -> list[str]:
    return [f"{getattr(tokens, name):,}" for name in shown]


def _currency(job: Job) -> str | None:
    return job.price.currency if job.price else None


def plan_json(found: Preview) -> dict[str, Any]:
    """Return the object that `plan --json` prints."""
    job, tokens = found.job, plan_tokens(found.plans)
    least = _hours(job, found)
    return {
        "recordings": [_plan_object(job, plan) for plan in found.plans],
        "total": {
            "recordings": len(found.plans),
            "segments": sum(len(plan.segments) for plan in found.plans),
            "duration_ms": sum(plan.recording.duration_ms for plan in found.plans),
            "tokens": _estimate_object(tokens),
            **_cost_object(job, tokens),
            "hours": None if least is None else round(least, 4),
        },
        **({"translations": found.translations.as_json()} if found.languages else {}),
        "failures": [failure_object(failed) for failed in found.failures],
        "warnings": list(found.warnings),
    }


def _plan_object(job: Job, plan: AnalysisPlan) -> dict[str, Any]:
    picture = plan.segments[0].picture
    tokens = plan_tokens([plan])
    return {
        "uri": plan.recording.uri,
        "media_id": plan.recording.media_id,
        "kind": plan.recording.kind,
        "duration_ms": plan.recording.duration_ms,
        "scenario": plan.scenario,
        "model": plan.model,
        "prompt": plan.question.prompt,
        "language": plan.question.language,
        "transport": plan.transport,
        "max_pixels": picture.max_pixels if picture else None,
        "fps": (picture.fps or None) if picture else None,
        "spans": [{"start_ms": s.span.start_ms, "end_ms": s.span.end_ms} for s in plan.segments],
        "tokens": _estimate_object(tokens),
        **_cost_object(job, tokens),
    }


def _estimate_object(tokens: Tokens) -> dict[str, int]:
    return {
        "video": tokens.video,
        "audio": tokens.audio,
        "image": tokens.image,
        "text": tokens.text,
        "output_estimate": tokens.output,
        **({"output_audio_estimate": tokens.output_audio} if tokens.output_audio else {}),
    }


def _cost_object(job: Job, tokens: Tokens) -> dict[str, Any]:
    nano = _nano(job, tokens)
    return {"cost": None if nano is None else nano / NANO, "currency": _currency(job)}

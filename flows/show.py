"""Tables for people: what the commands print on a terminal. `--json` values are made here too."""

from __future__ import annotations

import csv as csv_writer
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from config.types import Catalog, MediaLimits, ModelSpec, ScenarioSpec
from flows.doctor import Finding
from flows.preview import Preview
from flows.wiring import Wiring
from tasks.clock import format_ms
from tasks.job import Job
from tasks.planning.cost import cost_nano
from tasks.records import AnalysisPlan, Failure, Recording, Tokens
from tasks.store.query import Relation, as_rows
from tasks.summary import NANO, Summary, money

_LONGEST_CELL = 400
_NUMBER = re.compile(r"-?[\d,]*(\.\d+)?")


def on_stdout(otherwise_wide: int = 1000) -> Console:
    """A console as wide as the terminal, or, in a file or a pipe, so wide that nothing need be folded."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else otherwise_wide)


def table(console: Console, heads: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """Print rows under heads; numbers stand right. Nothing is cut off: what does not fit is folded."""
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    body = [[_cell(value) for value in row] for row in rows]
    for place, head in enumerate(heads):
        numeric = bool(body) and all(_NUMBER.fullmatch(row[place]) for row in body)
        drawn.add_column(head, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        drawn.add_row(*row)
    console.print(drawn, markup=False)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    text = text.replace("[", "\\[")  # rich would take it for markup
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


# --- analyze ---------------------------------------------------------------------------------------------------


def chosen(console: Console, wiring: Wiring) -> None:
    """Who will be asked, and why."""
    job = wiring.job
    console.print(
        f"{job.model.name} at {job.provider.name} ({wiring.settings.provider_reason}), scenario {job.scenario.name}, "
        f"tables in {job.dataset}",
        markup=False,
    )


def summary(console: Console, run: Summary) -> None:
    """What a run came to."""
    for warning in run.warnings:
        console.print(f"Note: {warning}", markup=False)
    if run.saved:
        heads = ("recording", "outcome", "coverage", "segments", "tokens in", "out")
        table(
            console,
            heads,
            [
                (s.uri, s.outcome, f"{s.coverage:.0%}", sum(s.segments.values()), s.tokens.input, s.tokens.output)
                for s in run.saved
            ],
        )
    failures(console, run.all_failures)
    if run.error is None:
        cost = f" Cost: {money(run.cost_nano, run.currency)}." if run.requests else ""
        console.print(f"{run.sentence}{cost}", markup=False)
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"reelsheet: {run.sentence}", markup=False)


def failures(console: Console, found: Sequence[Failure]) -> None:
    """What could not be done, a line each."""
    for failed in found:
        where = "" if failed.uri in failed.message else f"{failed.uri}: "
        console.print(f"Failed: {where}{failed.message}", markup=False)


# --- plan and probe --------------------------------------------------------------------------------------------


def _plan_tokens(plan: AnalysisPlan) -> Tokens:
    return sum((segment.tokens for segment in plan.segments), Tokens())


def plan_table(console: Console, job: Job, found: Preview) -> None:
    """One row per recording, and the total. Everything else is in `--json`."""
    heads = ("recording", "length", "segments", "seen at", "tokens in", "out", "cost")
    rows = [_plan_row(job, plan) for plan in found.plans]
    tokens = sum((_plan_tokens(plan) for plan in found.plans), Tokens())
    length = format_ms(sum(plan.recording.duration_ms for plan in found.plans))
    segments = sum(len(plan.segments) for plan in found.plans)
    total = ("total", length, segments, "", *_token_cells(tokens), _cost(job, tokens))
    table(console, heads, [*rows, total], f"{job.model.name} at {job.provider.name}, scenario {job.scenario.name}")
    shares = ", ".join(f"{getattr(tokens, name):,} {name}" for name in ("video", "audio", "text"))
    console.print(f"Tokens in by modality: {shares}. What comes out is a guess.", markup=False)
    for warning in found.warnings:
        console.print(f"Note: {warning}", markup=False)
    failures(console, found.failures)


def _plan_row(job: Job, plan: AnalysisPlan) -> tuple[Any, ...]:
    picture = plan.segments[0].picture
    tokens = _plan_tokens(plan)
    seen = f"{picture.width}x{picture.height} {picture.fps:.3g}/s" if picture else "sound only"
    length = format_ms(plan.recording.duration_ms)
    return plan.recording.name, length, len(plan.segments), seen, *_token_cells(tokens), _cost(job, tokens)


def _cost(job: Job, tokens: Tokens) -> str:
    return money(cost_nano(tokens, job.price), _currency(job))


def _token_cells(tokens: Tokens) -> tuple[str, str]:
    return f"{tokens.input:,}", f"{tokens.output:,}"


def _currency(job: Job) -> str | None:
    return job.price.currency if job.price else None


def plan_json(job: Job, found: Preview) -> dict[str, Any]:
    """The object that `plan --json` prints."""
    tokens = sum((_plan_tokens(plan) for plan in found.plans), Tokens())
    return {
        "recordings": [_plan_object(job, plan) for plan in found.plans],
        "total": {
            "recordings": len(found.plans),
            "segments": sum(len(plan.segments) for plan in found.plans),
            "duration_ms": sum(plan.recording.duration_ms for plan in found.plans),
            "tokens": _estimate_object(tokens),
            **_cost_object(job, tokens),
        },
        "failures": [_failure_object(failed) for failed in found.failures],
        "warnings": list(found.warnings),
    }


def _plan_object(job: Job, plan: AnalysisPlan) -> dict[str, Any]:
    picture = plan.segments[0].picture
    tokens = _plan_tokens(plan)
    return {
        "uri": plan.recording.uri,
        "media_id": plan.recording.media_id,
        "kind": plan.recording.kind,
        "duration_ms": plan.recording.duration_ms,
        "scenario": plan.scenario,
        "model": plan.model,
        "prompt": plan.question.prompt,
        "max_pixels": picture.max_pixels if picture else None,
        "fps": picture.fps if picture else None,
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
    }


def _cost_object(job: Job, tokens: Tokens) -> dict[str, Any]:
    nano = cost_nano(tokens, job.price)
    return {"cost": None if nano is None else nano / NANO, "currency": _currency(job)}


def _failure_object(failed: Failure) -> dict[str, Any]:
    return {"uri": failed.uri, "stage": failed.stage, "error": failed.error_class, "message": failed.message}


def probe_table(console: Console, recordings: Sequence[Recording], failed: Sequence[Failure]) -> None:
    """One row per recording; everything else is in `--json`."""
    table(console, ("recording", "kind", "length", "picture", "sound"), [_probe_row(r) for r in recordings])
    for recording in recordings:
        for note in recording.notes:
            console.print(f"Note: {recording.name}: {note}", markup=False)
    failures(console, failed)


def _probe_row(recording: Recording) -> tuple[str, ...]:
    video, audio = recording.video, recording.audio
    picture = "none"
    if video:
        rate = f"{video.fps_num / video.fps_den:.4g}/s{' varying' if video.variable_fps else ''}"
        turned = f" turned {video.rotation}°" if video.rotation else ""
        picture = f"{video.codec} {video.width}x{video.height}{turned} {rate}"
    sound = f"{audio.codec} {audio.sample_rate / 1000:g} kHz x{audio.channels}" if audio else "none"
    return recording.name, recording.kind, format_ms(recording.duration_ms), picture, sound


def probe_json(recordings: Sequence[Recording], failed: Sequence[Failure]) -> dict[str, Any]:
    """The object that `probe --json` prints: rows as in the table `media`."""
    from tasks.tables.rows import media_row  # noqa: PLC0415

    return {"recordings": [media_row(r) for r in recordings], "failures": [_failure_object(f) for f in failed]}


# --- query and facts -------------------------------------------------------------------------------------------


def rows(console: Console, result: pa.Table) -> None:
    """A query's result as a table."""
    table(console, result.column_names, [list(row.values()) for row in as_rows(result)])


def csv(result: pa.Table) -> None:
    """A query's result as CSV on standard output."""
    writer = csv_writer.writer(sys.stdout)
    writer.writerow(result.column_names)
    writer.writerows(list(row.values()) for row in as_rows(result))


def dictionary(console: Console, described: Sequence[Relation], as_json: bool) -> None:
    """The tables and views, and what their columns mean."""
    if as_json:
        print_json([asdict(relation) for relation in described])
        return
    for relation in described:
        console.print(f"\n[bold]{relation.name}[/bold] {'(view)' if relation.is_view else ''} {relation.about}")
        table(
            console,
            ("column", "type", "unit", "meaning"),
            [(c.name, c.kind, c.unit, c.meaning) for c in relation.columns],
        )


def models(console: Console, known: Catalog, as_json: bool) -> None:
    """The models and their limits; prices per million tokens."""
    if as_json:
        print_json({name: spec.model_dump(mode="json") for name, spec in known.models.items()})
        return
    heads = ("model", "video", "audio", "frames", "max pixels", "context", "out", "thinking", "search", "as of")
    table(console, heads, [_model_row(spec) for spec in known.models.values()])
    prices = ("model", "region", "currency", "text in", "image, video in", "audio in", "text out", "audio out", "as of")
    console.print()
    table(
        console,
        prices,
        [
            (p.model, p.region, p.currency, p.text_in, p.image_video_in, p.audio_in, p.text_out, p.audio_out, p.as_of)
            for p in known.prices
        ],
        "Prices per million tokens",
    )


def _model_row(spec: ModelSpec) -> tuple[Any, ...]:
    return (
        spec.name,
        _limit(spec.video),
        _limit(spec.audio),
        f"{spec.tokens.min_frames}-{spec.tokens.max_frames}",
        spec.video.largest_max_pixels or spec.tokens.video_max_pixels,
        spec.context_tokens,
        spec.max_output_tokens,
        "yes" if spec.thinking else "no",
        "yes" if spec.search else "no",
        spec.as_of,
    )


def _limit(limits: MediaLimits) -> str:
    length = "any length" if limits.max_duration_ms is None else format_ms(limits.max_duration_ms).split(".")[0]
    return f"{limits.max_bytes / 1e6:,.0f} MB, {length}"


def scenarios(console: Console, known: Catalog, as_json: bool) -> None:
    """The scenarios: what each recommends for video and audio."""
    if as_json:
        print_json({name: spec.model_dump(mode="json") for name, spec in known.scenarios.items()})
        return
    heads = ("scenario", "for", "video up to", "pixels", "video prompt", "audio up to", "audio prompt")
    table(console, heads, [_scenario_row(spec) for spec in known.scenarios.values()])


def _scenario_row(spec: ScenarioSpec) -> tuple[Any, ...]:
    low, high = spec.video.min_max_pixels, spec.video.max_max_pixels
    pixels = f"{high:,}" if low in (None, high) else f"{low:,} to {high:,}"
    lengths = [format_ms(media.max_length_ms).split(".")[0] for media in (spec.video, spec.audio)]
    return spec.name, spec.title, lengths[0], pixels, spec.video.prompt, lengths[1], spec.audio.prompt


def findings(console: Console, found: Sequence[Finding], as_json: bool) -> None:
    """What the doctor saw."""
    if as_json:
        print_json([{"what": f.what, "well": f.well, "words": f.words} for f in found])
        return
    for finding in found:
        console.print(f"{'ok  ' if finding.well else 'MEND'}  {finding.what}: {finding.words}", markup=False)


def print_json(value: Any) -> None:
    """One JSON value on standard output, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")

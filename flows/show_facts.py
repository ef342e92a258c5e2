"""What `models`, `scenarios` and `doctor` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from config.types import Catalog, MediaLimits, ModelSpec, ScenarioSpec
from flows import show
from flows.doctor import Finding
from tasks.clock import format_ms


def models(console: Console, known: Catalog, as_json: bool) -> None:
    """The models and their limits; prices per million tokens."""
    if as_json:
        show.print_json({name: spec.model_dump(mode="json") for name, spec in known.models.items()})
        return
    heads = ("model", "video", "audio", "frames", "max pixels", "context", "out", "thinking", "search", "as of")
    show.table(console, heads, [_model_row(spec) for spec in known.models.values()])
    prices = ("model", "region", "currency", "text in", "image, video in", "audio in", "text out", "audio out", "as of")
    console.print()
    show.table(
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
        show.print_json({name: spec.model_dump(mode="json") for name, spec in known.scenarios.items()})
        return
    heads = ("scenario", "for", "video up to", "pixels", "video prompt", "audio up to", "audio prompt")
    show.table(console, heads, [_scenario_row(spec) for spec in known.scenarios.values()])


def _scenario_row(spec: ScenarioSpec) -> tuple[Any, ...]:
    low, high = spec.video.min_max_pixels, spec.video.max_max_pixels
    pixels = f"{high:,}" if low in (None, high) else f"{low:,} to {high:,}"
    lengths = [format_ms(media.max_length_ms).split(".")[0] for media in (spec.video, spec.audio)]
    return spec.name, spec.title, lengths[0], pixels, spec.video.prompt, lengths[1], spec.audio.prompt


def findings(console: Console, found: Sequence[Finding], as_json: bool) -> None:
    """What the doctor saw."""
    if as_json:
        show.print_json([{"what": f.what, "well": f.well, "words": f.words} for f in found])
        return
    for finding in found:
        console.print(f"{'ok  ' if finding.well else 'MEND'}  {finding.what}: {finding.words}", markup=False)

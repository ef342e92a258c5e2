"""Print the facts about models and scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from config.types import Catalog, MediaLimits, ModelSpec, Price, ProviderSpec, ScenarioSpec, SpeechSpec
from flows.output.console import print_json, print_table


def models(console: Console, known: Catalog, as_json: bool) -> None:
    """Print each model with its limits, abilities and prices, and who serves them."""
    if as_json:
        print_json({name: spec.model_dump(mode="json") for name, spec in known.models.items()})
        return
    for model in known.models.values():
        prices = [price for price in known.prices if price.model in (model.name, *model.snapshots)]
        _block(console, model.name, [*_model_facts(model), *(("price", _price(price)) for price in prices)])
    for provider in known.providers.values():
        _block(console, f"provider {provider.name}", _provider_facts(provider))


def _block(console: Console, name: str, facts: Iterable[tuple[str, str]]) -> None:
    """Print a name, and below it what is known; long facts are folded."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for key, fact in facts:
        grid.add_row(f"  {key}", fact)
    console.print(name, style="bold", markup=False)
    console.print(grid, markup=False)
    console.print()


def _model_facts(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    yield "facts", f"as of {spec.as_of}: {spec.source}"
    if spec.assumed:
        yield "assumed", f"{', '.join(spec.assumed)}: those of {spec.assumed_like}"
    if spec.snapshots:
        yield "snapshots", ", ".join(spec.snapshots)
    pixels = spec.video.largest_max_pixels or spec.tokens.video_max_pixels
    yield "video", f"{_limit(spec.video)}; up to {pixels:,} pixels a frame, {spec.tokens.max_frames:,} frames"
    yield (
        "frames",
        (
            f"a list of {spec.min_list_frames:,} to {spec.max_list_frames:,} as a video, "
            f"{spec.min_fps:g} to {spec.max_fps:g} a second"
        ),
    )
    yield "audio", _limit(spec.audio)
    yield "image", _limit(spec.image)
    most = spec.modalities_per_message
    yield "message", f"{'one modality' if most == 1 else f'{most} modalities'} beside text"
    yield "tokens", f"{spec.max_input_tokens:,} in, {spec.max_output_tokens:,} out, {spec.context_tokens:,} together"
    rates = (spec.requests_per_minute, "requests"), (spec.tokens_per_minute, "tokens")
    yield "a minute", " and ".join(f"{number:,} {what}" for number, what in rates if number) or "without limit"
    if spec.understood_languages is not None:
        yield "hears", _languages(spec.understood_languages)
    yield "answers", _answers(spec)


def _limit(limits: MediaLimits) -> str:
    size = limits.max_bytes / 1_000_000
    words = f"{size:,.0f} MB" if size < 1000 else f"{size / 1000:,.3g} GB"
    length = "" if limits.max_duration_ms is None else f" and {_length(limits.max_duration_ms)}"
    by_address, in_base64 = limits.per_request_url, limits.per_request_base64
    most = f"{by_address:,}" if by_address == in_base64 else f"{by_address:,} by address or {in_base64:,} in base64"
    return f"files of {words}{length}, {most} a request"


def _answers(spec: ModelSpec) -> str:
    thinking = "with thinking"
    if spec.reasoning_efforts:
        thinking += f" ({', '.join(spec.reasoning_efforts)}; {spec.default_effort} unless --reasoning-effort says more)"
    elif not spec.thinks_about_media:
        thinking += " (not advised on sound and video)"
    modes = [word for word, has in ((thinking, spec.thinking), ("with web search", spec.search)) if has]
    return ", ".join(["written", *modes, *([] if spec.speech is None else [_speech(spec.speech)])])


def _speech(speech: SpeechSpec) -> str:
    fewest, most = speech.fewest_voices, speech.most_voices
    count = f"{most}" if fewest == most else f"{fewest} to {most}"
    names = f" ({', '.join(speech.voices)}{'' if speech.all_voices_known else ' …'})" if speech.voices else ""
    manner = ", loudness, speed and emotion as the prompt says" if speech.by_instruction else ""
    return f"spoken by {count} voices{names} in {_languages(speech.languages)}{manner}"


def _languages(count: int) -> str:
    return f"{count} languages and dialects"


def _price(price: Price) -> str:
    text_out = _money(price.text_out)
    if price.text_out_text_only is not None:
        text_out += f" ({_money(price.text_out_text_only)} where nothing is shown)"
    cached = "" if price.cached_in is None else f", cached {_money(price.cached_in)}"
    return (
        f"{price.region}, {price.currency} a million tokens: text {_money(price.text_in)}, picture "
        f"{_money(price.image_video_in)}, audio {_money(price.audio_in)}{cached}; answers text {text_out}, "
        f"audio {_money(price.audio_out)} ({price.as_of}, {price.source})"
    )


def _money(value: float | None) -> str:
    return "unknown" if value is None else f"{value:g}"


def _provider_facts(spec: ProviderSpec) -> Iterator[tuple[str, str]]:
    yield "title", spec.title
    yield "address", spec.base_url or spec.base_url_form or "started by the run"
    if spec.api_key_env is not None:
        yield "key", f"from {spec.api_key_env}"
    yield "model", f"{spec.default_model}, unless another is chosen"
    dialect = spec.dialect
    ways_of_sampling = {
        "beside": "beside the media",
        "inside": "inside the media's key",
        "top_level": "at the top of the request",
    }
    ways = [
        f"rate and pixels {ways_of_sampling[dialect.sampling]}",
        f"sound as {'a data URI' if dialect.audio_data == 'data_uri' else 'bare base64'}",
        *([] if "video" in dialect.parts else ["a list of frames as images"]),
        *([] if dialect.soundtrack_heard else ["the sound of a video beside it"]),
        f"fetches {', '.join(dialect.links) or 'nothing'}",
    ]
    yield "dialect", f"{dialect.name}: {', '.join(ways)}"


def scenarios(console: Console, known: Catalog, as_json: bool) -> None:
    """Print what each scenario recommends for video and audio."""
    if as_json:
        print_json({name: spec.model_dump(mode="json") for name, spec in known.scenarios.items()})
        return
    heads = ("scenario", "media", "up to", "pixels", "prompt", "for")
    print_table(console, heads, [row for spec in known.scenarios.values() for row in _scenario_rows(spec)])


def _scenario_rows(spec: ScenarioSpec) -> Iterator[tuple[str, ...]]:
    for kind, media, title in (("video", spec.video, spec.title), ("audio", spec.audio, "")):
        low, high = media.min_max_pixels, media.max_max_pixels
        pixels = "" if low is None or high is None else f"{high:,}" if low == high else f"{low:,} to {high:,}"
        yield spec.name, kind, _length(media.max_length_ms), pixels, media.prompt, title


def _length(duration_ms: int) -> str:
    minutes, seconds = divmod(duration_ms / 1000, 60)
    return " ".join([*([f"{minutes:g} min"] if minutes else []), *([f"{seconds:g} s"] if seconds else [])])

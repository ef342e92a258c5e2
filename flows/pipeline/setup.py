"""Resolve a request to a job, and check it before anything starts.

That is its settings, facts, prompts and dataset.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from config.catalog import find_price, load_catalog, pick
from config.nearest_model import resolve_model
from config.settings import Settings, load_settings
from config.track_languages import track_language
from config.types import Catalog, ModelSpec
from flows.pipeline.machine import config_errors, use_machine
from flows.pipeline.model_checks import address_of, check_frames, check_transport, max_cost_of, modes_of, with_cautions
from prompts.reader import PromptFile, read_prompt, several_files
from tasks.answer.headings import named_sections
from tasks.answer.registry import check_names
from tasks.errors import UsageError
from tasks.media.audio_tracks import ALL, AudioTrack
from tasks.planning.plan import default_prompt
from tasks.planning.rate import limits_for, price_region
from tasks.records import Kind, Question
from tasks.run.job import Job, QuestionSet
from tasks.run.request import AnalyzeRequest, ModerateRequest
from tasks.store.address import root_at
from tasks.system.object_store import is_stored, stored
from tasks.tables.rows import RunInfo

_KINDS: tuple[Kind, ...] = ("video", "audio", "image")


Ask = Callable[[Settings, Catalog], QuestionSet]


@dataclass(frozen=True, slots=True)
class ResolvedRun:
    """A resolved run has a job, and what stays in this process.

    That is settings with their key, and facts.
    """

    job: Job
    settings: Settings
    catalog: Catalog
    ask: Ask  # makes a question set of settings: those of the run, or of an input that wants others


def resolve(request: AnalyzeRequest, cwd: str | None = None) -> ResolvedRun:
    """Resolve a request.

    Raises UsageError with one sentence for a wrong name, file or value. `cwd` is the folder that the inputs' relative
    names count from: this process's, unless they were named to another.
    """
    with config_errors():
        catalog, settings = settings_of(request)
        return resolve_with(request, settings, catalog, question_set_of, cwd)


def settings_of(request: AnalyzeRequest | ModerateRequest) -> tuple[Catalog, Settings]:
    """Load the facts and the settings of a request. Raises ConfigError."""
    settings = load_settings(request.config_file, **request.options())
    return load_catalog(request.config_file), settings.model_copy(update=dict(request.fixed))


def model_of(settings: Settings, catalog: Catalog) -> ModelSpec:
    """Return the model that is asked. Raises ConfigError."""
    provider = pick("provider", settings.provider, catalog.providers)
    return resolve_model(settings.model or provider.default_model, catalog.models, settings.like)


def resolve_with(
    request: AnalyzeRequest | ModerateRequest, settings: Settings, catalog: Catalog, ask: Ask, cwd: str | None = None
) -> ResolvedRun:
    """Resolve a request to the job of what `ask` asks.

    Raises UsageError, ConfigError, PromptError.
    """
    provider, model = pick("provider", settings.provider, catalog.providers), model_of(settings, catalog)
    question_set = ask(settings, catalog)
    use_machine(settings)
    for name in filter(is_stored, request.inputs):
        stored(name)  # what cannot be opened here, or holds a password, is refused before anything is recorded
    modes = modes_of(settings, model, provider, catalog)
    base_url = address_of(settings, provider)
    providers = catalog.providers.values()
    price = find_price(catalog, model.name, price_region(provider, base_url, providers))
    check_transport(settings.transport, model, provider)
    check_frames(settings, model, provider)
    run = new_run(
        request.trigger,
        {**request.model_dump(mode="json"), **_recorded_settings(settings), "cwd": cwd or str(Path.cwd())},
    )
    job = Job(
        run=run,
        dataset=str(root_at(settings.dataset)),
        scenario=question_set.scenario,
        model=model,
        provider=provider,
        base_url=base_url,
        price=price,
        questions=question_set.questions,
        audio_track=question_set.audio_track,
        transport=settings.transport,
        concurrency=settings.concurrency,
        limits=limits_for(model, base_url, providers, settings.requests_per_minute, settings.tokens_per_minute),
        modes=modes,
        max_cost_nano=max_cost_of(settings, model, modes, price),
    )
    return ResolvedRun(with_cautions(job, catalog), settings, catalog, ask)


def question_set_of(settings: Settings, catalog: Catalog) -> QuestionSet:
    """Read the scenario and the questions that the settings name.

    Raises ConfigError, PromptError.
    """
    scenario = pick("scenario", settings.scenario, catalog.scenarios)
    prompts = _prompts(settings, {kind: default_prompt(scenario, kind) for kind in _KINDS})
    questions = {kind: question_of(prompt, kind, settings, catalog) for kind, prompt in prompts.items()}
    return QuestionSet(scenario, questions, audio_track_of(settings, catalog))


def audio_track_of(settings: Settings, catalog: Catalog) -> AudioTrack | None:
    """Return which sound of a recording is wanted; None: nobody chose.

    Raises ConfigError.
    """
    wanted = (settings.audio_track or "").strip()
    if not wanted:
        return None
    if wanted.lower() == ALL:
        return AudioTrack(ALL)
    return AudioTrack(str(int(wanted))) if wanted.isdecimal() else AudioTrack(*track_language(wanted, catalog))


def new_run(trigger: str, config: Mapping[str, object]) -> RunInfo:
    """Make a run that starts now.

    `config` is what it was asked for, without secrets.
    """
    started = datetime.now(UTC)
    return RunInfo(
        run_id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started_at=started,
        trigger=trigger,
        code_version=version("reelsheet"),
        config_json=json.dumps(config, sort_keys=True),
    )


def require_key(resolved: ResolvedRun) -> None:
    """Check that the provider has its key, without which nothing is cut or sent.

    Raises UsageError.
    """
    provider = resolved.job.provider
    if provider.api_key_env and resolved.settings.key_for(provider) is None:
        raise UsageError(
            f"{provider.title} wants a key, and none is set: export {provider.api_key_env}=…, or leave --provider out "
            "for the embedded engine, which needs none."
        )


def _prompts(settings: Settings, defaults: Mapping[Kind, str]) -> dict[Kind, PromptFile]:
    """Read the prompt for each kind of recording.

    The named one where it fits, else the scenario's.
    """
    if settings.prompt is None:
        return {kind: read_prompt(name) for kind, name in defaults.items()}
    prompt = read_prompt(settings.prompt)
    return {kind: prompt for kind in _KINDS if prompt.is_for(kind)}


def question_of(prompt: PromptFile, kind: Kind, settings: Settings, catalog: Catalog) -> Question:
    """Make the question of a prompt, with a sentence about the language.

    Raises ConfigError.
    """
    instruction, language = prompt.text, settings.language
    if language != "auto":
        name = pick("language", language, catalog.languages)
        if kind == "image":
            language = "auto"  # nothing is told of it, so that it makes no other question
        else:
            instruction += f"\n\nThe speech in this recording is in {name}."
    follow_up = prompt.follow_up if settings.follow_up is None else settings.follow_up
    return Question(
        prompt=prompt.name,
        prompt_sha256=prompt.sha256,
        instruction=instruction,
        answer=prompt.answer,
        language=language,
        follow_up=follow_up,
        sections=_required(prompt),
        note=prompt.notice,
        shows=prompt.shows,
        segments=prompt.segments,
        files=several_files(),
    )


def _required(prompt: PromptFile) -> tuple[str, ...] | None:
    """Return the sections that answers need.

    Those that the front matter names, or else those whose headings the prompt shows.
    """
    if prompt.sections is not None:
        check_names(prompt.sections, f"The front matter of {prompt.name}")
        return prompt.sections
    return named_sections(prompt.text) or None


def _recorded_settings(settings: Settings) -> dict[str, object]:
    """Return what a retry has to know, wherever it was set."""
    names = (
        *("search", "voice", "follow_up", "transport", "together", "frames"),
        *("scenario", "prompt", "language", "audio_track", "like", "reasoning_effort"),
    )
    return {"thinking": settings.thinking, **{name: getattr(settings, name) or None for name in names}}

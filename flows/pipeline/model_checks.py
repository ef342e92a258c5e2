"""Check that a model and its provider can do what the settings ask for."""

from __future__ import annotations

from dataclasses import replace

from config.settings import Settings
from config.types import Catalog, ModelSpec, Price, ProviderSpec
from tasks.errors import UsageError
from tasks.planning.budget import nano, unknown_cost
from tasks.planning.cautions import cautions
from tasks.planning.modes import Modes, modes_for, unsupported_modes
from tasks.planning.transport import TransportChoice
from tasks.run.job import Job


def with_cautions(job: Job, catalog: Catalog) -> Job:
    """Let the job say what people should know before they pay for it."""
    sets = (job.questions, *(one.questions for one in job.question_sets.values()))
    heard = [question.language for each in sets for question in each.values()]
    return replace(job, cautions=cautions(job.model, job.modes, heard, catalog))


def address_of(settings: Settings, provider: ProviderSpec) -> str | None:
    """Return where the provider is asked; None: an engine that is not started yet.

    Raises UsageError where only the user knows.
    """
    address = settings.base_url or provider.base_url
    if address is None and provider.base_url_form is not None:
        variable = f" or {provider.base_url_env}" if provider.base_url_env else ""
        raise UsageError(
            f"{provider.title} has an address of its own for each workspace: give yours with --base-url{variable}, "
            f"such as {provider.base_url_form}."
        )
    return address


def check_transport(wanted: TransportChoice, model: ModelSpec, provider: ProviderSpec) -> None:
    """Raise UsageError where media cannot travel as they should."""
    if wanted == "upload" and not provider.uploads:
        raise UsageError(
            f"{provider.title}: there is no temporary upload, only Qwen-Omni's own service has one. "
            "Leave out --transport, or choose --transport base64."
        )
    frames = "video" if "video" in provider.dialect.parts else "image_url"
    if wanted == "frames" and ("video" not in model.parts or frames not in provider.dialect.parts):
        raise UsageError(f"{model.name} at {provider.title} takes no list of frames: leave out --transport.")


def check_frames(settings: Settings, model: ModelSpec, provider: ProviderSpec) -> None:
    """Raise UsageError where pictures cannot be shown as a video of so many a second."""
    if settings.frames is None:
        return
    if settings.transport not in ("auto", "frames"):
        raise UsageError(f"--frames sends lists of frames: leave out --transport {settings.transport}.")
    check_transport("frames", model, provider)
    if not model.min_fps <= settings.frames <= model.max_fps:
        raise UsageError(
            f"{model.name} looks at {model.min_fps:g} to {model.max_fps:g} frames per second, not at "
            f"{settings.frames:g}: choose such a rate, and leave out pictures where there are more."
        )


def modes_of(settings: Settings, model: ModelSpec, provider: ProviderSpec, catalog: Catalog) -> Modes:
    """Return what is beyond a plain written answer.

    Raises UsageError where the model or the provider cannot do it.
    """
    modes = modes_for(
        model,
        provider,
        thinking=settings.thinking,
        effort=settings.reasoning_effort,
        search=settings.search,
        voice=settings.voice,
    )
    if why := unsupported_modes(model, provider, modes, catalog):
        raise UsageError(why)
    return modes


def max_cost_of(settings: Settings, model: ModelSpec, modes: Modes, price: Price | None) -> int | None:
    """Return what the run may spend, in billionths.

    Raises UsageError where nobody could tell what it spends.
    """
    if settings.max_cost is None:
        return None
    if why := unknown_cost(price, modes, model, settings.provider):
        raise UsageError(f"--max-cost {settings.max_cost:g} cannot be kept: {why}")
    return nano(settings.max_cost)

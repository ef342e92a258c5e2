"""Declare the parameters of the flows, as Prefect shows and schedules them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from config.options import (
    AnalyzeOptions,
    ConfigOptions,
    DatasetOptions,
    MediaOptions,
    ModerationOptions,
    Options,
    ProviderOptions,
    RunOptions,
    ScanOptions,
    ServiceOptions,
    SubtitleOptions,
    TranslationOptions,
    argument,
    option,
)

INPUTS = (
    "files, folders, globs, addresses, or a manifest: @list.txt with one path a line, or a .csv, "
    ".jsonl or .parquet file with a column uri and, where wanted, scenario, prompt, language, audio_track, tags, group"
)


class Inputs(Options):
    """Name the recordings."""

    inputs: tuple[str, ...] = Field(min_length=1, description=INPUTS)


class Started(Options):
    """Say who started the run."""

    trigger: str = Field("manual", description="who started the run: manual or schedule")


class JobRequest(Inputs):
    """Take the inputs of a job that asks a model.

    An option that is None is not given: then it is as the environment, the file of settings or the default says.
    """

    fixed: ClassVar[Mapping[str, object]] = MappingProxyType({})
    """Settings that the job has, whatever the environment or the file says."""

    @property
    def label(self) -> str:
        """Name the first inputs, and how many more, for people."""
        more = f" and {len(self.inputs) - 3} more" if len(self.inputs) > 3 else ""
        return ", ".join(self.inputs[:3]) + more


class AnalyzeRequest(Started, ConfigOptions, AnalyzeOptions, JobRequest):
    """Take inputs and options, and say what is asked."""

    def options(self) -> dict[str, Any]:
        """Return what the settings loader takes: everything but the inputs."""
        return self.model_dump(include=set(AnalyzeOptions.model_fields))


class ModerateOptions(
    ModerationOptions, ScanOptions, RunOptions, MediaOptions, ServiceOptions, ProviderOptions, DatasetOptions
):
    """Hold what the environment or a file of settings may give to a moderation, too."""


class ReapplyOptions(Options):
    """Judge what is stored by another policy."""

    heading = "Moderation"
    reapply: bool = option("judge all that was moderated by --policy, without a call; takes no inputs", unset=False)
    dry_run: bool = option("with --reapply: show what would change, and change nothing", unset=False)


class ModerateRequest(Started, ConfigOptions, ModerateOptions, JobRequest):
    """Take inputs and options, and say by which policy they are judged."""

    fixed = MappingProxyType({"search": False, "voice": None, "follow_up": None, "prompt": None})

    def options(self) -> dict[str, Any]:
        """Return what the settings loader takes: everything but the inputs."""
        return self.model_dump(include=set(ModerateOptions.model_fields))


class SubtitleRequest(TranslationOptions, SubtitleOptions, AnalyzeRequest):
    """Take inputs, the options of asking, and those of subtitles."""

    inputs: tuple[str, ...] = argument(f"{Inputs.model_fields['inputs'].description}; none with --from-dataset: all")
    fixed = MappingProxyType({"together": False, "frames": None, "search": False, "voice": None, "follow_up": None})

    @property
    def prompt_name(self) -> str:
        """Return the prompt that asks for the words.

        >>> SubtitleRequest(inputs=("talk.mp4",), with_picture=True).prompt_name
        'subtitle-picture'
        """
        if self.prompt:
            return self.prompt
        return "lyrics" if self.lyrics else "subtitle-picture" if self.with_picture else "subtitle"

    def options(self) -> dict[str, Any]:
        """Return what the settings loader takes, the prompt of subtitles among it."""
        return {**super().options(), "prompt": self.prompt_name}


class PlanRequest(TranslationOptions, AnalyzeRequest):
    """Take what `analyze` takes, and languages that words are translated into."""


class ModerateCommand(ReapplyOptions, ConfigOptions, ModerateOptions):
    """Take what the command `moderate` takes: inputs, or a policy to be applied."""

    inputs: tuple[str, ...] = argument(INPUTS)


class FailureOptions(Options):
    """Choose failures."""

    heading = "Failures"
    outcomes: tuple[Literal["failed", "skipped", "refused", "malformed", "truncated", "partial"], ...] = option(
        "segments of this outcome: failed, skipped, refused, malformed, truncated or partial; may be repeated",
        "NAME",
        flag="--outcome",
        shown="skipped, and failed where asking again may help",
        unset=(),
    )
    stages: tuple[Literal["input", "probe", "plan", "cut", "ask", "save", "translate"], ...] = option(
        "what failed there: input, probe, plan, cut, ask, save or translate; may be repeated",
        "NAME",
        flag="--stage",
        unset=(),
    )
    since: AwareDatetime | None = option(
        "what came about since: 2026-11-01, 2026-11-01T12:00 (UTC), or 12h, 3d ago", "WHEN"
    )


class RetryRequest(Started, ConfigOptions, RunOptions, ServiceOptions, FailureOptions, DatasetOptions):
    """Choose failures to try again, and say how.

    Model, scenario, prompt and language are those of the runs that failed.
    """

    @property
    def label(self) -> str:
        """Name what is chosen, for people."""
        chosen = [*self.outcomes, *self.stages]
        since = [f"since {self.since:%Y-%m-%d %H:%M}"] if self.since else []
        return ", ".join([*chosen, *since]) or "what may succeed now"


class CompactRequest(DatasetOptions):
    """Choose the months to merge."""

    open_month: bool = option("also the month that is under way", unset=False)

    @property
    def label(self) -> str:
        return "every month" if self.open_month else "closed months"

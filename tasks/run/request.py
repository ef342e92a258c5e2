"""What a run is asked to do: the parameters of the flows, as Prefect shows and schedules them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class AnalyzeRequest(BaseModel):
    """Inputs and options. `None` means: as the environment, the config file or the default says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...] = Field(min_length=1, description="files, folders, globs, addresses or manifests")
    dataset: str | None = Field(None, description="the folder that receives the tables")
    provider: str | None = None
    base_url: str | None = None
    model: str | None = None
    scenario: str | None = None
    prompt: str | None = Field(None, description="a prompt's name, or the path of a Markdown file")
    language: str | None = Field(None, description="the language spoken, as a BCP 47 tag, or auto")
    thinking: bool | None = Field(None, description="the model thinks before it answers")
    search: bool | None = Field(None, description="the model may search the web, for an extra fee")
    voice: str | None = Field(None, description="the answer is spoken as well, in this voice")
    follow_up: tuple[str, ...] | None = Field(None, description="questions about each answer, in place of the prompt's")
    max_cost: float | None = Field(None, ge=0, allow_inf_nan=False, description="in the price table's currency")
    together: bool | None = Field(None, description="the files of each folder or manifest are one recording")
    frames: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="the pictures of each folder are a video, so many a second"
    )
    transport: str | None = Field(None, description="how media travel: auto, base64, upload or frames")
    concurrency: int | None = Field(None, ge=1, description="requests under way at once")
    requests_per_minute: int | None = Field(None, ge=0, description="at most so many; 0: no limit")
    tokens_per_minute: int | None = Field(None, ge=0, description="in and out together, at most; 0: no limit")
    workdir: str | None = Field(None, description="where clips lie until they are answered")
    settle_s: float | None = Field(None, ge=0, description="files changed in the last seconds wait for the next run")
    verify: bool | None = Field(None, description="hash every file anew")
    config_file: str | None = None
    trigger: str = Field("manual", description="who started the run: manual or schedule")

    @property
    def label(self) -> str:
        """For people: the first inputs, and how many more."""
        more = f" and {len(self.inputs) - 3} more" if len(self.inputs) > 3 else ""
        return ", ".join(self.inputs[:3]) + more

    def options(self) -> dict[str, Any]:
        """What the settings loader takes: everything but the inputs."""
        return self.model_dump(exclude={"inputs", "config_file", "trigger"})


class RetryRequest(BaseModel):
    """Which failures to try again, and how. Model, scenario, prompt and language are those of the runs that failed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str | None = Field(None, description="the folder of the tables")
    outcomes: tuple[Literal["failed", "skipped", "refused", "malformed", "truncated", "partial"], ...] = Field(
        (), description="segments of these outcomes; none: skipped, and failed where asking again may help"
    )
    stages: tuple[Literal["input", "probe", "plan", "cut", "ask", "save"], ...] = Field(
        (), description="only what failed at these stages"
    )
    since: AwareDatetime | None = Field(None, description="only what came about then or later")
    max_cost: float | None = Field(None, ge=0, allow_inf_nan=False, description="in the price table's currency")
    concurrency: int | None = Field(None, ge=1, description="requests under way at once")
    requests_per_minute: int | None = Field(None, ge=0, description="at most so many; 0: no limit")
    tokens_per_minute: int | None = Field(None, ge=0, description="in and out together, at most; 0: no limit")
    base_url: str | None = None
    workdir: str | None = Field(None, description="where clips lie until they are answered")
    config_file: str | None = None
    trigger: str = Field("manual", description="who started the run: manual or schedule")

    @property
    def label(self) -> str:
        """For people: what is chosen."""
        chosen = [*self.outcomes, *self.stages]
        since = [f"since {self.since:%Y-%m-%d %H:%M}"] if self.since else []
        return ", ".join([*chosen, *since]) or "what may succeed now"


class CompactRequest(BaseModel):
    """Which months to merge."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str | None = Field(None, description="the folder of the tables")
    open_month: bool = Field(False, description="also the month that is under way")

    @property
    def label(self) -> str:
        return "every month" if self.open_month else "closed months"

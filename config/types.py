"""The shapes of the facts in `config/*.toml`: frozen, validated on load, importable from everywhere.

Units stand in the names: `_ms` milliseconds, `_bytes` bytes, `_pixels` width x height of one frame.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class TokenConstants(Frozen):
    """The constants of the token formulae, one set per model family."""

    factor: PositiveInt  # f: 32 or 28; sizes are multiples of it
    audio_per_second: PositiveFloat
    speech_out_per_second: PositiveFloat
    image_min_pixels: PositiveInt
    image_max_pixels: PositiveInt
    video_min_pixels: PositiveInt
    video_max_pixels: PositiveInt  # the default of a request without `max_pixels`
    video_max_pixels_is_ceiling: bool  # true: a larger `max_pixels` is clamped to it; false: `max_pixels` replaces it
    video_total_pixels: PositiveInt
    min_frames: PositiveInt
    max_frames: PositiveInt


class MediaLimits(Frozen):
    """What one file of a modality may be. `None`: no limit is documented."""

    max_bytes: PositiveInt
    max_duration_ms: PositiveInt | None = None
    per_request_url: PositiveInt
    per_request_base64: PositiveInt
    largest_max_pixels: PositiveInt | None = None


class ModelSpec(Frozen):
    """One model. `source` and `as_of` say where and when the facts were read.

    `source` is "documented" (by the vendor), "seen" (in real output or use), or says which facts are which.
    """

    name: str
    family: str
    snapshots: tuple[str, ...] = ()
    as_of: date
    source: str = "documented"
    thinking: bool
    search: bool
    context_tokens: PositiveInt
    max_input_tokens: PositiveInt
    max_output_tokens: PositiveInt
    modalities_per_message: PositiveInt = 1
    requests_per_minute: PositiveInt | None = None
    tokens_per_minute: PositiveInt | None = None  # in and out together
    min_list_frames: PositiveInt = 2  # of a list of images sent as a video
    max_list_frames: PositiveInt = 2048
    video: MediaLimits
    audio: MediaLimits
    image: MediaLimits
    tokens: TokenConstants


class ScenarioMedia(Frozen):
    """A scenario for one kind of media: recommended longest segment, prompt, pixels."""

    max_length_ms: PositiveInt
    prompt: str
    min_max_pixels: PositiveInt | None = None  # a range is resolved by the source's size
    max_max_pixels: PositiveInt | None = None  # None: no picture
    answer_tokens: int = Field(0, ge=0)  # how long an answer tends to be: so much in any case ...
    answer_tokens_per_minute: int = Field(0, ge=0)  # ... and so much for each minute of the segment

    @model_validator(mode="after")
    def _pixels_are_a_range(self) -> Self:
        low, high = self.min_max_pixels, self.max_max_pixels
        if (low is None) != (high is None) or (low is not None and high is not None and low > high):
            raise ValueError("expected min_max_pixels and max_max_pixels together, the first not above the second")
        return self


class ScenarioSpec(Frozen):
    name: str
    title: str
    video: ScenarioMedia
    audio: ScenarioMedia


class ProviderSpec(Frozen):
    """Where a model is served, and by which dialect of the API."""

    name: str
    title: str
    base_url: str | None = None  # None: the embedded engine, started by the run on a free port
    dialect: Literal["dashscope"]
    default_model: str
    api_key_env: str | None = None  # the environment variable that holds the key; None: no key
    base_url_env: str | None = None
    other_region: str | None = None  # named when a key is refused or nobody answers
    price_region: str | None = None
    max_data_uri_bytes: PositiveInt  # one base64 item, encoded


class Price(Frozen):
    """Money per million tokens; `None` is a price that nobody told us, never 0."""

    model: str
    region: str
    currency: str
    as_of: date
    source: str = "documented"
    text_in: float | None = Field(None, ge=0)
    image_video_in: float | None = Field(None, ge=0)
    audio_in: float | None = Field(None, ge=0)
    text_out: float | None = Field(None, ge=0)  # with multimodal input
    text_out_text_only: float | None = Field(None, ge=0)  # None: the same as `text_out`
    audio_out: float | None = Field(None, ge=0)


class Catalog(Frozen):
    """Everything known, by name."""

    models: dict[str, ModelSpec] = Field(default_factory=dict)
    scenarios: dict[str, ScenarioSpec] = Field(default_factory=dict)
    providers: dict[str, ProviderSpec] = Field(default_factory=dict)
    prices: tuple[Price, ...] = ()
    languages: dict[str, str] = Field(default_factory=dict)  # BCP 47 tag -> English name
    input_languages: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # family -> tags it understands
    spoken_languages: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # family -> tags its voices speak

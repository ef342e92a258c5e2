"""The shapes of the facts in `config/*.toml`: frozen, validated on load, importable from everywhere.

Units stand in the names: `_ms` milliseconds, `_bytes` bytes, `_pixels` width x height of one frame.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class TokenConstants(Frozen):
    """The constants of the token formulae, one set per model family."""

    factor: int  # f: 32 or 28; sizes are multiples of it
    audio_per_second: float
    speech_out_per_second: float
    image_min_pixels: int
    image_max_pixels: int
    video_min_pixels: int
    video_max_pixels: int  # the default of a request without `max_pixels`
    video_max_pixels_is_ceiling: bool  # true: a larger `max_pixels` is clamped to it; false: `max_pixels` replaces it
    video_total_pixels: int
    min_frames: int
    max_frames: int


class MediaLimits(Frozen):
    """What one file of a modality may be. `None`: no limit is documented."""

    max_bytes: int
    max_duration_ms: int | None = None
    per_request_url: int
    per_request_base64: int
    largest_max_pixels: int | None = None


class ModelSpec(Frozen):
    """One model. `source` and `as_of` say where and when the facts were read."""

    name: str
    family: str
    snapshots: tuple[str, ...] = ()
    as_of: date
    thinking: bool
    search: bool
    context_tokens: int
    max_input_tokens: int
    max_output_tokens: int
    modalities_per_message: int = 1
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    video: MediaLimits
    audio: MediaLimits
    image: MediaLimits
    tokens: TokenConstants


class ScenarioMedia(Frozen):
    """A scenario for one kind of media: recommended longest segment, prompt, pixels."""

    max_length_ms: int
    prompt: str
    min_max_pixels: int | None = None  # a range is resolved by the source's size
    max_max_pixels: int | None = None  # None: no picture


class ScenarioSpec(Frozen):
    name: str
    title: str
    video: ScenarioMedia
    audio: ScenarioMedia


class ProviderSpec(Frozen):
    """Where a model is served, and by which dialect of the API."""

    name: str
    title: str
    base_url: str | None  # None: the embedded engine, started by the run on a free port
    dialect: Literal["dashscope"]
    default_model: str
    api_key_env: str | None = None  # the environment variable that holds the key; None: no key
    base_url_env: str | None = None
    other_region: str | None = None  # named when a key is refused or nobody answers
    price_region: str | None = None
    max_data_uri_bytes: int  # one base64 item, encoded


class Price(Frozen):
    """Money per million tokens; `None` is a price that nobody told us, never 0."""

    model: str
    region: str
    currency: str
    as_of: date
    text_in: float | None
    image_video_in: float | None
    audio_in: float | None
    text_out: float | None  # with multimodal input
    text_out_text_only: float | None = None
    audio_out: float | None


class Catalog(Frozen):
    """Everything known, by name."""

    models: dict[str, ModelSpec] = Field(default_factory=dict)
    scenarios: dict[str, ScenarioSpec] = Field(default_factory=dict)
    providers: dict[str, ProviderSpec] = Field(default_factory=dict)
    prices: tuple[Price, ...] = ()
    languages: dict[str, str] = Field(default_factory=dict)  # BCP 47 tag -> English name
